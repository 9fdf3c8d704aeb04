/**
 * Conditions on a score in Helicone's filters. There, values are texts and cannot be compared by size; here they can, with
 * numbers or numerals, so that "accuracy > 90" is one call. A log without the score satisfies none of them, as there.
 */
import type { Filter } from '../../../model/filter.ts';
import {
  NONE,
  type NumberOperator,
  type TextOperator,
  Unanswerable,
  holdsNumber,
  patternOf,
  readNumber,
} from './filter-operators.ts';
import { booleanName } from './score-names.ts';

export const SCORE_OPERATORS = [
  'equals',
  'not-equals',
  'like',
  'ilike',
  'contains',
  'not-contains',
  'gte',
  'lte',
  'gt',
  'lt',
] as const satisfies readonly (TextOperator | NumberOperator)[];
export type ScoreOperator = (typeof SCORE_OPERATORS)[number];

export function scoreFilter(name: string, operator: ScoreOperator, value: string | number | boolean): Filter {
  if (operator === 'not-equals' || operator === 'not-contains')
    return {
      and: [anyOf(name), { not: scoreFilter(name, operator.slice(4) as ScoreOperator, value) }],
    };
  if (operator === 'contains' || operator === 'like' || operator === 'ilike') {
    const { before, text, after } =
      operator === 'contains' ? { before: true, text: String(value), after: true } : patternOf(String(value));
    if (text === '') return anyOf(name);
    if (before || after)
      throw new Unanswerable(
        'Scores are compared with equals, not-equals, gt, gte, lt and lte; parts of them are not searched',
      );
    return scoreFilter(name, 'equals', text);
  }
  if (operator === 'equals') return equal(name, value);
  const bound = readNumber(value);
  if (bound === undefined) throw new Unanswerable(`${operator} compares a score with a number`);
  const bare = booleanName(name);
  if (bare === undefined) return { score: name, [operator]: bound };
  // Booleans are 1 and 0 there.
  const values = [false, true].filter((one) => holdsNumber(Number(one), operator, bound));
  return values.length === 0 ? NONE : { score: bare, in: values };
}

function anyOf(name: string): Filter {
  const bare = booleanName(name);
  return bare === undefined ? { score: name, present: true } : { score: bare, in: [true, false] };
}

function equal(name: string, value: string | number | boolean): Filter {
  const bare = booleanName(name);
  const number = readNumber(value);
  const text = String(value).toLowerCase();
  const truth = text === 'true' || number === 1 ? true : text === 'false' || number === 0 ? false : undefined;
  if (bare !== undefined) return truth === undefined ? NONE : { score: bare, equals: truth };
  const alike: (string | number | boolean)[] = [String(value)];
  if (number !== undefined) alike.push(number);
  if (truth !== undefined && number === undefined) alike.push(truth);
  return { score: name, in: alike };
}
