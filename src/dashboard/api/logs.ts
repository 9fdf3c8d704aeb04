/** Questions about logs. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { Filter } from '../../model/filter.ts';
import type { LogPage, WholeLog } from '../../model/log-row.ts';
import { ask } from './client.ts';

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

export const logQuery = (id: string) =>
  queryOptions({
    queryKey: ['logs', 'one', id],
    queryFn: ({ signal }) => ask<WholeLog>('GET', `/logs/${encodeURIComponent(id)}`, undefined, signal),
  });
