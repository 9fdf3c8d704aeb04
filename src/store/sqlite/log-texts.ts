/** Texts of stored logs, read from their blocks as they are asked for. */
import type { Statement } from 'better-sqlite3';
import { openBlock, type SlotParts } from '../blocks.ts';
import { type LogTexts, NO_TEXTS, type ReadTexts, TEXT_COLUMNS, type TextRow, textsOf } from '../text/read-texts.ts';
import type { Connection } from './connection.ts';

/** Blocks that stay unpacked: logs are asked for in about the order in which they share them. */
const OPEN_BLOCKS = 8;

export class StoredTexts {
  readonly #readTexts: ReadTexts;
  readonly #one: Statement;
  readonly #behind: Statement;
  readonly #block: Statement;
  readonly #open = new Map<number, (slot: number) => SlotParts>();

  constructor(connection: Connection, readTexts: ReadTexts) {
    this.#readTexts = readTexts;
    const columns = `select ${TEXT_COLUMNS} from logs`;
    this.#one = connection.prepare(`${columns} where seq = ?`);
    this.#behind = connection.prepare(`${columns} where seq > ? order by seq limit ?`);
    this.#block = connection.prepare('select bytes from blocks where id = ?').pluck();
  }

  /** The texts of a log by its number; empty where it or its bodies are gone. */
  of(seq: number): LogTexts {
    const row = this.#one.get(seq) as TextRow | undefined;
    return row === undefined ? NO_TEXTS : this.#read(row);
  }

  /** The logs behind a number, in ascending order. Each is read when it is its turn: thousands of long texts never meet in memory. */
  *behind(seq: number, limit: number): Iterable<{ seq: number; texts: LogTexts }> {
    for (const row of this.#behind.all(seq, limit) as TextRow[]) yield { seq: row.seq, texts: this.#read(row) };
  }

  /** Blocks are kept for one snapshot only: a removal rewrites them. */
  forget(): void {
    this.#open.clear();
  }

  #read(row: TextRow): LogTexts {
    if (row.block === null || row.slot === null) return NO_TEXTS;
    const slots = this.#blockOf(row.block);
    if (slots === undefined) return NO_TEXTS;
    return textsOf(row, slots(row.slot), this.#readTexts);
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
