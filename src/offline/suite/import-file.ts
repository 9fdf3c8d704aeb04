/** A file of datapoints as a dataset of which it is all there is. A file that did not change makes no new version. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { DatasetStore } from '../../store/datasets.ts';
import { putIntoDataset } from '../datasets/create-dataset.ts';
import { bytesOf, offeredFile } from '../datasets/offered-file.ts';
import { type DatasetFormat, formatOf } from '../datasets/read-file.ts';

export interface FileToImport {
  path: string;
  format?: DatasetFormat | undefined;
  projectId: string;
  /** Of the dataset; made where there is none. */
  name: string;
}

/** Answers the version that holds the file. Throws as changeDataset does, and an Error for a file that cannot be read. */
export async function importFile(datasets: DatasetStore, file: FileToImport): Promise<number> {
  const { path, projectId, name } = file;
  const format = file.format ?? formatOf(path);
  if (format === undefined)
    throw new Error(`${path}: its ending tells no format. Name one: format: jsonl, csv or promptfoo.`);
  const hash = createHash('sha256');
  for await (const chunk of bytesOf(path)) hash.update(chunk);
  const note = `${basename(path)} sha256:${hash.digest('hex')}`;
  const [newest] = await datasets.versions(projectId, name);
  if (newest?.note === note) return newest.version;
  const change = {
    projectId,
    name,
    datapoints: offeredFile(bytesOf(path), { file: basename(path), format }),
    remove: 'all' as const,
    note,
  };
  return (await putIntoDataset(datasets, change)).version;
}
