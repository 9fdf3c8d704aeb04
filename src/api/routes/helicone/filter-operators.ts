/**
 * The operators of Helicone's filters, by the class of the column: which value each takes (with its framework's coercions),
 * and what it says in our filter language. Which column is what is said by filter-columns.ts.
 *
 * An absent value is the empty text there, so that `not-equals` finds logs without the value; "null" and "__empty__" ask
 * for absence. `contains` is without case, as there. Patterns of `like` are read where they are a text with `%` around it;
 * what our filters cannot say is refused instead of being answered wrongly.
 */
import type { Filter } from '../../../model/filter.ts';

export const TEXT_OPERATORS = ['equals', 'not-equals', 'like', 'ilike', 'contains', 'not-contains'] as const;
export const NUMBER_OPERATORS = ['equals', 'not-equals', 'gte', 'lte', 'gt', 'lt'] as const;
export const TIME_OPERATORS = ['equals', 'gte', 'lte', 'gt', 'lt'] as const;
export type TextOperator = (typeof TEXT_OPERATORS)[number];
export type NumberOperator = (typeof NUMBER_OPERATORS)[number];
export type TimeOperator = (typeof TIME_OPERATORS)[number];

export const ALL: Filter = { and: [] };
export const NONE: Filter = { or: [] };

/** What a leaf of ours looks at, without its comparisons. */
export type Subject = { field: 'model' } | { property: string } | { text: 'input' | 'output' };

/** Something that Helicone's filters say and ours cannot; its message goes back to the client. */
export class Unanswerable extends Error {}

/** A text operator on a field, a property or a text of the log. */
export function textFilter(subject: Subject, operator: TextOperator, value: string): Filter {
  if (operator === 'not-equals') return not(textFilter(subject, 'equals', value));
  if (operator === 'not-contains') return not(textFilter(subject, 'contains', value));
  if (operator === 'contains') return value === '' ? ALL : { ...subject, contains: value };
  if (operator === 'equals') return equalText(subject, value);
  const { before, text, after } = patternOf(value);
  if (text === '') return before || after ? ALL : absent(subject);
  if (before && after) return { ...subject, contains: text };
  const caseless = operator === 'ilike' && text.toLowerCase() !== text.toUpperCase();
  if (before || caseless || 'text' in subject)
    throw new Unanswerable(`Write the pattern as %${text}%, or use contains: other patterns without case are not read`);
  return after ? startsWith(subject, text) : equalText(subject, text);
}

/** Exactly by code point: everything between the text itself and the text with the last code point behind it. */
export function startsWith(subject: Subject, text: string): Filter {
  return { ...subject, gte: text, lt: `${text}\u{10FFFF}` };
}

function equalText(subject: Subject, value: string): Filter {
  if (value === 'null' || value === '__empty__' || value === '') return absent(subject);
  if ('text' in subject) throw new Unanswerable('Bodies are searched with contains, not compared as a whole');
  return { ...subject, equals: value };
}

function absent(subject: Subject): Filter {
  const none = { ...subject, present: false } as Filter;
  return 'text' in subject ? none : { or: [none, { ...subject, equals: '' }] };
}

function not(filter: Filter): Filter {
  return { not: filter };
}

/** The text between the wildcards. `_` and a `%` in the middle are wildcards that our filters do not have. */
export function patternOf(pattern: string): { before: boolean; text: string; after: boolean } {
  let text = '';
  const wild: number[] = [];
  let length = 0;
  const parts = Array.from(pattern);
  for (let index = 0; index < parts.length; index += 1) {
    const one = parts[index]!;
    if (one === '_') throw new Unanswerable('A pattern with _ as a wildcard is not read. Write \\_ for the character');
    if (one === '%') wild.push(length);
    else {
      if (one === '\\' && index + 1 < parts.length) index += 1;
      text += parts[index]!;
      length += 1;
    }
  }
  if (wild.some((at) => at !== 0 && at !== length))
    throw new Unanswerable('A pattern with % in the middle is not read. Combine two conditions with and');
  return { before: wild.includes(0), text, after: wild.includes(length) };
}

/** A text operator on a value that is the same in every log; null is none. */
export function constantText(constant: string | null, operator: TextOperator, value: string): Filter {
  return holdsText(constant, operator, value) ? ALL : NONE;
}

/** A text operator on a value at hand, with the full patterns of SQL. */
export function holdsText(given: string | null, operator: TextOperator, value: string): boolean {
  const text = given ?? '';
  if (operator === 'not-equals') return !holdsText(given, 'equals', value);
  if (operator === 'not-contains') return !holdsText(given, 'contains', value);
  if (operator === 'contains') return text.toLowerCase().includes(value.toLowerCase());
  if (operator === 'equals') return value === 'null' || value === '__empty__' ? text === '' : text === value;
  const source = value.replaceAll(/\\?[\s\S]/g, (part) => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    return (part.length > 1 ? part.slice(1) : part).replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  });
  // Runs of wildcards would make the search try every way to share the text among them.
  return new RegExp(`^${source.replaceAll(/(\[\\s\\S\]\*)+/g, '[\\s\\S]*')}$`, operator === 'ilike' ? 'i' : '').test(
    text,
  );
}

/** A number operator on a field. */
export function numberFilter(field: 'durationMs', operator: NumberOperator, value: number): Filter {
  if (operator === 'not-equals') return not({ field, equals: value });
  return { field, [operator]: value };
}

/** A number operator on a field that rows show rounded to whole numbers: it compares with what they show. */
export function roundedFilter(field: 'durationMs', operator: NumberOperator, value: number): Filter {
  if (operator === 'not-equals') return not(roundedFilter(field, 'equals', value));
  if (operator === 'gte') return { field, gte: Math.ceil(value) - 0.5 };
  if (operator === 'gt') return { field, gte: Math.floor(value) + 0.5 };
  if (operator === 'lt') return { field, lt: Math.ceil(value) - 0.5 };
  if (operator === 'lte') return { field, lt: Math.floor(value) + 0.5 };
  return Number.isInteger(value) ? { field, gte: value - 0.5, lt: value + 0.5 } : NONE;
}

export function holdsNumber(given: number, operator: NumberOperator, value: number): boolean {
  if (operator === 'equals') return given === value;
  if (operator === 'not-equals') return given !== value;
  if (operator === 'gte') return given >= value;
  if (operator === 'lte') return given <= value;
  return operator === 'gt' ? given > value : given < value;
}

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;
/** A date, or a date and a time with `T` or a blank between them, and perhaps a zone: UTC where there is none. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** A finite number, also from a text; undefined where it is none. */
export function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined;
}

/** Milliseconds since the epoch; undefined where it is no ISO 8601. */
export function readTime(value: unknown): number | undefined {
  const found = typeof value === 'string' ? TIME.exec(value) : null;
  if (found === null) return undefined;
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = found;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const ms = Date.parse(`${date}T${minutes}${seconds}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

export function readBoolean(value: unknown): boolean | undefined {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'boolean' ? value : undefined;
}
