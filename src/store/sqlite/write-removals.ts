/**
 * Removing what logs hold, in small units, so that commits behind which answers wait are not held up. A block is packed anew
 * without the bodies that go, its slots where they were; SQLite overwrites what it frees. Words of the texts, and the
 * write-ahead log, follow by the entries in `removals` (text-thread.ts, checkpoint-thread.ts).
 */
import type { Statement } from 'better-sqlite3';
import { openBlock, packBlock, slotCount } from '../blocks.ts';
import { readFlags, withoutBodies } from '../flags.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid } from './uuid.ts';

/** Rows that one unit reads: about a millisecond. */
const ROWS = 1000;
/** Blocks that one unit packs anew: about a millisecond each where they are full. */
const BLOCKS = 16;
/** Logs that start late in the order of commits, such as those that come back from a spool, are seen for so long. */
const LATE_MS = 86_400_000;

interface Row {
  seq: number;
  startedAtMs: number;
  flags: number;
  block: number | null;
  slot: number | null;
}

interface Place {
  startedAtMs: number;
  seq: number;
}

export class WriteRemovals {
  readonly #project: Statement;
  readonly #older: Statement;
  readonly #block: Statement;
  readonly #setBlock: Statement;
  readonly #setFlags: Statement;
  readonly #note: Statement;
  /** By project: where the search for bodies goes on. All that started before has none. */
  readonly #places = new Map<string, Place>();

  constructor(connection: Connection) {
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#project = prepare('select seq from projects where id = ?').pluck();
    this.#older = prepare(
      `select seq, started_at_ms as startedAtMs, flags, block, slot from logs
       where project = @project and started_at_ms < @beforeMs and (started_at_ms, seq) > (@startedAtMs, @seq)
       order by started_at_ms, seq limit ${ROWS}`,
    );
    this.#block = prepare('select bytes from blocks where id = ?').pluck();
    this.#setBlock = prepare('update blocks set bytes = ? where id = ?');
    this.#setFlags = prepare('update logs set flags = ? where seq = ?');
    this.#note = prepare('insert into removals (first, last) values (?, ?)');
  }

  /** After a rollback: what was found done is not. */
  clear(): void {
    this.#places.clear();
  }

  /** Removes the bodies of at most `limit` of the oldest logs that started before. `more`: there may be others. */
  bodies(projectId: string, beforeMs: number, limit: number): { removed: number; more: boolean } {
    const project = this.#project.get(bytesOfUuid(projectId)) as number | undefined;
    if (project === undefined) return { removed: 0, more: false };
    let place = this.#places.get(projectId) ?? { startedAtMs: Number.MIN_SAFE_INTEGER, seq: 0 };
    const rows = this.#older.all({ project, beforeMs, ...place }) as Row[];
    const byBlock = new Map<number, Row[]>();
    let removed = 0;
    let isWhole = true;
    for (const row of rows) {
      if (hasBodies(row)) {
        const own = byBlock.get(row.block!);
        if (removed === limit || (own === undefined && byBlock.size === BLOCKS)) {
          isWhole = false;
          break;
        }
        if (own === undefined) byBlock.set(row.block!, [row]);
        else own.push(row);
        removed += 1;
      }
      place = { startedAtMs: row.startedAtMs, seq: row.seq };
    }
    for (const [block, own] of byBlock) this.#empty(block, own);
    this.#noteRuns([...byBlock.values()].flat().map(({ seq }) => seq));
    const more = !isWhole || rows.length === ROWS;
    this.#places.set(projectId, more ? place : { startedAtMs: place.startedAtMs - LATE_MS, seq: 0 });
    return { removed, more };
  }

  #empty(block: number, rows: readonly Row[]): void {
    const bytes = this.#block.get(block) as Buffer | undefined;
    if (bytes !== undefined) {
      const slots = openBlock(bytes);
      const gone = new Set(rows.map(({ slot }) => slot));
      const left = Array.from({ length: slotCount(bytes) }, (_, slot) => {
        const parts = slots(slot);
        return gone.has(slot) ? { ...parts, request: undefined, response: undefined } : parts;
      });
      this.#setBlock.run(packBlock(left), block);
    }
    for (const { seq, flags } of rows) this.#setFlags.run(withoutBodies(flags), seq);
  }

  #noteRuns(seqs: number[]): void {
    const sorted = seqs.toSorted((a, b) => a - b);
    for (let from = 0; from < sorted.length;) {
      let to = from;
      while (sorted[to + 1] === sorted[to]! + 1) to += 1;
      this.#note.run(sorted[from], sorted[to]);
      from = to + 1;
    }
  }
}

function hasBodies({ flags, block, slot }: Row): boolean {
  const { requestOmitted, responseOmitted } = readFlags(flags);
  return block !== null && slot !== null && !(requestOmitted && responseOmitted);
}
