/**
 * Postings: in which logs of a segment a word is, in the form in which they are stored. Many one after another make a chunk.
 *
 * A posting is a varint count and as many varint steps from one log to the next; or, where that is shorter, the varint 0 and
 * the bits of all logs. Both are small before compression, which adds what neighbours have in common.
 */
import { type Bits, noBits, setBit } from './bits.ts';

/** Chunks hold about so many bytes: little is unpacked for one word, and much compresses together. */
export const CHUNK_BYTES = 64 << 10;

export class ChunkWriter {
  readonly #width: number;
  #bytes = Buffer.allocUnsafe(CHUNK_BYTES * 2);
  #at = 0;

  constructor(width: number) {
    this.#width = width;
  }

  get size(): number {
    return this.#at;
  }

  /** Logs of one word, ascending. */
  add(logs: readonly number[]): void {
    const bitmap = (this.#width + 7) >> 3;
    this.#reserve(Math.max(bitmap, logs.length * 5) + 5);
    const from = this.#at;
    if (logs.length <= bitmap) {
      this.#varint(logs.length);
      let last = 0;
      for (const log of logs) {
        this.#varint(log - last);
        last = log;
      }
      if (this.#at - from <= bitmap + 1) return;
    }
    this.#at = from;
    this.#varint(0);
    this.#bytes.fill(0, this.#at, this.#at + bitmap);
    for (const log of logs) this.#bytes[this.#at + (log >> 3)]! |= 1 << (log & 7);
    this.#at += bitmap;
  }

  /** The chunk so far; the next one begins. */
  take(): Buffer {
    const chunk = Buffer.from(this.#bytes.subarray(0, this.#at));
    this.#at = 0;
    return chunk;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#at + bytes) * 2);
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  #varint(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.#bytes[this.#at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.#bytes[this.#at++] = left;
  }
}

/** Reads the postings of a chunk one after another. */
export class ChunkReader {
  readonly #bytes: Uint8Array;
  readonly #width: number;
  #at = 0;

  constructor(bytes: Uint8Array, width: number) {
    this.#bytes = bytes;
    this.#width = width;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(): void {
    const count = this.#varint();
    if (count === 0) {
      this.#at += (this.#width + 7) >> 3;
      return;
    }
    for (let left = count; left > 0; left -= 1) while (this.#bytes[this.#at++]! >= 0x80);
  }

  /** Adds the logs of the next posting to a set. */
  unite(into: Bits): void {
    const count = this.#varint();
    if (count === 0) {
      const bitmap = (this.#width + 7) >> 3;
      for (let index = 0; index < bitmap; index += 1)
        into[index >> 2]! |= this.#bytes[this.#at + index]! << ((index & 3) * 8);
      this.#at += bitmap;
      return;
    }
    let log = 0;
    for (let left = count; left > 0; left -= 1) {
      log += this.#varint();
      setBit(into, log);
    }
  }

  /** The logs of the next posting, ascending, each with `shift` added. */
  logs(shift: number, into: number[]): void {
    const count = this.#varint();
    if (count === 0) {
      const bitmap = (this.#width + 7) >> 3;
      for (let index = 0; index < bitmap; index += 1)
        for (let byte = this.#bytes[this.#at + index]!; byte !== 0; byte &= byte - 1)
          into.push(shift + index * 8 + 31 - Math.clz32(byte & -byte));
      this.#at += bitmap;
      return;
    }
    let log = 0;
    for (let left = count; left > 0; left -= 1) {
      log += this.#varint();
      into.push(shift + log);
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

/** The logs of some postings of a chunk, by ascending place in it. */
export function uniteAt(chunk: Uint8Array, width: number, places: readonly number[], into: Bits = noBits(width)): Bits {
  const reader = new ChunkReader(chunk, width);
  let at = 0;
  for (const place of places) {
    for (; at < place; at += 1) reader.skip();
    reader.unite(into);
    at += 1;
  }
  return into;
}
