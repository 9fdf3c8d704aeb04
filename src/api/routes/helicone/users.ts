/**
 * Users, by what their calls add up to.
 *
 *     POST /v1/user/query                   { userIds?, timeFilter? }           -> 200 { data: [sums], error }
 *     POST /v1/user/metrics/query           { filter, offset, limit, sort? }    -> 200 { data: { users, count, hasUsers }, error }
 *     POST /v1/user/metrics-overview/query  { filter, pSize, useInterquartile } -> 200 { data: { request_count, user_cost }, error }
 *
 * Calls without a user are those of the user `""`, as there. Times are instants in ISO 8601, seconds are seconds; there, times are
 * shifted by the client's zone, and the first of these endpoints takes its seconds for milliseconds.
 */
import { z } from 'zod';
import type { LogSum, SumNumber } from '../../../store/sums.ts';
import { json } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { QUESTION_MS } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { type ReadFilter, readFilter } from './filter.ts';
import { isoTime } from './iso-time.ts';
import { parse, readableBoolean, timeZoneDifference, unixSeconds, whole } from './parse.ts';
import { percentile, spreadRows } from './spread-rows.ts';

const MOST_USERS = 1000;
/** Of /v1/user/query, which has no limit of its own. */
const LISTED_USERS = 100;

const secondsFilter = z.strictObject({ startTimeUnixSeconds: unixSeconds, endTimeUnixSeconds: unixSeconds }).optional();
const direction = z.enum(['asc', 'desc']).optional();

/** What the answer's columns are, for those that a list can be sorted by. */
const SORTED_BY = {
  id: 'key',
  user_id: 'key',
  active_for: 'days',
  first_active: 'firstMs',
  last_active: 'lastMs',
  total_requests: 'logs',
  average_requests_per_day_active: 'logsPerDay',
  average_tokens_per_request: 'meanTokens',
  total_completion_tokens: 'plainOutputTokens',
  total_prompt_tokens: 'plainInputTokens',
  cost: 'costUsd',
  /** No call is held back here: the same in all. */
  rate_limited_count: 'key',
} as const satisfies Record<string, SumNumber | 'key'>;
type SortKey = keyof typeof SORTED_BY;

const querySchema = z.strictObject({
  userIds: z.array(z.string().max(256)).max(1000).optional(),
  timeFilter: secondsFilter,
});
const metricsSchema = z.strictObject({
  filter: z.unknown(),
  offset: whole(0, 1_000_000_000),
  limit: whole(0, Number.MAX_SAFE_INTEGER),
  timeFilter: secondsFilter,
  timeZoneDifferenceMinutes: timeZoneDifference.default(0),
  sort: z
    .strictObject(
      Object.fromEntries(Object.keys(SORTED_BY).map((key) => [key, direction])) as Record<SortKey, typeof direction>,
    )
    .default({}),
});
const overviewSchema = z.strictObject({ filter: z.unknown(), pSize: percentile, useInterquartile: readableBoolean });

export function userRoutes({ store }: ApiParts): Route[] {
  const { questions, scores } = store;

  const filterOf = async (context: ApiContext, filter: unknown): Promise<ReadFilter> => {
    const { projectId } = context.var.principal;
    return readFilter(filter, { projectId, scoreNames: await scores.names(projectId) }, { sums: 'users_view' });
  };

  return [
    {
      method: 'POST',
      path: '/v1/user/query',
      scope: 'read',
      async handle(context) {
        const { userIds, timeFilter } = parse(querySchema, await readJson(context));
        const { rows } = await questions.sums({
          projectId: context.var.principal.projectId,
          filter: userIds === undefined || userIds.length === 0 ? null : { field: 'userId', in: userIds },
          ...rangeOf(timeFilter),
          by: 'user',
          aheadMs: 0,
          having: null,
          order: { by: 'logs', direction: 'desc' },
          offset: 0,
          limit: LISTED_USERS,
          timeLimitMs: QUESTION_MS,
        });
        const data = rows.map((row) => ({
          user_id: row.key ?? '',
          count: row.logs,
          prompt_tokens: row.plainInputTokens,
          completion_tokens: row.plainOutputTokens,
          cost: row.costUsd,
        }));
        return json({ data, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/user/metrics/query',
      scope: 'read',
      async handle(context) {
        const query = parse(metricsSchema, await readJson(context));
        if (query.limit > MOST_USERS)
          return json({ data: null, error: `Limit cannot be greater than ${MOST_USERS}` }, 400);
        const { filter, having } = await filterOf(context, query.filter);
        const [sort] = Object.entries(query.sort) as [SortKey, 'asc' | 'desc'][];
        const { rows, totals, known } = await questions.sums({
          ...sliceOf(context.var.principal.projectId, filter, rangeOf(query.timeFilter)),
          by: 'user',
          aheadMs: -query.timeZoneDifferenceMinutes * 60_000,
          having,
          order:
            sort === undefined ? { by: 'lastMs', direction: 'desc' } : { by: SORTED_BY[sort[0]], direction: sort[1] },
          offset: query.offset,
          limit: query.limit,
          timeLimitMs: QUESTION_MS,
        });
        return json({ data: { users: rows.map(userRow), count: totals.groups, hasUsers: known }, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/user/metrics-overview/query',
      scope: 'read',
      async handle(context) {
        const { filter: given, pSize, useInterquartile } = parse(overviewSchema, await readJson(context));
        const { filter, having } = await filterOf(context, given);
        const slice = sliceOf(context.var.principal.projectId, filter, { fromMs: null, toMs: null });
        const [logs, cost] = await questions.spread(
          { ...slice, by: 'user', aheadMs: 0, having, timeLimitMs: QUESTION_MS },
          ['logs', 'costUsd'],
        );
        const rows = (summary: typeof logs) => spreadRows(summary!, pSize, useInterquartile);
        return json({ data: { request_count: rows(logs), user_cost: rows(cost) }, error: null });
      },
    },
  ];
}

function rangeOf(given: z.infer<typeof secondsFilter>): { fromMs: number | null; toMs: number | null } {
  if (given === undefined) return { fromMs: null, toMs: null };
  return { fromMs: given.startTimeUnixSeconds * 1000, toMs: given.endTimeUnixSeconds * 1000 };
}

function userRow(row: LogSum): Record<string, unknown> {
  return {
    id: row.key ?? '',
    user_id: row.key ?? '',
    active_for: row.days,
    first_active: isoTime(row.firstMs!),
    last_active: isoTime(row.lastMs!),
    total_requests: row.logs,
    average_requests_per_day_active: row.logsPerDay,
    average_tokens_per_request: row.meanTokens,
    total_completion_tokens: row.plainOutputTokens,
    total_prompt_tokens: row.plainInputTokens,
    cost: row.costUsd,
    rate_limited_count: 0,
  };
}
