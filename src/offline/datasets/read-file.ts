/** Files of datapoints, read line by line as they come: JSONL and CSV at any size, a promptfoo test file as a whole. */
import { parse as csvParser } from 'csv-parse';
import { type LineReading, readRow, tableRowOf } from './read-row.ts';
import { readPromptfoo } from './read-promptfoo.ts';

export const DATASET_FORMATS = ['jsonl', 'csv', 'promptfoo'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/** Of a file that is read as a whole. */
const WHOLE_FILE = 20_000_000;
/** Of one line: a datapoint may have a million bytes, and be written wastefully. */
const LINE = 8_000_000;

/** The format by a file's ending; undefined where it is none of ours. */
export function formatOf(file: string): DatasetFormat | undefined {
  if (/\.(jsonl|ndjson)$/i.test(file)) return 'jsonl';
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(ya?ml|json)$/i.test(file)) return 'promptfoo';
  return undefined;
}

/** Reads bytes of UTF-8. What is wrong with a line is said in its place; nothing is thrown for it. */
export function readDatapoints(bytes: AsyncIterable<Uint8Array>, format: DatasetFormat): AsyncGenerator<LineReading> {
  if (format === 'jsonl') return readJsonl(bytes);
  return format === 'csv' ? readCsv(bytes) : readWhole(bytes);
}

async function* readJsonl(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<LineReading> {
  for await (const { text, line } of linesOf(bytes)) {
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      yield { line, problem: `it is not JSON: ${(error as Error).message.slice(0, 200)}` };
      continue;
    }
    yield { line, ...readRow(value) };
  }
}

async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ text: string; line: number }> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  let line = 1;
  for await (const chunk of bytes) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    for (const text of parts) yield { text, line: line++ };
    // A file without line ends is not gathered in memory.
    if (rest.length > LINE) {
      yield { text: `${rest.slice(0, 20)}… is more than ${LINE} characters long`, line };
      return;
    }
  }
  yield { text: rest + decoder.decode(), line };
}

async function* readCsv(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<LineReading> {
  const parser = csvParser({
    bom: true,
    columns: columnsOf,
    info: true,
    max_record_size: LINE,
    skip_empty_lines: true,
  });
  const feeding = (async () => {
    for await (const chunk of bytes) {
      if (parser.destroyed) return;
      if (!parser.write(chunk)) await new Promise((done) => parser.once('drain', done).once('close', done));
    }
    parser.end();
  })();
  feeding.catch((error: Error) => parser.destroy(error));
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRow>) {
      const given = tableRowOf(record);
      yield { line: info.lines, ...(typeof given === 'string' ? { problem: given } : readRow(given)) };
    }
  } catch (error) {
    const { message, lines } = error as Error & { lines?: number };
    if (lines === undefined && !(error as { code?: string }).code?.startsWith('CSV_')) throw error;
    yield { line: lines ?? 1, problem: `it is not CSV: ${message.slice(0, 200)}` };
  }
}

interface CsvRow {
  record: Record<string, string>;
  info: { lines: number };
}

function columnsOf(header: string[]): string[] {
  const names = header.map((name) => name.trim());
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw csvProblem(`its header names the column "${twice.slice(0, 50)}" twice`);
  if (names.includes('')) throw csvProblem('its header has a column without a name');
  return names;
}

function csvProblem(message: string): Error {
  return Object.assign(new Error(message), { code: 'CSV_HEADER', lines: 1 });
}

async function* readWhole(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<LineReading> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > WHOLE_FILE) {
      yield { line: 1, problem: `the file is larger than ${WHOLE_FILE} bytes; write it as JSONL` };
      return;
    }
    chunks.push(chunk);
  }
  try {
    yield* readPromptfoo(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    yield { line: 1, problem: 'the file is nested too deeply' };
  }
}
