/** Questions about runs, and starting and stopping them. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { ComparedRun, RunSummary } from '../../model/compared-run.ts';
import type { RunSpec } from '../../model/run.ts';
import type { RunCells, ShownRun, WholeRun } from '../../model/shown-run.ts';
import { ask, queryOf } from './client.ts';

const at = (id: string): string => `/runs/${encodeURIComponent(id)}`;
const PAGE = 50;
/** Datapoints of a run that are fetched at once. */
export const CELLS = 100;
const WATCH_MS = 1000;

export const isOver = ({ endedAtMs }: ShownRun): boolean => endedAtMs !== null;

export const runsQuery = infiniteQueryOptions({
  queryKey: ['runs', 'list'],
  queryFn: ({ pageParam, signal }) =>
    ask<{ runs: ShownRun[]; next: string | null }>(
      'GET',
      `/runs${queryOf({ limit: PAGE, cursor: pageParam })}`,
      undefined,
      signal,
    ),
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }) => next,
  refetchInterval: ({ state }) => (state.data?.pages[0]?.runs.every(isOver) === false ? 2 * WATCH_MS : false),
});

/** Watched until it is over. */
export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: ({ signal }) => ask<WholeRun>('GET', at(id), undefined, signal),
    refetchInterval: ({ state }) => (state.data !== undefined && isOver(state.data) ? false : WATCH_MS),
  });

/** `step` makes it another question: how far the run was. */
export const runSummaryQuery = (id: string, step: string) =>
  queryOptions({
    queryKey: ['runs', 'summary', id, step],
    queryFn: ({ signal }) => ask<RunSummary>('GET', `${at(id)}/summary`, undefined, signal),
    placeholderData: keepPreviousData,
  });

/** Outputs and results by datapoint. */
export const runCellsQuery = (id: string, total: number, step: string) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'cells', id, step],
    queryFn: ({ pageParam, signal }) =>
      ask<RunCells>('GET', `${at(id)}/results${queryOf({ from: pageParam, count: CELLS })}`, undefined, signal),
    initialPageParam: 0,
    getNextPageParam: (_last, _pages, from) => (from + CELLS < total ? from + CELLS : null),
    placeholderData: keepPreviousData,
  });

export const runComparisonQuery = (id: string, baseline: string) =>
  queryOptions({
    queryKey: ['runs', 'compare', id, baseline],
    queryFn: ({ signal }) =>
      ask<{ scores: ComparedRun[] }>('POST', `${at(id)}/compare`, { baseline, worst: 50 }, signal),
  });

export type NewRun = Pick<RunSpec, 'name' | 'dataset' | 'outputs' | 'evaluators' | 'repetitions'> & Partial<RunSpec>;

export function startRun(spec: NewRun): Promise<ShownRun> {
  return ask('POST', '/runs', spec);
}

export function cancelRun(id: string): Promise<ShownRun> {
  return ask('POST', `${at(id)}/cancel`);
}

export function removeRun(id: string): Promise<unknown> {
  return ask('DELETE', at(id));
}
