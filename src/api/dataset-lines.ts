/** A version of a dataset as the lines of a file, of whatever size. */
import { datapointsOf } from '../offline/datasets/datapoints-of.ts';
import { type Split, splitOf } from '../offline/datasets/split.ts';
import { CSV_COLUMNS, csvValuesOf, jsonlOf } from '../offline/datasets/write-row.ts';
import type { DatasetStore } from '../store/datasets.ts';
import { csvLine } from './csv.ts';
import { breathe } from './streamed.ts';

export const DATASET_LINE_FORMATS = ['jsonl', 'csv'] as const;

const ROWS_A_TURN = 20;

/** Each with its end; CSV begins with its header. */
export async function* datasetLines(
  datasets: DatasetStore,
  of: { projectId: string; name: string; version: number },
  {
    format,
    split,
    testShare,
  }: { format: (typeof DATASET_LINE_FORMATS)[number]; split?: Split | undefined; testShare: number },
): AsyncGenerator<string> {
  let count = 0;
  if (format === 'csv') yield csvLine([...CSV_COLUMNS]);
  for await (const datapoint of datapointsOf(datasets, of)) {
    if (split !== undefined && splitOf(datapoint, testShare) !== split) continue;
    yield format === 'csv' ? csvLine(csvValuesOf(datapoint)) : `${jsonlOf(datapoint)}\n`;
    count += 1;
    if (count % ROWS_A_TURN === 0) await breathe();
  }
}
