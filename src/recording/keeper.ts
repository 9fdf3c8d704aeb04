/**
 * Keeps logs, whatever happens to the store.
 *
 *     storing --commit fails for the store's sake--> spooling --store answers again--> returning --spool is empty--> storing
 *
 * While spooling, every log goes to the spool and the store is tried again twice a second; while returning, new logs still
 * go to the spool, so that none is lost if the store fails again. A log that the store refuses for what it holds is kept
 * in a file of its own and does not hold up the others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedRow, StoreWriter } from '../store/open-writer.ts';
import type { NewLog } from '../store/store.ts';
import type { RecorderState, RecorderThreadData } from './recorder-messages.ts';
import { Spool, type SpoolPlace } from './spool.ts';

const RETRY_MS = 500;
const RETURN_BATCH = 200;
/** The engine's own failures; all else is about the log that was written. */
const STORE_FAILURE = /SQLITE_(FULL|BUSY|LOCKED|IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM|PROTOCOL)|ECONN|57P|53/;

export class Keeper {
  readonly #writer: StoreWriter;
  readonly #spool: Spool;
  readonly #rejected: Spool;
  readonly #onChange: (state: RecorderState) => void;
  readonly #state: RecorderState = {
    place: 'store',
    reason: null,
    spoolBytes: 0,
    stored: 0,
    spooled: 0,
    dropped: 0,
    rejected: 0,
    attachedScores: 0,
  };
  /** Calls that are over, and whose `started` rows could not be removed yet. */
  #startedIds: string[] = [];
  #returning: Promise<void> | undefined;
  #closing = false;

  constructor(writer: StoreWriter, data: RecorderThreadData, onChange: (state: RecorderState) => void) {
    this.#writer = writer;
    this.#onChange = onChange;
    const { path } = data.location;
    const bounds = { fileBytes: data.spoolFileBytes, memoryBytes: data.spoolMemoryBytes };
    this.#spool = new Spool({ path: `${path}.spool`, ...bounds });
    this.#rejected = new Spool({ path: `${path}.rejected`, ...bounds });
    if (!this.#spool.isEmpty) this.#fail('logs of an earlier process are in the spool');
  }

  state(): RecorderState {
    return { ...this.#state, spoolBytes: this.#spool.bytes };
  }

  /** Resolves when the logs are where they will be found again. Never rejects. */
  async keep(logs: NewLog[], startedIds: readonly string[]): Promise<void> {
    if (this.#state.place !== 'store') return this.#spoolAll(logs, startedIds);
    try {
      this.#count(await this.#writer.call('ingest', logs, startedIds, Date.now(), false));
    } catch (error) {
      if (isStoreFailure(error)) {
        this.#fail(messageOf(error));
        this.#spoolAll(logs, startedIds);
      } else await this.#keepOneByOne(logs, startedIds);
    }
  }

  /** Notes a long call. Where that fails, the call is only unknown to a restart: it is recorded when it ends. */
  start(row: StartedRow): void {
    if (this.#state.place === 'store') this.#writer.call('start', row).catch(() => {});
  }

  /** Tries once more to empty the spool; what stays in the file is found by the next process. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#returning;
    this.#spool.sync();
    this.#spool.close();
    this.#rejected.close();
  }

  #count(result: { inserted: number; attached: number }): void {
    this.#state.stored += result.inserted;
    this.#state.attachedScores += result.attached;
  }

  /** One of them cannot be stored: the others are. */
  async #keepOneByOne(logs: NewLog[], startedIds: readonly string[]): Promise<void> {
    for (const log of logs) {
      try {
        this.#count(await this.#writer.call('ingest', [log], startedIds, Date.now(), true));
      } catch (error) {
        if (isStoreFailure(error)) {
          this.#fail(messageOf(error));
          this.#spoolAll([log], startedIds);
          continue;
        }
        this.#rejected.add(log);
        this.#rejected.sync();
        this.#state.rejected += 1;
        this.#onChange(this.state());
      }
    }
  }

  #spoolAll(logs: readonly NewLog[], startedIds: readonly string[]): void {
    this.#startedIds.push(...startedIds);
    let worst: SpoolPlace = 'file';
    for (const log of logs) {
      const place = this.#spool.add(log);
      if (place === 'dropped') this.#state.dropped += 1;
      else this.#state.spooled += 1;
      if (place === 'dropped' || worst === 'file') worst = place;
    }
    if (worst === 'file' && !this.#spool.sync()) worst = 'memory';
    if (logs.length > 0 && worst !== this.#state.place) {
      this.#state.place = worst;
      this.#onChange(this.state());
    }
  }

  #fail(reason: string): void {
    if (this.#state.place === 'store') this.#state.place = 'file';
    this.#state.reason = reason;
    this.#onChange(this.state());
    this.#returning ??= this.#return().finally(() => {
      this.#returning = undefined;
    });
  }

  /** Waits for the store, then brings the spool back. */
  async #return(): Promise<void> {
    for (;;) {
      if (await this.#bringBack()) break;
      if (this.#closing) return;
      await sleep(RETRY_MS);
    }
    this.#state.place = 'store';
    this.#state.reason = null;
    this.#onChange(this.state());
  }

  /** Whether the spool is empty now. */
  async #bringBack(): Promise<boolean> {
    try {
      await this.#writer.call('probe', Date.now());
      while (!this.#spool.isEmpty) {
        const { logs, taken } = this.#spool.peek(RETURN_BATCH);
        await this.#ingestAgain(logs);
        taken();
      }
      const ids = this.#startedIds;
      await this.#writer.call('ingest', [], ids, Date.now(), false);
      this.#startedIds = this.#startedIds.slice(ids.length);
      return this.#spool.isEmpty;
    } catch (error) {
      this.#state.reason = messageOf(error);
      return false;
    }
  }

  async #ingestAgain(logs: NewLog[]): Promise<void> {
    try {
      this.#count(await this.#writer.call('ingest', logs, [], Date.now(), true));
    } catch (error) {
      if (isStoreFailure(error)) throw error;
      await this.#keepOneByOne(logs, []);
    }
  }
}

function isStoreFailure(error: unknown): boolean {
  return STORE_FAILURE.test(String((error as { code?: unknown }).code));
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === undefined ? message : `${code}: ${message}`;
}
