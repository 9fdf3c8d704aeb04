/**
 * Conditions as people type them, and the filter that they make. In an address they stand one after another with ` and ` between:
 *
 *     accuracy > 90        is_safe is false       not scored by tone     scored by tone
 *     status >= 400        environment = production       model contains gpt-4
 *     refund policy        (any other text is searched in input and output)
 */
import type { Filter } from '../../model/filter.ts';

/** Names that the project has, by which a name is known for a score or a property. */
export interface KnownNames {
  scores: readonly string[];
  properties: readonly string[];
}

/** Fields of a log by what people call them. */
export const FIELDS: Record<string, { field: string; kind: 'text' | 'number' | 'boolean' }> = {
  model: { field: 'model', kind: 'text' },
  status: { field: 'status', kind: 'number' },
  latency: { field: 'durationMs', kind: 'number' },
  'first token': { field: 'firstTokenMs', kind: 'number' },
  cost: { field: 'costUsd', kind: 'number' },
  'input tokens': { field: 'inputTokens', kind: 'number' },
  'output tokens': { field: 'outputTokens', kind: 'number' },
  tokens: { field: 'totalTokens', kind: 'number' },
  user: { field: 'userId', kind: 'text' },
  session: { field: 'sessionId', kind: 'text' },
  upstream: { field: 'upstream', kind: 'text' },
  provider: { field: 'provider', kind: 'text' },
  path: { field: 'path', kind: 'text' },
  ending: { field: 'ending', kind: 'text' },
  'finish reason': { field: 'finishReason', kind: 'text' },
  stream: { field: 'stream', kind: 'boolean' },
  'request id': { field: 'requestId', kind: 'text' },
};

const COMPARISON = /^(.+?)\s*(>=|<=|!=|>|<|=|\bis not\b|\bis\b|\bcontains\b)\s*(.+)$/;
const MEMBERS = { '>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt', contains: 'contains' } as const;

export function conditionsOf(where: string | undefined): string[] {
  return (where ?? '')
    .split(/ and /)
    .map((condition) => condition.trim())
    .filter((condition) => condition !== '');
}

export function whereOf(conditions: readonly string[]): string | undefined {
  return conditions.length === 0 ? undefined : conditions.join(' and ');
}

/** Null where there is no condition. */
export function filterOf(where: string | undefined, known: KnownNames): Filter | null {
  const conditions = conditionsOf(where).map((condition) => conditionOf(condition, known));
  return conditions.length === 0 ? null : conditions.length === 1 ? conditions[0]! : { and: conditions };
}

export function conditionOf(text: string, known: KnownNames): Filter {
  if (/^".*"$/.test(text)) return textCondition(text);
  const scored = /^(not )?scored by (.+)$/.exec(text);
  if (scored) return { score: scored[2]!, present: scored[1] === undefined };
  const [, name, operator, value] = COMPARISON.exec(text) ?? [];
  if (name === undefined || operator === undefined || value === undefined) return textCondition(text);
  const isEquality = operator === '=' || operator === 'is';
  const isNot = operator === '!=' || operator === 'is not';
  const member = isEquality || isNot ? 'equals' : MEMBERS[operator as keyof typeof MEMBERS];
  const leaf = leafOf(name, member, unquoted(value), known);
  return isNot ? { not: leaf } : leaf;
}

function leafOf(name: string, member: string, value: string, known: KnownNames): Filter {
  const field = FIELDS[name.toLowerCase()];
  // A score of the project goes before a field of the same name where it is not one of every log's.
  if (field !== undefined) return { field: field.field, [member]: typed(value, field.kind) } as Filter;
  const score = known.scores.find((one) => one === name) ?? known.scores.find((one) => same(one, name));
  const property = known.properties.find((one) => same(one, name));
  if (score !== undefined && property === undefined) return { score, [member]: typedByItself(value) };
  return { property: property ?? name, [member]: value };
}

function textCondition(text: string): Filter {
  return { text: 'any', contains: unquoted(text) };
}

function typed(value: string, kind: 'text' | 'number' | 'boolean'): string | number | boolean {
  if (kind === 'text') return value;
  if (kind === 'boolean') return value.toLowerCase() === 'true';
  return numberOf(value) ?? value;
}

function typedByItself(value: string): string | number | boolean {
  if (/^(true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return numberOf(value) ?? value;
}

/** Seconds and milliseconds are understood: 2 s is 2000. */
function numberOf(value: string): number | undefined {
  const [, digits, unit] = /^\$?(-?[\d.]+)\s*(ms|s|k)?$/.exec(value) ?? [];
  if (digits === undefined || !Number.isFinite(Number(digits))) return undefined;
  return Number(digits) * (unit === 's' || unit === 'k' ? 1000 : 1);
}

function unquoted(text: string): string {
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** What may be meant by what is typed so far, at most so many. */
export function suggestionsOf(typedText: string, known: KnownNames, values: readonly string[], most = 12): string[] {
  const [, name] = /^(.+?)\s*(?:=|is|contains)\s*\S*$/.exec(typedText) ?? [];
  if (name !== undefined && values.length > 0) return values.slice(0, most).map((value) => `${name} = ${value}`);
  const all = [
    ...known.scores.flatMap((score) => [`${score} > `, `${score} is `, `not scored by ${score}`]),
    ...known.properties.map((property) => `${property} = `),
    ...Object.entries(FIELDS).map(([field, { kind }]) => (kind === 'number' ? `${field} > ` : `${field} = `)),
  ];
  const begun = typedText.toLowerCase();
  return all.filter((one) => one.toLowerCase().includes(begun)).slice(0, most);
}
