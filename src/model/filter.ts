/**
 * Filters: a typed condition over logs, as plain JSON. A leaf names what it looks at (a field of the log, a property, or
 * a text) and one or more comparisons, all of which must hold; `and`, `or`, `not` combine. An absent value satisfies
 * only `present: false` and `not`.
 *
 *     { field: 'status', gte: 400 }
 *     { property: 'environment', equals: 'production' }
 *     { and: [{ field: 'model', contains: 'gpt-4' }, { not: { text: 'output', contains: 'sorry' } }] }
 */
import { z } from 'zod';
import { propertyName } from './property.ts';

export const FILTER_LIMITS = { depth: 32, nodes: 500, list: 1000, text: 256 } as const;

export const FILTER_FIELDS = [
  'id',
  'requestId',
  'upstream',
  'provider',
  'method',
  'path',
  'model',
  'modelAsked',
  'status',
  'errorCode',
  'ending',
  'stream',
  'startedAtMs',
  'firstByteMs',
  'firstTokenMs',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'costUsd',
  'finishReason',
  'userId',
  'sessionId',
  'sessionName',
  'sessionPath',
] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

const scalar = z.union([z.string().max(FILTER_LIMITS.text), z.number(), z.boolean()]);
const bound = z.union([z.number(), z.string().max(FILTER_LIMITS.text)]);

const comparisons = {
  equals: scalar.optional(),
  in: z.array(scalar).max(FILTER_LIMITS.list).optional(),
  gt: bound.optional(),
  gte: bound.optional(),
  lt: bound.optional(),
  lte: bound.optional(),
  /** Part of the text, without case. */
  contains: z.string().min(1).max(FILTER_LIMITS.text).optional(),
  /** Whether there is a value at all. */
  present: z.boolean().optional(),
};

const fieldLeaf = z.strictObject({ field: z.enum(FILTER_FIELDS), ...comparisons });
const propertyLeaf = z.strictObject({ property: z.string().min(1).max(128), ...comparisons });
const textLeaf = z.strictObject({ text: z.enum(['input', 'output']), ...comparisons });

type Leaf = z.infer<typeof fieldLeaf> | z.infer<typeof propertyLeaf> | z.infer<typeof textLeaf>;
export type Filter = Leaf | { and: Filter[] } | { or: Filter[] } | { not: Filter };

const node: z.ZodType<Filter> = z.lazy(() =>
  z.union([
    fieldLeaf,
    propertyLeaf,
    textLeaf,
    z.strictObject({ and: z.array(node).max(FILTER_LIMITS.nodes) }),
    z.strictObject({ or: z.array(node).max(FILTER_LIMITS.nodes) }),
    z.strictObject({ not: node }),
  ]),
);

/** A filter, refused when it is deeper or larger than the limits. */
export const filterSchema: z.ZodType<Filter> = z
  .unknown()
  .superRefine((value, context) => {
    const size = measure(value);
    if (size.depth > FILTER_LIMITS.depth || size.nodes > FILTER_LIMITS.nodes)
      context.addIssue({
        code: 'custom',
        message: `A filter has at most ${FILTER_LIMITS.nodes} conditions, nested at most ${FILTER_LIMITS.depth} deep`,
      });
  })
  .pipe(node);

/** Where a filter finds the values of one log. */
export interface Filterable {
  field(name: FilterField): string | number | boolean | null | undefined;
  property(name: string): string | undefined;
  text(which: 'input' | 'output'): string;
}

/** Whether a log satisfies a filter. */
export function matches(filter: Filter, log: Filterable): boolean {
  if ('and' in filter) return filter.and.every((part) => matches(part, log));
  if ('or' in filter) return filter.or.some((part) => matches(part, log));
  if ('not' in filter) return !matches(filter.not, log);
  return compare(filter, valueOf(filter, log));
}

function valueOf(leaf: Leaf, log: Filterable): string | number | boolean | null | undefined {
  if ('field' in leaf) return log.field(leaf.field);
  if ('property' in leaf) return log.property(propertyName(leaf.property));
  return log.text(leaf.text);
}

function compare(leaf: Leaf, value: string | number | boolean | null | undefined): boolean {
  if (leaf.present !== undefined && (value !== null && value !== undefined) !== leaf.present) return false;
  if (value === null || value === undefined)
    return leaf.present === false && Object.keys(leaf).filter((key) => key in comparisons).length === 1;
  if (leaf.equals !== undefined && !same(value, leaf.equals)) return false;
  if (leaf.in !== undefined && !leaf.in.some((one) => same(value, one))) return false;
  if (leaf.contains !== undefined && !String(value).toLowerCase().includes(leaf.contains.toLowerCase())) return false;
  return (
    holds(value, leaf.gt, (order) => order > 0) &&
    holds(value, leaf.gte, (order) => order >= 0) &&
    holds(value, leaf.lt, (order) => order < 0) &&
    holds(value, leaf.lte, (order) => order <= 0)
  );
}

/** Property values are texts: they compare with a number as a number where they are one. */
function same(value: string | number | boolean, wanted: string | number | boolean): boolean {
  return typeof value === typeof wanted ? value === wanted : String(value) === String(wanted);
}

function holds(
  value: string | number | boolean,
  limit: string | number | undefined,
  test: (order: number) => boolean,
): boolean {
  if (limit === undefined) return true;
  if (typeof limit === 'string') return test(value === limit ? 0 : String(value) > limit ? 1 : -1);
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  return !Number.isNaN(number) && test(number - limit);
}

/** Walks without recursion: the limits are checked before anything that recurses sees the value. */
function measure(value: unknown): { depth: number; nodes: number } {
  let nodes = 0;
  let deepest = 0;
  const open: [unknown, number][] = [[value, 1]];
  while (open.length > 0 && nodes <= FILTER_LIMITS.nodes) {
    const [one, depth] = open.pop()!;
    if (typeof one !== 'object' || one === null) continue;
    nodes += 1;
    deepest = Math.max(deepest, depth);
    if (deepest > FILTER_LIMITS.depth) break;
    const parts = one as { and?: unknown; or?: unknown; not?: unknown };
    if (Array.isArray(parts.and)) for (const part of parts.and) open.push([part, depth + 1]);
    if (Array.isArray(parts.or)) for (const part of parts.or) open.push([part, depth + 1]);
    if (parts.not !== undefined) open.push([parts.not, depth + 1]);
  }
  return { depth: deepest, nodes };
}
