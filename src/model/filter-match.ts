/**
 * What a filter means: whether one log satisfies it, decided in memory. Rules use it on logs that are not stored yet; the
 * store's SQL is held against it. Texts compare by code point, without case where a part is looked for.
 */
import { type EvaluationLeaf, type Filter, type FilterField, type Leaf, type ScoreLeaf } from './filter.ts';
import type { Outcome } from './outcome.ts';
import { propertyName } from './property.ts';
import type { Score } from './score.ts';

type Value = string | number | boolean | null | undefined;
type ScoreFact = Pick<Score, 'name' | 'value' | 'source' | 'evaluator' | 'evaluatorVersion'>;

/** Where a filter finds the values of one log. */
export interface Filterable {
  field(name: FilterField): Value;
  property(name: string): string | undefined;
  text(which: 'input' | 'output'): string;
  /** The current scores of this name; of a log that is not stored yet there are none. */
  scores?(name: string): readonly ScoreFact[];
  /** The last outcome of an evaluator. */
  outcome?(evaluator: string): Outcome['outcome'] | undefined;
}

/** Whether a log satisfies a filter. */
export function matches(filter: Filter, log: Filterable): boolean {
  if ('and' in filter) return filter.and.every((part) => matches(part, log));
  if ('or' in filter) return filter.or.some((part) => matches(part, log));
  if ('not' in filter) return !matches(filter.not, log);
  if ('score' in filter) return scoreHolds(filter, log.scores?.(filter.score) ?? []);
  if ('evaluation' in filter) return outcomeHolds(filter, log.outcome?.(filter.evaluation));
  if ('field' in filter) return compare(filter, log.field(filter.field));
  if ('property' in filter) return compare(filter, log.property(propertyName(filter.property)));
  if (filter.text === 'any') return compare(filter, `${log.text('input')}\n${log.text('output')}`);
  return compare(filter, log.text(filter.text));
}

/** The same while only part of the log is known; undefined where it depends on the rest. */
export function matchesSoFar(filter: Filter, log: Filterable, isKnown: (leaf: Leaf) => boolean): boolean | undefined {
  if ('and' in filter || 'or' in filter) {
    const decisive = 'or' in filter;
    const parts = 'and' in filter ? filter.and : filter.or;
    const answers = new Set(parts.map((part) => matchesSoFar(part, log, isKnown)));
    if (answers.has(decisive)) return decisive;
    return answers.has(undefined) ? undefined : !decisive;
  }
  if ('not' in filter) {
    const inner = matchesSoFar(filter.not, log, isKnown);
    return inner === undefined ? undefined : !inner;
  }
  return isKnown(filter) ? matches(filter, log) : undefined;
}

function scoreHolds(leaf: ScoreLeaf, scores: readonly ScoreFact[]): boolean {
  const own = scores.filter(
    (score) =>
      (leaf.source === undefined || score.source === leaf.source) &&
      (leaf.evaluator === undefined || score.evaluator === leaf.evaluator) &&
      (leaf.evaluatorVersion === undefined || score.evaluatorVersion === leaf.evaluatorVersion),
  );
  if (leaf.present === false) return own.length === 0 && !comparesValue(leaf);
  return own.some(({ value }) => {
    if (leaf.equals !== undefined && value !== leaf.equals) return false;
    if (leaf.in !== undefined && !leaf.in.includes(value)) return false;
    return ordered(leaf, typeof value === 'number' ? value : Number.NaN);
  });
}

function comparesValue({ equals, in: list, gt, gte, lt, lte }: ScoreLeaf): boolean {
  return [equals, list, gt, gte, lt, lte].some((one) => one !== undefined);
}

function outcomeHolds(leaf: EvaluationLeaf, outcome: Outcome['outcome'] | undefined): boolean {
  if (outcome === undefined) return leaf.present === false && leaf.equals === undefined && leaf.in === undefined;
  if (leaf.present === false) return false;
  return (leaf.equals === undefined || leaf.equals === outcome) && (leaf.in === undefined || leaf.in.includes(outcome));
}

type ComparedLeaf = Exclude<Leaf, ScoreLeaf | EvaluationLeaf>;
const SUBJECTS = new Set(['field', 'property', 'text']);

function compare(leaf: ComparedLeaf, value: Value): boolean {
  const given: { [Key in 'equals' | 'in' | 'gt' | 'gte' | 'lt' | 'lte' | 'contains' | 'present']?: unknown } = leaf;
  if (value === null || value === undefined)
    return leaf.present === false && Object.keys(leaf).filter((key) => !SUBJECTS.has(key)).length === 1;
  if (leaf.present === false) return false;
  if (given.equals !== undefined && !same(value, given.equals as string)) return false;
  if (given.in !== undefined && !(given.in as string[]).some((one) => same(value, one))) return false;
  if (leaf.contains !== undefined && !containsText(String(value), leaf.contains)) return false;
  return ordered(given as Bounds, value);
}

/** Whether a text has a part, without regard to case. */
export function containsText(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}

/** Property values are texts: they compare with a number or a boolean as the text that it is written as. */
function same(value: string | number | boolean, wanted: string | number | boolean): boolean {
  return typeof value === typeof wanted ? value === wanted : String(value) === String(wanted);
}

interface Bounds {
  gt?: string | number | undefined;
  gte?: string | number | undefined;
  lt?: string | number | undefined;
  lte?: string | number | undefined;
}

function ordered({ gt, gte, lt, lte }: Bounds, value: string | number | boolean): boolean {
  return (
    holds(value, gt, (order) => order > 0) &&
    holds(value, gte, (order) => order >= 0) &&
    holds(value, lt, (order) => order < 0) &&
    holds(value, lte, (order) => order <= 0)
  );
}

function holds(
  value: string | number | boolean,
  limit: string | number | undefined,
  test: (order: number) => boolean,
): boolean {
  if (limit === undefined) return true;
  if (typeof limit === 'string') return test(compareCodePoints(String(value), limit));
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  return !Number.isNaN(number) && test(number === limit ? 0 : number > limit ? 1 : -1);
}

/** The order of UTF-8 bytes, in which databases compare; JavaScript's own puts surrogates before U+E000. */
export function compareCodePoints(left: string, right: string): number {
  if (left === right) return 0;
  const [one, two] = [left[Symbol.iterator](), right[Symbol.iterator]()];
  for (;;) {
    const a = one.next().value;
    const b = two.next().value;
    if (a === b) {
      if (a === undefined) return 0;
      continue;
    }
    if (a === undefined) return -1;
    if (b === undefined) return 1;
    return a.codePointAt(0)! - b.codePointAt(0)!;
  }
}
