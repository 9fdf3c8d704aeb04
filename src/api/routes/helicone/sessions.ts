/**
 * Sessions, by what their calls add up to. A session is an id with a name; calls without an id belong to none.
 *
 *     POST /v1/session/query          { search, timeFilter, timezoneDifference, filter }  -> 200 { data: [sums], error }
 *     POST /v1/session/count          the same  -> 200 { data: { count, total_cost, avg_cost, avg_latency, avg_requests }, error }
 *     POST /v1/session/name/query     { nameContains, timezoneDifference }  -> 200 { data: [sums], error }
 *     POST /v1/session/metrics/query  the same  -> 200 { data: { session_count, session_duration, session_cost, average }, error }
 *
 * Times are instants in ISO 8601 and not shifted by the client's zone, which is read and not needed. What a name contains is
 * looked for without case; there, it must be equal.
 */
import { z } from 'zod';
import { FILTER_LIMITS, type Filter } from '../../../model/filter.ts';
import { momentsOfSummary, type Summary } from '../../../statistics/summary.ts';
import type { LogSum, SumQuestion } from '../../../store/sums.ts';
import { json } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { QUESTION_MS } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { readFilter } from './filter.ts';
import { isoTime } from './iso-time.ts';
import { parse, readableBoolean, timeZoneDifference, unixMs, whole } from './parse.ts';
import { percentile, spreadRows } from './spread-rows.ts';

/** Of names, which have no limit of their own. */
const LISTED_NAMES = 1000;

const text = z.string().max(FILTER_LIMITS.text);
const timeFilter = z.strictObject({ startTimeUnixMs: unixMs, endTimeUnixMs: unixMs });

const sessionsSchema = z.strictObject({
  search: text,
  timeFilter,
  nameEquals: text.optional(),
  timezoneDifference: timeZoneDifference,
  filter: z.unknown(),
  offset: whole(0, 1_000_000_000).default(0),
  limit: whole(0, 1000).default(50),
});
const namesSchema = z.strictObject({
  nameContains: text,
  timezoneDifference: timeZoneDifference,
  pSize: percentile.default('p75'),
  useInterquartile: readableBoolean.default(false),
  timeFilter: timeFilter.optional(),
  filter: z.unknown().optional(),
});

type Asked = Pick<z.infer<typeof sessionsSchema>, 'filter'> & {
  timeFilter?: z.infer<typeof timeFilter> | undefined;
  conditions: Filter[];
};

export function sessionRoutes({ store }: ApiParts): Route[] {
  const { questions, scores } = store;

  const questionOf = async (context: ApiContext, by: SumQuestion['by'], asked: Asked): Promise<SumQuestion> => {
    const { projectId } = context.var.principal;
    const filterContext = { projectId, scoreNames: await scores.names(projectId) };
    const { filter, having } = readFilter(asked.filter, filterContext, { sums: 'sessions_request_response_rmt' });
    const range = { fromMs: asked.timeFilter?.startTimeUnixMs ?? null, toMs: asked.timeFilter?.endTimeUnixMs ?? null };
    const all = [...(filter === null ? [] : [filter]), ...asked.conditions];
    const slice = sliceOf(projectId, all.length === 0 ? null : { and: all }, range);
    return { ...slice, by, aheadMs: 0, having, timeLimitMs: QUESTION_MS };
  };

  const readSessions = async (context: ApiContext) => {
    const query = parse(sessionsSchema, await readJson(context));
    const { search, nameEquals } = query;
    const conditions: Filter[] = [];
    if (nameEquals) conditions.push({ field: 'sessionName', equals: nameEquals });
    if (search)
      conditions.push({
        or: [
          { field: 'sessionId', contains: search },
          { field: 'sessionName', contains: search },
        ],
      });
    return { query, question: await questionOf(context, 'session', { ...query, conditions }) };
  };

  const readNames = async (context: ApiContext, by: SumQuestion['by']) => {
    const query = parse(namesSchema, await readJson(context));
    const conditions: Filter[] =
      query.nameContains === '' ? [] : [{ field: 'sessionName', contains: query.nameContains }];
    const asked = { ...query, filter: query.filter ?? 'all', conditions };
    return { query, question: await questionOf(context, by, asked) };
  };

  return [
    {
      method: 'POST',
      path: '/v1/session/query',
      scope: 'read',
      async handle(context) {
        const { query, question } = await readSessions(context);
        const { rows } = await questions.sums({
          ...question,
          order: { by: 'firstMs', direction: 'desc' },
          offset: query.offset,
          limit: query.limit,
        });
        return json({ data: rows.map(sessionRow), error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/session/count',
      scope: 'read',
      async handle(context) {
        const { question } = await readSessions(context);
        const order = { by: 'key', direction: 'asc' } as const;
        const { totals } = await questions.sums({ ...question, order, offset: 0, limit: 0 });
        const { groups, priced, logs, costUsd, durationMs } = totals;
        const data = {
          count: groups,
          total_cost: costUsd,
          avg_cost: costUsd === null ? null : costUsd / priced,
          // Of a call; the others are of a session.
          avg_latency: logs === 0 ? null : durationMs / logs,
          avg_requests: groups === 0 ? null : logs / groups,
        };
        return json({ data, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/session/name/query',
      scope: 'read',
      async handle(context) {
        const { question } = await readNames(context, 'sessionName');
        const order = { by: 'lastMs', direction: 'desc' } as const;
        const { rows } = await questions.sums({ ...question, order, offset: 0, limit: LISTED_NAMES });
        return json({ data: rows.map(nameRow), error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/session/metrics/query',
      scope: 'read',
      async handle(context) {
        const { query, question } = await readNames(context, 'session');
        const [logs, span, cost] = await questions.spread(question, ['logs', 'spanMs', 'costUsd']);
        const rows = (summary: Summary | undefined, unit?: number) =>
          spreadRows(summary!, query.pSize, query.useInterquartile, unit);
        const data = {
          session_count: rows(logs),
          session_duration: rows(span, 1000),
          session_cost: rows(cost),
          average: {
            session_count: average(logs!),
            session_duration: average(span!, 1000),
            session_cost: average(cost!),
          },
        };
        return json({ data, error: null });
      },
    },
  ];
}

function sessionRow(row: LogSum): Record<string, unknown> {
  return {
    created_at: isoTime(row.firstMs!),
    latest_request_created_at: isoTime(row.lastMs!),
    session_id: row.key,
    session_name: row.name ?? '',
    total_cost: row.costUsd,
    total_requests: row.logs,
    prompt_tokens: row.plainInputTokens,
    completion_tokens: row.plainOutputTokens,
    total_tokens: row.totalTokens,
    avg_latency: row.meanDurationMs,
    user_ids: row.users,
  };
}

function nameRow(row: LogSum): Record<string, unknown> {
  return {
    name: row.key ?? '',
    created_at: isoTime(row.firstMs!),
    first_used: isoTime(row.firstMs!),
    last_used: isoTime(row.lastMs!),
    session_count: row.sessions,
    total_cost: row.costUsd,
    avg_latency: row.meanDurationMs,
  };
}

function average(summary: Summary, unit = 1): { average: number | null }[] {
  const { count, mean } = momentsOfSummary(summary);
  return [{ average: count === 0 ? null : mean / unit }];
}
