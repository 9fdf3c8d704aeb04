/**
 * A file of datapoints as a dataset. Datapoints are known by what they ask, so that the same question is the same datapoint in every
 * version, on every machine: runs of before and after the file was changed can be compared. A file that did not change makes no
 * new version.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { newId } from '../../model/id.ts';
import type { DatasetStore } from '../../store/datasets.ts';
import { changeDataset, type OfferedDatapoint } from '../datasets/change-dataset.ts';
import { type DatasetFormat, formatOf, readDatapoints } from '../datasets/read-file.ts';

export interface FileToImport {
  path: string;
  format?: DatasetFormat | undefined;
  projectId: string;
  /** Of the dataset; made where there is none. */
  name: string;
}

const MOST_DATASETS = 1000;

/** Answers the version that holds the file. Throws as changeDataset does, and an Error for a file that cannot be read. */
export async function importFile(datasets: DatasetStore, file: FileToImport): Promise<number> {
  const { path, projectId, name } = file;
  const format = file.format ?? formatOf(path);
  if (format === undefined)
    throw new Error(`${path}: its ending tells no format. Name one: format: jsonl, csv or promptfoo.`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  const note = `${basename(path)} sha256:${hash.digest('hex')}`;
  const made = { id: newId(), projectId, name, description: null, createdAtMs: Date.now() };
  await datasets.create(made, MOST_DATASETS);
  const [newest] = await datasets.versions(projectId, name);
  if (newest?.note === note) return newest.version;
  const change = { projectId, name, datapoints: offered(path, format), remove: 'all' as const, note };
  return (await changeDataset(datasets, change)).version;
}

async function* offered(path: string, format: DatasetFormat): AsyncGenerator<OfferedDatapoint> {
  const seen = new Map<string, number>();
  const file = basename(path);
  for await (const { line, ...reading } of readDatapoints(createReadStream(path) as AsyncIterable<Buffer>, format)) {
    const place = { at: `${file}:${line}`, source: { from: 'import' as const, file, line } };
    if ('problem' in reading) {
      yield { ...place, ...reading };
      continue;
    }
    const { inputs, messages } = reading.datapoint;
    const asked = JSON.stringify([inputs, messages]);
    const times = seen.get(asked) ?? 0;
    seen.set(asked, times + 1);
    yield { ...place, datapoint: { ...reading.datapoint, id: reading.datapoint.id ?? idOf(`${times} ${asked}`) } };
  }
}

/** A UUID of our own making (RFC 9562, version 8): the first bits of a hash. */
function idOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
