/**
 * The bounded copy of the bytes that pass in one direction. It is kept in slabs, which never move: two thousand open streams
 * would otherwise hold up to twice what passed, in buffers that double. The digest starts only when the limit is passed.
 * Reading what the bytes say is left to the recorder.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Capture } from '../model/exchange.ts';

const FIRST_SLAB_BYTES = 4096;
const LARGEST_SLAB_BYTES = 256 * 1024;
/** Up to here a slab is as large as the message says it is. */
const RESERVED_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

export class BodyCapture {
  size = 0;
  readonly #limit: number;
  /** Slabs that are full. */
  #filled: Uint8Array[] | undefined;
  #filledBytes = 0;
  #slab: Uint8Array = NOTHING;
  #used = 0;
  #hash: Hash | undefined;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Makes room for a message whose length is known, so that it ends up in one piece. */
  reserve(bytes: number): void {
    if (bytes <= RESERVED_BYTES && bytes <= this.#limit && this.#slab === NOTHING)
      this.#slab = Buffer.allocUnsafe(bytes);
  }

  /** Takes note of bytes that passed. They are copied. */
  add(chunk: Uint8Array): void {
    this.size += chunk.length;
    if (this.#hash !== undefined) {
      this.#hash.update(chunk);
      return;
    }
    const room = this.#limit - this.#filledBytes - this.#used;
    if (chunk.length > room) {
      this.#hash = createHash('sha256');
      for (const slab of this.#filled ?? []) this.#hash.update(slab);
      this.#hash.update(this.#slab.subarray(0, this.#used)).update(chunk);
      this.#append(chunk.subarray(0, room));
    } else this.#append(chunk);
  }

  /** Takes a whole message's bytes, in place of what it had, uncopied: they must not change afterwards, and nothing may follow them. */
  keep(whole: Uint8Array): void {
    if (this.size > 0) this.#forget();
    if (whole.length > this.#limit) {
      this.add(whole);
      return;
    }
    this.#slab = whole;
    this.#used = whole.length;
    this.size = whole.length;
  }

  /** The capture so far. The bytes may share memory with what is being sent: copy them, never transfer them. */
  take(): Capture {
    const last = this.#used === this.#slab.length ? this.#slab : this.#slab.subarray(0, this.#used);
    return {
      parts: this.#filled === undefined ? [last] : [...this.#filled, last],
      kept: this.#filledBytes + this.#used,
      size: this.size,
      truncated: this.#hash !== undefined,
      sha256: this.#hash?.copy().digest('hex'),
    };
  }

  #forget(): void {
    this.size = 0;
    this.#filled = undefined;
    this.#filledBytes = 0;
    this.#slab = NOTHING;
    this.#used = 0;
    this.#hash = undefined;
  }

  #append(chunk: Uint8Array): void {
    const free = this.#slab.length - this.#used;
    if (chunk.length <= free) {
      this.#slab.set(chunk, this.#used);
      this.#used += chunk.length;
      return;
    }
    if (free > 0) this.#slab.set(chunk.subarray(0, free), this.#used);
    if (this.#slab !== NOTHING) {
      (this.#filled ??= []).push(this.#slab);
      this.#filledBytes += this.#slab.length;
    }
    const rest = free > 0 ? chunk.subarray(free) : chunk;
    const grown = Math.max(FIRST_SLAB_BYTES, Math.min(LARGEST_SLAB_BYTES, this.#filledBytes >> 2), rest.length);
    this.#slab = Buffer.allocUnsafeSlow(Math.min(grown, this.#limit - this.#filledBytes));
    this.#slab.set(rest, 0);
    this.#used = rest.length;
  }
}
