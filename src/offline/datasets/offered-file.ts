/**
 * The datapoints of a file, known by what they ask: the same question is the same datapoint in every version and on every machine,
 * so that runs of before and after a file was changed can be compared, and a file that is read twice adds nothing.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { OfferedDatapoint } from './change-dataset.ts';
import { type DatasetFormat, readDatapoints } from './read-file.ts';

/** `file`: its name. */
export async function* offeredFile(
  bytes: AsyncIterable<Uint8Array>,
  { file, format }: { file: string; format: DatasetFormat },
): AsyncGenerator<OfferedDatapoint> {
  const seen = new Map<string, number>();
  for await (const { line, ...reading } of readDatapoints(bytes, format)) {
    const place = { at: `${file}:${line}`, source: { from: 'import' as const, file, line } };
    if ('problem' in reading) {
      yield { ...place, ...reading };
      continue;
    }
    const { inputs, messages } = reading.datapoint;
    const asked = JSON.stringify([inputs, messages]);
    // By a hash, since a file may be larger than memory.
    const key = hashOf(asked);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    yield { ...place, datapoint: { ...reading.datapoint, id: reading.datapoint.id ?? idOf(`${times} ${asked}`) } };
  }
}

/** Opens the file when its bytes are asked for. */
export async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Buffer>;
}

/** A UUID of our own making (RFC 9562, version 8): the first bits of a hash. */
function idOf(text: string): string {
  const hex = hashOf(text);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
