/**
 * The spool: where logs go while the store fails, and come back from when it works again. A file of records beside
 * the database, each with its length and checksum, so that a torn tail is recognised and what stands before it is kept.
 * Beyond the file's bound, or when the file cannot be written, a bounded memory; beyond that logs are dropped and counted.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { NewLog } from '../store/store.ts';

export interface SpoolOptions {
  path: string;
  fileBytes: number;
  memoryBytes: number;
}

export type SpoolPlace = 'file' | 'memory' | 'dropped';

const HEAD_BYTES = 8;

export class Spool {
  readonly #options: SpoolOptions;
  #file: number | undefined;
  #fileBytes = 0;
  #memory: NewLog[] = [];
  #memoryBytes = 0;
  /** Where reading goes on. */
  #readAt = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    // A spool left by an earlier process is read before anything else is written.
    if (existsSync(options.path) && statSync(options.path).size > 0) this.#open();
  }

  /** Whether there is anything to bring back. */
  get isEmpty(): boolean {
    return this.#memory.length === 0 && this.#readAt >= this.#fileBytes;
  }

  get bytes(): number {
    return this.#fileBytes - this.#readAt + this.#memoryBytes;
  }

  /** Keeps one log and says where. On the disk when this returns `file`. */
  add(log: NewLog): SpoolPlace {
    const payload = serialize(log);
    if (this.#fileBytes + HEAD_BYTES + payload.length <= this.#options.fileBytes && this.#write(payload)) return 'file';
    if (this.#memoryBytes + payload.length <= this.#options.memoryBytes) {
      this.#memory.push(log);
      this.#memoryBytes += payload.length;
      return 'memory';
    }
    return 'dropped';
  }

  /** Makes what was added durable; false where that failed. */
  sync(): boolean {
    try {
      if (this.#file !== undefined) fsyncSync(this.#file);
      return true;
    } catch {
      return false;
    }
  }

  /** The next logs, oldest first; they stay until `taken` is called. */
  peek(limit: number): { logs: NewLog[]; taken: () => void } {
    const logs: NewLog[] = [];
    let at = this.#readAt;
    while (logs.length < limit && at < this.#fileBytes) {
      const record = this.#read(at);
      if (!record) {
        // A torn or damaged record: nothing behind it can be trusted to start at a boundary.
        at = this.#fileBytes;
        break;
      }
      logs.push(record.log);
      at = record.next;
    }
    if (logs.length > 0 || at !== this.#readAt) return { logs, taken: () => this.#advance(at) };
    const fromMemory = this.#memory.slice(0, limit);
    return {
      logs: fromMemory,
      taken: () => {
        this.#memory = this.#memory.slice(fromMemory.length);
        if (this.#memory.length === 0) this.#memoryBytes = 0;
      },
    };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    if (this.#file === undefined) {
      this.#file = openSync(this.#options.path, existsSync(this.#options.path) ? 'r+' : 'w+', 0o600);
      this.#fileBytes = statSync(this.#options.path).size;
    }
    return this.#file;
  }

  #write(payload: Buffer): boolean {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(payload.length, 0);
    head.writeUInt32LE(crc32(payload), 4);
    try {
      const file = this.#open();
      const record = Buffer.concat([head, payload]);
      let written = 0;
      while (written < record.length)
        written += writeSync(file, record, written, record.length - written, this.#fileBytes + written);
      this.#fileBytes += record.length;
      return true;
    } catch {
      // The disk is full or the folder is gone. A partly written record lies behind the end that is known.
      return false;
    }
  }

  #read(at: number): { log: NewLog; next: number } | undefined {
    const file = this.#open();
    const head = Buffer.alloc(HEAD_BYTES);
    if (readSync(file, head, 0, HEAD_BYTES, at) < HEAD_BYTES) return undefined;
    const length = head.readUInt32LE(0);
    if (at + HEAD_BYTES + length > this.#fileBytes) return undefined;
    const payload = Buffer.alloc(length);
    if (readSync(file, payload, 0, length, at + HEAD_BYTES) < length) return undefined;
    if (crc32(payload) !== head.readUInt32LE(4)) return undefined;
    return { log: deserialize(payload) as NewLog, next: at + HEAD_BYTES + length };
  }

  #advance(to: number): void {
    this.#readAt = to;
    if (this.#readAt < this.#fileBytes || this.#file === undefined) return;
    try {
      ftruncateSync(this.#file, 0);
      this.#fileBytes = 0;
      this.#readAt = 0;
    } catch {
      // Tried again after the next read; logs read twice are recognised by their ids.
    }
  }
}
