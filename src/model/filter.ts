/**
 * Filters: a typed condition over logs, as plain JSON. A leaf names what it looks at (a field of the log, a property, a
 * score, an evaluation, or a text) and one or more comparisons, all of which must hold of one value; `and`, `or`, `not`
 * combine. An absent value satisfies only `present: false` and `not`. What each leaf means is said by `matches`, in
 * filter-match.ts: the store's SQL answers the same.
 *
 *     { field: 'status', gte: 400 }
 *     { property: 'environment', equals: 'production' }
 *     { score: 'accuracy', gt: 90 }          { score: 'is-safe', equals: false, source: 'human' }
 *     { score: 'accuracy', present: false }  { evaluation: 'pii', equals: 'failed' }
 *     { and: [{ field: 'model', contains: 'gpt-4' }, { not: { text: 'output', contains: 'sorry' } }] }
 */
import { z } from 'zod';
import { OUTCOMES } from './outcome.ts';
import { propertyName } from './property.ts';
import { SCORE_SOURCES } from './score.ts';

export const FILTER_LIMITS = { depth: 32, nodes: 500, list: 1000, text: 256 } as const;
/** In all lists of a filter together. */
const MOST_LISTED = 10_000;
/** No condition has as many; what has more is not looked at member by member. */
const MOST_MEMBERS = 20;

/** What a field's values are: that decides which comparisons it takes. */
export const FILTER_FIELD_KINDS = {
  id: 'text',
  requestId: 'text',
  upstream: 'text',
  provider: 'text',
  target: 'text',
  method: 'text',
  path: 'text',
  model: 'text',
  modelAsked: 'text',
  modelAnswered: 'text',
  status: 'number',
  errorCode: 'text',
  ending: 'text',
  stream: 'boolean',
  startedAtMs: 'number',
  firstByteMs: 'number',
  firstTokenMs: 'number',
  durationMs: 'number',
  inputTokens: 'number',
  cachedInputTokens: 'number',
  outputTokens: 'number',
  reasoningTokens: 'number',
  /** Input and output together. */
  totalTokens: 'number',
  costUsd: 'number',
  finishReason: 'text',
  userId: 'text',
  sessionId: 'text',
  sessionName: 'text',
  sessionPath: 'text',
  providerResponseId: 'text',
  requestSize: 'number',
  responseSize: 'number',
  parseError: 'text',
} as const;
export type FilterField = keyof typeof FILTER_FIELD_KINDS;
export const FILTER_FIELDS = Object.keys(FILTER_FIELD_KINDS) as [FilterField, ...FilterField[]];

const scalar = z.union([z.string().max(FILTER_LIMITS.text), z.number(), z.boolean()]);
const bound = z.union([z.number(), z.string().max(FILTER_LIMITS.text)]);

const equality = { equals: scalar.optional(), in: z.array(scalar).max(FILTER_LIMITS.list).optional() };
const order = { gt: bound.optional(), gte: bound.optional(), lt: bound.optional(), lte: bound.optional() };
/** Part of the text, without case. */
const containment = { contains: z.string().min(1).max(FILTER_LIMITS.text).optional() };
/** Whether there is a value at all. */
const presence = { present: z.boolean().optional() };

const fieldLeaf = z.strictObject({ field: z.enum(FILTER_FIELDS), ...equality, ...order, ...containment, ...presence });
const propertyLeaf = z.strictObject({
  property: z.string().min(1).max(128),
  ...equality,
  ...order,
  ...containment,
  ...presence,
});
/** True where any one current score of this name (of that source, evaluator and version, where given) satisfies all of it. */
const scoreLeaf = z.strictObject({
  score: z.string().max(FILTER_LIMITS.text),
  source: z.enum(SCORE_SOURCES).optional(),
  evaluator: z.string().max(FILTER_LIMITS.text).optional(),
  evaluatorVersion: z.string().max(FILTER_LIMITS.text).optional(),
  ...equality,
  gt: z.number().optional(),
  gte: z.number().optional(),
  lt: z.number().optional(),
  lte: z.number().optional(),
  ...presence,
});
/** The last outcome of an evaluator on the log; absent where it has not looked at it (yet). */
const evaluationLeaf = z.strictObject({
  evaluation: z.string().max(FILTER_LIMITS.text),
  equals: z.enum(OUTCOMES).optional(),
  in: z.array(z.enum(OUTCOMES)).max(OUTCOMES.length).optional(),
  ...presence,
});
const textLeaf = z.strictObject({ text: z.enum(['input', 'output', 'any']), ...containment, ...presence });

export type FieldLeaf = z.infer<typeof fieldLeaf>;
export type PropertyLeaf = z.infer<typeof propertyLeaf>;
export type ScoreLeaf = z.infer<typeof scoreLeaf>;
export type EvaluationLeaf = z.infer<typeof evaluationLeaf>;
export type TextLeaf = z.infer<typeof textLeaf>;
export type Leaf = FieldLeaf | PropertyLeaf | ScoreLeaf | EvaluationLeaf | TextLeaf;
export type Filter = Leaf | { and: Filter[] } | { or: Filter[] } | { not: Filter };

export const FILTER_TOO_LARGE = `A filter has at most ${FILTER_LIMITS.nodes} conditions, nested at most ${FILTER_LIMITS.depth} deep`;

/** A filter without its limits: the shape alone, as the API describes it. */
export const filterNode: z.ZodType<Filter> = z
  .lazy(() =>
    z.union(
      [
        fieldLeaf.transform(typed),
        propertyLeaf.transform((leaf) => ({ ...leaf, property: propertyName(leaf.property) })),
        scoreLeaf,
        evaluationLeaf,
        textLeaf,
        z.strictObject({ and: z.array(filterNode).max(FILTER_LIMITS.nodes) }),
        z.strictObject({ or: z.array(filterNode).max(FILTER_LIMITS.nodes) }),
        z.strictObject({ not: filterNode }),
      ],
      { error: 'a condition has one member out of field, property, score, evaluation, text, and, or, not' },
    ),
  )
  .meta({ id: 'Filter' });

/**
 * A filter, refused when it is deeper or larger than the limits. What comes out has property names in lower case, and in
 * field leaves values of the field's own type (`{ field: 'status', equals: '200' }` becomes 200).
 */
export const filterSchema: z.ZodType<Filter> = z
  .unknown()
  .superRefine((value, context) => {
    const message = isWithinLimits(value) ? listProblem(value) : FILTER_TOO_LARGE;
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .pipe(filterNode);

/** Values of the field's own type, or what is wrong with them. */
function typed(leaf: FieldLeaf, context: z.RefinementCtx): FieldLeaf {
  const kind = FILTER_FIELD_KINDS[leaf.field];
  const convert = (value: string | number | boolean, at: string): string | number | boolean => {
    if (kind === 'text') return String(value);
    if (typeof value === kind) return value;
    if (kind === 'number' && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)))
      return Number(value);
    if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
    context.addIssue({ code: 'custom', path: [at], message: `${leaf.field} compares with a ${kind}` });
    return value;
  };
  const { field, present, contains, equals, in: list } = leaf;
  const result: FieldLeaf = { field };
  if (present !== undefined) result.present = present;
  if (contains !== undefined) {
    if (kind !== 'text') context.addIssue({ code: 'custom', path: ['contains'], message: `${field} is no text` });
    result.contains = contains;
  }
  if (equals !== undefined) result.equals = convert(equals, 'equals');
  if (list !== undefined) result.in = list.map((value) => convert(value, 'in'));
  for (const limit of ['gt', 'gte', 'lt', 'lte'] as const) {
    const given = leaf[limit];
    if (given === undefined) continue;
    if (kind === 'boolean') context.addIssue({ code: 'custom', path: [limit], message: `${field} has no order` });
    result[limit] = convert(given, limit) as string | number;
  }
  return result;
}

/** Whether conditions joined by `and`, `or`, `not` are within the limits; walks without recursion, as nothing before has seen them. */
export function isWithinLimits(value: unknown): boolean {
  let nodes = 0;
  const open: [unknown, number][] = [[value, 1]];
  while (open.length > 0) {
    const [one, depth] = open.pop()!;
    if (typeof one !== 'object' || one === null) continue;
    nodes += 1;
    if (nodes > FILTER_LIMITS.nodes || depth > FILTER_LIMITS.depth) return false;
    const parts = one as { and?: unknown; or?: unknown; not?: unknown };
    for (const list of [parts.and, parts.or]) {
      if (!Array.isArray(list)) continue;
      if (list.length > FILTER_LIMITS.nodes) return false;
      for (const part of list) open.push([part, depth + 1]);
    }
    if (parts.not !== undefined) open.push([parts.not, depth + 1]);
  }
  return true;
}

/**
 * What is wrong with lists and members of a value that is within the limits, as far as it can be said without knowing what a
 * condition is. The shape tells what is wrong with each item, for each kind of condition: for many items that takes seconds.
 */
function listProblem(value: unknown): string | undefined {
  const open: unknown[] = [value];
  let listed = 0;
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one !== 'object' || one === null) continue;
    if (Object.keys(one).length > MOST_MEMBERS && !Array.isArray(one))
      return `A condition has at most ${MOST_MEMBERS} members`;
    const { and, or, not, in: list } = one as { and?: unknown; or?: unknown; not?: unknown; in?: unknown };
    for (const parts of [and, or, [not]]) if (Array.isArray(parts)) open.push(...(parts as unknown[]));
    if (!Array.isArray(list)) continue;
    listed += list.length;
    if (listed > MOST_LISTED) return `A filter has at most ${MOST_LISTED} items in all its lists`;
    if (!list.every((item) => ['string', 'number', 'boolean'].includes(typeof item)))
      return 'An item of "in" is a text, a number, true or false';
  }
  return undefined;
}
