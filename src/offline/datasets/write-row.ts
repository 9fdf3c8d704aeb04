/** Datapoints as rows of a file. What is written as JSONL is read as the same datapoint again; CSV is for people. */
import type { Datapoint } from '../../model/datapoint.ts';

/** One line, without its end. */
export function jsonlOf({ id, inputs, messages, target, metadata }: Datapoint): string {
  return JSON.stringify({ id, inputs, messages, target, metadata });
}

/** Columns of CSV. What is not text is JSON. */
export const CSV_COLUMNS = ['id', 'inputs', 'messages', 'target', 'metadata', 'source'] as const;

export function csvValuesOf(datapoint: Datapoint): (string | null)[] {
  return CSV_COLUMNS.map((column) => {
    const value = datapoint[column];
    if (value === null || value === undefined) return null;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}
