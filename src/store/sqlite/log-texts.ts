/** Texts of stored logs, read from their blocks by a module that is handed in: what is a text, only providers know. */
import type { Statement } from 'better-sqlite3';
import type { StoredLog } from '../store.ts';
import { openBlock, type SlotParts } from '../blocks.ts';
import type { Connection } from './connection.ts';
import { readFlags } from '../flags.ts';

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

/** The module at a URL, whose `readTexts` it is. */
export async function importReadTexts(url: string): Promise<ReadTexts> {
  return ((await import(url)) as { readTexts: ReadTexts }).readTexts;
}

interface Row {
  seq: number;
  provider: StoredLog['provider'];
  path: string;
  status: number | null;
  flags: number;
  block: number | null;
  slot: number | null;
}

/** Blocks that stay unpacked: logs are asked for in about the order in which they share them. */
const OPEN_BLOCKS = 8;
const NOTHING: LogTexts = { input: '', output: '' };

export class StoredTexts {
  readonly #readTexts: ReadTexts;
  readonly #one: Statement;
  readonly #behind: Statement;
  readonly #block: Statement;
  readonly #open = new Map<number, (slot: number) => SlotParts>();

  constructor(connection: Connection, readTexts: ReadTexts) {
    this.#readTexts = readTexts;
    const columns = 'select seq, provider, path, status, flags, block, slot from logs';
    this.#one = connection.prepare(`${columns} where seq = ?`);
    this.#behind = connection.prepare(`${columns} where seq > ? order by seq limit ?`);
    this.#block = connection.prepare('select bytes from blocks where id = ?').pluck();
  }

  /** The texts of a log by its number; empty where it or its bodies are gone. */
  of(seq: number): LogTexts {
    const row = this.#one.get(seq) as Row | undefined;
    return row === undefined ? NOTHING : this.#read(row);
  }

  /** The logs behind a number, in ascending order. */
  behind(seq: number, limit: number): { seq: number; texts: LogTexts }[] {
    const rows = this.#behind.all(seq, limit) as Row[];
    return rows.map((row) => ({ seq: row.seq, texts: this.#read(row) }));
  }

  /** Blocks are kept for one snapshot only: a removal rewrites them. */
  forget(): void {
    this.#open.clear();
  }

  #read(row: Row): LogTexts {
    if (row.block === null || row.slot === null) return NOTHING;
    const slots = this.#blockOf(row.block);
    if (slots === undefined) return NOTHING;
    const { extras, request, response } = slots(row.slot);
    const { q = {}, r = {} } = JSON.parse(Buffer.from(extras).toString()) as { q?: Headers; r?: Headers };
    const { requestTruncated, responseTruncated } = readFlags(row.flags);
    return this.#readTexts({
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

  #blockOf(id: number): ((slot: number) => SlotParts) | undefined {
    const known = this.#open.get(id);
    if (known !== undefined) return known;
    const bytes = this.#block.get(id) as Buffer | undefined;
    if (bytes === undefined) return undefined;
    if (this.#open.size >= OPEN_BLOCKS) this.#open.delete(this.#open.keys().next().value!);
    const slots = openBlock(bytes);
    this.#open.set(id, slots);
    return slots;
  }
}

type Headers = Record<string, string>;
