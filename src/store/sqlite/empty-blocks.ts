/**
 * Taking logs' parts out of their blocks: a block is packed anew without them, its slots where they were, and goes with its last
 * log. Which logs, and what becomes of their rows, is decided by those who remove.
 */
import type { Statement } from 'better-sqlite3';
import { openBlock, packBlock, type SlotParts, slotCount } from '../blocks.ts';
import type { Connection } from './connection.ts';

/** Where a log's parts are. */
export interface Place {
  block: number | null;
  slot: number | null;
}

const NOTHING: SlotParts = { extras: new Uint8Array(), request: undefined, response: undefined };

export class EmptyBlocks {
  readonly #bytes: Statement;
  readonly #set: Statement;
  readonly #remove: Statement;

  constructor(connection: Connection) {
    this.#bytes = connection.prepare('select bytes from blocks where id = ?').pluck();
    this.#set = connection.prepare('update blocks set bytes = ? where id = ?');
    this.#remove = connection.prepare('delete from blocks where id = ?');
  }

  /** Takes the bodies out; headers and checksums stay. */
  takeBodies(places: readonly Place[]): void {
    this.#change(places, (parts) => ({ ...parts, request: undefined, response: undefined }));
  }

  /** Takes everything out. */
  takeAll(places: readonly Place[]): void {
    this.#change(places, () => NOTHING);
  }

  #change(places: readonly Place[], change: (parts: SlotParts) => SlotParts): void {
    for (const [block, own] of Map.groupBy(places, (place) => place.block)) {
      const bytes = block === null ? undefined : (this.#bytes.get(block) as Buffer | undefined);
      if (bytes === undefined) continue;
      const slots = openBlock(bytes);
      const gone = new Set(own.map(({ slot }) => slot));
      const left = Array.from({ length: slotCount(bytes) }, (_, slot) =>
        gone.has(slot) ? change(slots(slot)) : slots(slot),
      );
      // A log that is there has extras, if only two empty braces.
      if (left.every(({ extras }) => extras.length === 0)) this.#remove.run(block);
      else this.#set.run(packBlock(left), block);
    }
  }
}
