/** Questions about logs. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { ExplainedEvaluation } from '../../model/explained-evaluation.ts';
import type { Filter } from '../../model/filter.ts';
import type { LogPage, WholeLog } from '../../model/log-row.ts';
import type { ScoreValue } from '../../model/score.ts';
import { ask, queryOf } from './client.ts';

/** Logs of a time that satisfy a filter; null is no limit. */
export interface Slice {
  filter: Filter | null;
  fromMs: number | null;
  toMs: number | null;
}

const PAGE = 100;

/** Pages of logs, the newest first, each behind the last log of the one before. */
export const logsQuery = (slice: Slice) =>
  infiniteQueryOptions({
    queryKey: ['logs', 'list', slice],
    queryFn: ({ pageParam, signal }) =>
      ask<LogPage>('POST', '/logs/query', { ...slice, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

/** The newest of a slice, in no other order. */
export const scoredLogsQuery = (slice: Slice) =>
  queryOptions({
    queryKey: ['logs', 'scored', slice],
    queryFn: ({ signal }) => ask<LogPage>('POST', '/logs/query', { ...slice, limit: PAGE }, signal),
  });

export const logQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', 'one', id],
    queryFn: ({ signal }) => ask<WholeLog>('GET', `/logs/${encodeURIComponent(id)}`, undefined, signal),
  });

export const explainedQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', 'explained', id],
    queryFn: ({ signal }) =>
      ask<{ evaluations: ExplainedEvaluation[] }>(
        'GET',
        `/logs/${encodeURIComponent(id)}/evaluations`,
        undefined,
        signal,
      ),
  });

/** Of one conversation, the earliest first. */
export const sessionLogsQuery = (sessionId: string) =>
  queryOptions({
    queryKey: ['logs', 'session', sessionId],
    queryFn: ({ signal }) =>
      ask<LogPage>(
        'POST',
        '/logs/query',
        { filter: { field: 'sessionId', equals: sessionId }, limit: PAGE, direction: 'asc' },
        signal,
      ),
  });

/** The call that a judge made about a log. */
export const judgeLogQuery = (logId: string, evaluator: string) =>
  queryOptions({
    queryKey: ['logs', 'judge', logId, evaluator],
    queryFn: ({ signal }) =>
      ask<LogPage>(
        'POST',
        '/logs/query',
        {
          filter: {
            and: [
              { property: 'judge', equals: evaluator },
              { property: 'judged-log', equals: logId },
            ],
          },
          limit: 1,
        },
        signal,
      ),
    staleTime: 60_000,
  });

export function removeLog(id: string): Promise<unknown> {
  return ask('DELETE', `/logs/${encodeURIComponent(id)}`);
}

/** At most 1,000 at once, as many as a filter names. */
export function removeLogs(ids: string[]): Promise<unknown> {
  return ask('POST', '/logs/delete', { filter: { field: 'id', in: ids }, atMost: ids.length });
}

export function setProperty(id: string, name: string, value: string): Promise<unknown> {
  return ask('PUT', `/logs/${encodeURIComponent(id)}/properties/${encodeURIComponent(name)}`, { value });
}

/** As a person. */
export function giveScore(id: string, name: string, value: ScoreValue, reason: string | null): Promise<unknown> {
  return ask('PUT', `/logs/${encodeURIComponent(id)}/scores/${encodeURIComponent(name)}`, {
    value,
    reason,
    source: 'human',
  });
}

export function takeScoreBack(id: string, name: string, source: 'api' | 'human'): Promise<unknown> {
  return ask('DELETE', `/logs/${encodeURIComponent(id)}/scores/${encodeURIComponent(name)}${queryOf({ source })}`);
}
