/**
 * Finding logs.
 *
 *     POST /v1/request/query, /v1/request/query-clickhouse  -> 201 { data: [row], error: null }
 *     POST /v1/request/count/query                          -> 200 { data: number, error: null }
 *
 * Both lists are one: the first, which at Helicone finds nothing any more, is what older clients call. Rows are whole, with
 * bodies and their signed addresses, and written as they are found.
 */
import { z } from 'zod';
import { subjectOf } from '../../../evaluation/subject.ts';
import type { Filter } from '../../../model/filter.ts';
import type { ListQuestion, Slice } from '../../../store/questions.ts';
import { json, refuse } from '../../answers.ts';
import { readJson } from '../../body.ts';
import { logsOf } from '../../pages.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { JSON_TYPE, QUESTION_MS, brokenOff, listed, streamed, wholeCount } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { bodyAddress } from './body-address.ts';
import { readFilter } from './filter.ts';
import { parse, readableBoolean, whole } from './parse.ts';
import { requestRow } from './request-row.ts';
import { booleanName } from './score-names.ts';

const direction = z.enum(['asc', 'desc']);
const named = z.record(z.string().max(128), direction);

const sortSchema = z.strictObject({
  random: z.literal(true).optional(),
  created_at: direction.optional(),
  cache_created_at: direction.optional(),
  latency: direction.optional(),
  last_active: direction.optional(),
  total_tokens: direction.optional(),
  completion_tokens: direction.optional(),
  prompt_tokens: direction.optional(),
  user_id: direction.optional(),
  body_model: direction.optional(),
  is_cached: direction.optional(),
  request_prompt: direction.optional(),
  response_text: direction.optional(),
  properties: named.optional(),
  values: named.optional(),
  scores: named.optional(),
  cost: direction.optional(),
  time_to_first_token: direction.optional(),
});
type Sort = z.infer<typeof sortSchema>;

const querySchema = z.strictObject({
  filter: z.unknown(),
  offset: whole(0, 1_000_000).default(0),
  limit: whole(0, 1000).default(10),
  sort: sortSchema.default({}),
  isCached: readableBoolean.optional(),
  includeInputs: readableBoolean.optional(),
  isPartOfExperiment: readableBoolean.optional(),
  isScored: readableBoolean.optional(),
});
type Query = z.infer<typeof querySchema>;

type Order = ListQuestion['order'];

const SORTED_BY: Partial<Record<keyof Sort, Order['by']>> = {
  created_at: 'startedAtMs',
  last_active: 'startedAtMs',
  latency: 'durationMs',
  time_to_first_token: 'firstTokenMs',
  total_tokens: 'totalTokens',
  completion_tokens: 'outputTokens',
  prompt_tokens: 'inputTokens',
  user_id: 'userId',
  body_model: 'model',
  cost: 'costUsd',
};
const UNSORTABLE = ['random', 'request_prompt', 'response_text', 'values'] as const;

export function requestQueryRoutes(parts: ApiParts): Route[] {
  const { questions, scores } = parts.store;

  const read = async (context: ApiContext): Promise<{ query: Query; slice: Slice }> => {
    const query = parse(querySchema, await readJson(context));
    const { projectId } = context.var.principal;
    const scoreNames = await scores.names(projectId);
    const { filter } = readFilter(query.filter, { projectId, scoreNames });
    const scored: Filter = {
      or: [...new Set(scoreNames.map(({ name }) => name))].map((score) => ({ score, present: true })),
    };
    const wanted = query.isScored === undefined ? [] : [query.isScored ? scored : { not: scored }];
    const all = [...(filter === null ? [] : [filter]), ...wanted];
    return { query, slice: sliceOf(projectId, all.length === 0 ? null : { and: all }, { fromMs: null, toMs: null }) };
  };

  async function* rowsOf(context: ApiContext, query: Query, slice: Slice): AsyncGenerator {
    const { limit, offset } = query;
    const wanted = { ...slice, order: orderOf(query.sort), offset, limit, bodies: true };
    for await (const { seq: _seq, scores: given, ...stored } of logsOf(questions, wanted)) {
      const signedBodyUrl = bodyAddress(context, stored.id, parts.bodySecret);
      yield requestRow({ log: subjectOf(stored), stored, scores: given, signedBodyUrl });
    }
  }

  const list = async (context: ApiContext): Promise<Response> => {
    const { query, slice } = await read(context);
    // Checked before the first byte is written.
    orderOf(query.sort);
    const rows = listed(rowsOf(context, query, slice), '{"data":[', '],"error":null}');
    return streamed(context, rows, { status: 201, headers: JSON_TYPE, onFailure: brokenOff(parts.logger) });
  };

  return [
    { method: 'POST', path: '/v1/request/query', scope: 'read', handle: list },
    { method: 'POST', path: '/v1/request/query-clickhouse', scope: 'read', handle: list },
    {
      method: 'POST',
      path: '/v1/request/count/query',
      scope: 'read',
      async handle(context) {
        const { slice } = await read(context);
        return json({ data: wholeCount(await questions.count(slice, QUESTION_MS)), error: null });
      },
    },
  ];
}

/** The first key counts, as there. What is the same in all logs orders nothing. */
function orderOf(sort: Sort): Order {
  for (const key of UNSORTABLE)
    if (sort[key] !== undefined)
      refuse(new Map([[`requestBody.sort.${key}`, { message: `logs cannot be sorted by ${key}. Use created_at` }]]));
  for (const [key, value] of Object.entries(sort)) {
    if (value === undefined || value === true) continue;
    if (typeof value === 'object') {
      const [first] = Object.entries(value);
      if (first === undefined) continue;
      const [name, way] = first;
      if (key === 'properties') return { by: { property: name.toLowerCase() }, direction: way };
      return { by: { score: booleanName(name) ?? name }, direction: way };
    }
    const by = SORTED_BY[key as keyof Sort];
    if (by !== undefined) return { by, direction: value };
  }
  return { by: 'startedAtMs', direction: 'desc' };
}
