/**
 * Who is running: a small file that the child writes and the parent reads only when it has to ask, so that neither
 * pays for a message. The child opens a slot before it gives control away; a process that hangs or dies leaves the
 * slots as they were. Slot 0 is whatever runs synchronously (nothing else can run then); the others are waiting work.
 */
import { readSync, writeSync } from 'node:fs';

export const SLOTS = 64;
const FIELDS = 2;
const SLOT_BYTES = FIELDS * 8;

export interface OpenSlot {
  id: number;
  /** Past this moment of the monotonic clock the parent kills the child. */
  killAtMs: number;
  /** It has the thread, so that nothing else can be to blame. */
  blocking: boolean;
}

/** The system's monotonic clock, which parent and child share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The child's side. A write of 16 bytes to the page cache costs about 2 µs. */
export class ProgressWriter {
  readonly #fd: number;
  readonly #record = new Float64Array(FIELDS);
  readonly #bytes = new Uint8Array(this.#record.buffer);

  constructor(fd: number) {
    this.#fd = fd;
  }

  open(slot: number, id: number, killAtMs: number): void {
    this.#record[0] = id + 1;
    this.#record[1] = killAtMs;
    writeSync(this.#fd, this.#bytes, 0, SLOT_BYTES, slot * SLOT_BYTES);
  }

  clear(slot: number): void {
    this.#record.fill(0);
    writeSync(this.#fd, this.#bytes, 0, SLOT_BYTES, slot * SLOT_BYTES);
  }
}

/** The parent's side. */
export function readSlots(fd: number): OpenSlot[] {
  const records = new Float64Array(SLOTS * FIELDS);
  readSync(fd, new Uint8Array(records.buffer), 0, SLOTS * SLOT_BYTES, 0);
  const open: OpenSlot[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const id = records[slot * FIELDS]!;
    if (id > 0) open.push({ id: id - 1, killAtMs: records[slot * FIELDS + 1]!, blocking: slot === 0 });
  }
  return open;
}
