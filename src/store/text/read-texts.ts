/** Texts of stored logs, read by a module that is handed in: what is a text, only providers know. */
import type { SlotParts } from '../blocks.ts';
import { readFlags } from '../flags.ts';
import type { StoredLog } from '../store.ts';

/** What texts are read from: a part of the log as it is stored. */
export type TextSource = Pick<
  StoredLog,
  | 'provider'
  | 'path'
  | 'requestHeaders'
  | 'responseHeaders'
  | 'requestBody'
  | 'responseBody'
  | 'requestTruncated'
  | 'responseTruncated'
> & { status: number | undefined };

export interface LogTexts {
  input: string;
  output: string;
}
export type ReadTexts = (log: TextSource) => LogTexts;

/** The columns of a log's row that texts are read with. */
export interface TextRow {
  seq: number;
  provider: StoredLog['provider'];
  path: string;
  status: number | null;
  flags: number;
  block: number | null;
  slot: number | null;
}

export const TEXT_COLUMNS = 'seq, provider, path, status, flags, block, slot';

/** Of a log that is gone, or whose bodies are. */
export const NO_TEXTS: LogTexts = { input: '', output: '' };

/** The module at a URL, whose `readTexts` it is. */
export async function importReadTexts(url: string): Promise<ReadTexts> {
  return ((await import(url)) as { readTexts: ReadTexts }).readTexts;
}

/** The texts of a log's row and the parts of its slot. */
export function textsOf(row: TextRow, parts: SlotParts | undefined, readTexts: ReadTexts): LogTexts {
  if (parts === undefined) return NO_TEXTS;
  const { extras, request, response } = parts;
  const { q = {}, r = {} } = JSON.parse(Buffer.from(extras).toString()) as { q?: Headers; r?: Headers };
  const { requestTruncated, responseTruncated } = readFlags(row.flags);
  return readTexts({
    provider: row.provider,
    path: row.path,
    status: row.status ?? undefined,
    requestHeaders: q,
    responseHeaders: r,
    requestBody: request,
    responseBody: response,
    requestTruncated,
    responseTruncated,
  });
}

/** The text that a leaf looks into. */
export function textOf({ input, output }: LogTexts, which: unknown): string {
  return which === 'input' ? input : which === 'output' ? output : `${input}\n${output}`;
}

type Headers = Record<string, string>;
