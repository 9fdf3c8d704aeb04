/**
 * One file of spooled logs: records with their length and checksum, appended and read in order, so that a torn tail is
 * recognised and what stands before it is kept. Bounds, and which files there are, is left to the spool.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, readSync, fstatSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { deserialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { NewLog } from '../store/store.ts';

/** Length, then checksum, 32 bits each, little-endian. */
export const HEAD_BYTES = 8;

export interface ReadRecords {
  logs: NewLog[];
  /** Records that were whole once and cannot be read any more. */
  damaged: number;
  /** Where reading goes on. */
  next: number;
}

export class SpoolFile {
  readonly path: string;
  readonly #file: number;
  /** End of the last whole record that was written, or of the file as it was found. */
  #size: number;
  #readAt = 0;
  /** Records from `#readAt` on. */
  #count: number;

  private constructor(path: string, file: number) {
    this.path = path;
    this.#file = file;
    this.#size = fstatSync(file).size;
    this.#count = this.#countRecords();
  }

  /** Creates a file to append to. Throws what the file system does. */
  static create(path: string): SpoolFile {
    const file = new SpoolFile(path, openSync(path, 'w+', 0o600));
    // A file whose name is not on the disk is lost with the power, however well its content was synced.
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    return file;
  }

  /** Opens a file that another process left, to read it. */
  static open(path: string): SpoolFile {
    return new SpoolFile(path, openSync(path, 'r+'));
  }

  get isRead(): boolean {
    return this.#readAt >= this.#size;
  }

  /** Bytes that are still to be read. */
  get bytes(): number {
    return this.#size - this.#readAt;
  }

  /** Bytes that the file takes. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether the record was written; where not, the file is as it was. */
  append(payload: Buffer): boolean {
    const record = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
    record.writeUInt32LE(payload.length, 0);
    record.writeUInt32LE(crc32(payload), 4);
    record.set(payload, HEAD_BYTES);
    try {
      for (let written = 0; written < record.length;)
        written += writeSync(this.#file, record, written, record.length - written, this.#size + written);
    } catch {
      // The disk is full, or gone. What was written of the record lies behind the end, and the next one overwrites it.
      return false;
    }
    this.#size += record.length;
    this.#count += 1;
    return true;
  }

  sync(): boolean {
    try {
      fsyncSync(this.#file);
      return true;
    } catch {
      return false;
    }
  }

  /** The next records, until one of the bounds is reached; at least one where there is any. They stay until `advance`. */
  read(limit: number, maxBytes: number): ReadRecords {
    const result: ReadRecords = { logs: [], damaged: 0, next: this.#readAt };
    let bytes = 0;
    while (result.next < this.#size && result.logs.length < limit && bytes < maxBytes) {
      const length = this.#lengthAt(result.next);
      if (length === undefined) {
        // Torn, or nothing behind it begins where a record should: a write that never ended, so nobody was promised it.
        result.next = this.#size;
        break;
      }
      const log = this.#logAt(result.next, length);
      if (log === undefined) result.damaged += 1;
      else result.logs.push(log);
      bytes += length;
      result.next += HEAD_BYTES + length;
    }
    return result;
  }

  /** What was read up to there is not needed any more. */
  advance({ logs, damaged, next }: ReadRecords): void {
    this.#readAt = next;
    this.#count = this.isRead ? 0 : this.#count - logs.length - damaged;
  }

  /** Starts anew where everything is read. */
  truncate(): void {
    try {
      ftruncateSync(this.#file, 0);
      this.#size = 0;
      this.#readAt = 0;
    } catch {
      // It goes on behind what was read; whoever finds the file reads that again, and known ids are passed over.
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  remove(): void {
    this.close();
    try {
      unlinkSync(this.path);
    } catch {
      // Read again by the next process, for which the ids are known already.
    }
  }

  #countRecords(): number {
    let count = 0;
    for (let at = 0; at < this.#size; count += 1) {
      const length = this.#lengthAt(at);
      if (length === undefined) break;
      at += HEAD_BYTES + length;
    }
    return count;
  }

  /** Undefined where no whole record can begin there. No record is empty: zeros are what a cut of power may leave. */
  #lengthAt(at: number): number | undefined {
    const head = Buffer.alloc(4);
    if (readSync(this.#file, head, 0, 4, at) < 4) return undefined;
    const length = head.readUInt32LE(0);
    return length === 0 || at + HEAD_BYTES + length > this.#size ? undefined : length;
  }

  #logAt(at: number, length: number): NewLog | undefined {
    const record = Buffer.alloc(HEAD_BYTES + length);
    if (readSync(this.#file, record, 0, record.length, at) < record.length) return undefined;
    const payload = record.subarray(HEAD_BYTES);
    if (crc32(payload) !== record.readUInt32LE(4)) return undefined;
    try {
      return deserialize(payload) as NewLog;
    } catch {
      return undefined;
    }
  }
}
