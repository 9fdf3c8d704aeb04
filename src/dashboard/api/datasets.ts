/** Questions about datasets, and changes of them. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { DatapointContent } from '../../model/datapoint.ts';
import type { Filter } from '../../model/filter.ts';
import type { DatapointPage, ShownDataset, ShownDatasetVersion, WholeDataset } from '../../model/shown-dataset.ts';
import { ask, queryOf } from './client.ts';

const at = (name: string): string => `/datasets/${encodeURIComponent(name)}`;
const PAGE = 100;

export const datasetsQuery = queryOptions({
  queryKey: ['datasets', 'list'],
  queryFn: ({ signal }) => ask<{ datasets: ShownDataset[] }>('GET', '/datasets', undefined, signal),
});

export const datasetQuery = (name: string) =>
  queryOptions({
    queryKey: ['datasets', 'one', name],
    queryFn: ({ signal }) => ask<WholeDataset>('GET', at(name), undefined, signal),
  });

/** In their order; `version` null is the newest. */
export const datapointsQuery = (name: string, version: number | null) =>
  infiniteQueryOptions({
    queryKey: ['datasets', 'datapoints', name, version],
    queryFn: ({ pageParam, signal }) =>
      ask<DatapointPage>(
        'GET',
        `${at(name)}/datapoints${queryOf({ version, limit: PAGE, cursor: pageParam })}`,
        undefined,
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });

export function createDataset(given: { name: string; description: string | null }): Promise<ShownDataset> {
  return ask('POST', '/datasets', given);
}

export function removeDataset(name: string): Promise<unknown> {
  return ask('DELETE', at(name));
}

export interface DatasetChange {
  put?: (DatapointContent & { id?: string })[];
  remove?: string[];
  note?: string | null;
  /** What was seen: where another version is the newest, nothing is changed. */
  baseVersion?: number;
}

/** Makes the next version. */
export function changeDataset(name: string, change: DatasetChange): Promise<ShownDatasetVersion> {
  return ask('POST', `${at(name)}/changes`, change);
}

export interface LogsForDataset {
  logIds?: string[];
  filter?: Filter | null;
  fromMs?: number | null;
  toMs?: number | null;
  limit?: number;
}

/** Logs become its datapoints. */
export function addLogsToDataset(name: string, logs: LogsForDataset): Promise<ShownDatasetVersion> {
  return ask('POST', `${at(name)}/from-logs`, logs);
}

/** By what its name ends in. */
export function importFile(name: string, file: File, mode: 'add' | 'replace' = 'add'): Promise<ShownDatasetVersion> {
  const format = /\.csv$/i.test(file.name) ? 'csv' : /\.ya?ml$|\.json$/i.test(file.name) ? 'promptfoo' : 'jsonl';
  return ask('POST', `${at(name)}/import${queryOf({ format, mode, file: file.name })}`, file);
}

/** Where a version can be fetched as a file. */
export function exportAddress(name: string, version: number, format: 'jsonl' | 'csv'): string {
  return `/api/v1${at(name)}/export${queryOf({ version, format })}`;
}
