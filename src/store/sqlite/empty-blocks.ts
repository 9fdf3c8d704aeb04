/** Taking logs' parts out of their blocks; a block goes with its last log. Which logs, and what becomes of their rows, is decided by those who remove. */
import type { Statement } from 'better-sqlite3';
import { type Emptied, emptiedBlock } from '../emptied-block.ts';
import type { Connection } from './connection.ts';

/** Where a log's parts are. */
export interface Place {
  block: number | null;
  slot: number | null;
}

export class EmptyBlocks {
  readonly #bytes: Statement;
  readonly #set: Statement;
  readonly #remove: Statement;

  constructor(connection: Connection) {
    this.#bytes = connection.prepare('select bytes from blocks where id = ?').pluck();
    this.#set = connection.prepare('update blocks set bytes = ? where id = ?');
    this.#remove = connection.prepare('delete from blocks where id = ?');
  }

  take(what: Emptied, places: readonly Place[]): void {
    for (const [block, own] of Map.groupBy(places, (place) => place.block)) {
      const bytes = block === null ? undefined : (this.#bytes.get(block) as Buffer | undefined);
      if (bytes === undefined) continue;
      const left = emptiedBlock(bytes, new Set(own.map(({ slot }) => slot)), what);
      if (left === null) this.#remove.run(block);
      else this.#set.run(left, block);
    }
  }
}
