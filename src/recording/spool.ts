/**
 * The spool: where logs go while the store fails, and come back from when it works again. First a file beside the
 * database; beyond its bound, or when it cannot be written, a bounded memory; beyond that logs are dropped. Files of
 * earlier processes are read before it. Counting what is dropped, and when to come back, is left to the keeper.
 */
import { serialize } from 'node:v8';
import type { NewLog } from '../store/store.ts';
import { HEAD_BYTES, SpoolFile } from './spool-file.ts';
import { type SpoolOwner, spoolPath, takeOver } from './spool-names.ts';

export interface SpoolOptions extends SpoolOwner {
  fileBytes: number;
  memoryBytes: number;
}

export type SpoolPlace = 'file' | 'memory' | 'dropped';

export interface Peeked {
  logs: NewLog[];
  /** Records that cannot be read any more. */
  damaged: number;
  taken: () => void;
}

export class Spool {
  readonly #options: SpoolOptions;
  /** Those of earlier processes. */
  #inherited: SpoolFile[];
  #own: SpoolFile | undefined;
  #memory: { log: NewLog; bytes: number }[] = [];
  #memoryBytes = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#inherited = takeOver(options).map((path) => SpoolFile.open(path));
    this.#removeRead();
  }

  /** Whether there is nothing to bring back. */
  get isEmpty(): boolean {
    return this.#memory.length === 0 && this.#files().every((file) => file.isRead);
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#files().reduce((sum, file) => sum + file.bytes, this.#memoryBytes);
  }

  /** Logs that wait. */
  get count(): number {
    return this.#files().reduce((sum, file) => sum + file.count, this.#memory.length);
  }

  /** Keeps one log and says where. Safe from a crash when this returns `file`, and from a cut of power after `sync`. */
  add(log: NewLog): SpoolPlace {
    const payload = serialize(log);
    if (this.#append(payload)) return 'file';
    if (this.#memoryBytes + payload.length > this.#options.memoryBytes) return 'dropped';
    this.#memory.push({ log, bytes: payload.length });
    this.#memoryBytes += payload.length;
    return 'memory';
  }

  /** Makes what was added durable; false where that failed. */
  sync(): boolean {
    return this.#own?.sync() ?? true;
  }

  /** The next logs, oldest first, until one of the bounds is reached; they stay until `taken` is called. */
  peek(limit: number, maxBytes: number): Peeked {
    const file = this.#files().find((one) => !one.isRead);
    if (file === undefined) return this.#peekMemory(limit);
    const records = file.read(limit, maxBytes);
    const taken = (): void => {
      file.advance(records);
      if (!file.isRead) return;
      if (file === this.#own) file.truncate();
      else this.#removeRead();
    };
    return { logs: records.logs, damaged: records.damaged, taken };
  }

  /** Closes the files; those that hold something stay for the next process. Answers how many logs are lost with the memory. */
  close(): number {
    const lost = this.#memory.filter(({ log }) => !this.#append(serialize(log))).length;
    this.#memory = [];
    this.#memoryBytes = 0;
    this.sync();
    for (const file of this.#files()) {
      if (file.isRead) file.remove();
      else file.close();
    }
    this.#inherited = [];
    this.#own = undefined;
    return lost;
  }

  #files(): SpoolFile[] {
    return this.#own === undefined ? this.#inherited : [...this.#inherited, this.#own];
  }

  #append(payload: Buffer): boolean {
    const size = this.#own?.size ?? 0;
    if (size + HEAD_BYTES + payload.length > this.#options.fileBytes) return false;
    try {
      this.#own ??= SpoolFile.create(spoolPath(this.#options, 0));
    } catch {
      return false;
    }
    return this.#own.append(payload);
  }

  #peekMemory(limit: number): Peeked {
    const some = this.#memory.slice(0, limit);
    const taken = (): void => {
      this.#memory = this.#memory.slice(some.length);
      for (const { bytes } of some) this.#memoryBytes -= bytes;
    };
    return { logs: some.map(({ log }) => log), damaged: 0, taken };
  }

  #removeRead(): void {
    for (const file of this.#inherited) if (file.isRead) file.remove();
    this.#inherited = this.#inherited.filter((file) => !file.isRead);
  }
}
