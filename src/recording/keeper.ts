/**
 * Keeps logs, whatever happens to the store.
 *
 *     store --a commit fails for the store's sake--> spool --it has taken the first logs back--> store
 *
 * While logs go to the spool, the store is tried twice a second. As soon as it has taken a batch, new logs go to it directly
 * again, and the rest of the spool follows: under load there is no moment in which the spool is empty by itself. A log that
 * the store refuses for what it holds is kept in a file of its own and does not hold up the others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreFailure } from '../store/failure.ts';
import type { StartedRow, StoreWriter } from '../store/open-writer.ts';
import type { NewLog } from '../store/store.ts';
import type { RecorderState, RecorderThreadData } from './recorder-messages.ts';
import { reject, type RejectedOptions } from './rejected.ts';
import { Spool, type SpoolPlace } from './spool.ts';

export const RETRY_MS = 500;
/** So much is brought back in one commit, for which new logs wait. */
const RETURN_LOGS = 200;
const RETURN_BYTES = 8 << 20;

type KeeperData = Omit<RecorderThreadData, 'redaction'>;

export class Keeper {
  readonly #writer: Pick<StoreWriter, 'call'>;
  readonly #spool: Spool;
  readonly #rejected: RejectedOptions;
  readonly #onChange: (state: RecorderState) => void;
  readonly #state: Omit<RecorderState, 'spoolBytes' | 'waiting'> = {
    place: 'store',
    reason: null,
    stored: 0,
    spooled: 0,
    dropped: 0,
    rejected: 0,
    attachedScores: 0,
  };
  /** Calls that are over, and whose `started` rows could not be removed yet. */
  #startedIds: string[] = [];
  #isReturning = false;
  #returning: Promise<void> = Promise.resolve();
  #isClosing = false;

  constructor(writer: Pick<StoreWriter, 'call'>, data: KeeperData, onChange: (state: RecorderState) => void) {
    this.#writer = writer;
    this.#onChange = onChange;
    const { path } = data.location;
    this.#spool = new Spool({
      database: path,
      replica: data.replica,
      fileBytes: data.spoolFileBytes,
      memoryBytes: data.spoolMemoryBytes,
    });
    this.#rejected = { path: `${path}.rejected`, fileBytes: data.spoolFileBytes };
    if (!this.#spool.isEmpty) this.#leaveStore('logs of an earlier process are in the spool');
  }

  state(): RecorderState {
    return { ...this.#state, spoolBytes: this.#spool.bytes, waiting: this.#spool.count };
  }

  /** Resolves when the logs are where they will be found again. Never rejects. */
  async keep(logs: readonly NewLog[], startedIds: readonly string[]): Promise<void> {
    if (this.#state.place !== 'store') return this.#spoolAll(logs, startedIds);
    try {
      this.#count(await this.#writer.call('ingest', logs, startedIds, Date.now(), false));
    } catch (error) {
      if (!isStoreFailure(error)) return this.#keepOneByOne(logs, startedIds);
      this.#leaveStore(messageOf(error));
      this.#spoolAll(logs, startedIds);
    }
  }

  /**
   * Keeps what a process that is no more left unfinished. Behind what it spooled: a call that ended after it had been noted
   * is in there, and that log counts.
   */
  async keepInterrupted(logs: readonly NewLog[], startedIds: readonly string[]): Promise<void> {
    if (this.#spool.isEmpty) return this.keep(logs, startedIds);
    this.#spoolAll(logs, startedIds);
    this.#beginReturning();
  }

  /** Notes a long call. Where that fails, the call is only unknown to a restart: it is recorded when it ends. */
  start(row: StartedRow): void {
    if (this.#state.place === 'store') this.#writer.call('start', row).catch(() => {});
  }

  /** Tries once more to empty the spool; what stays in its file is found by the next process. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#returning;
    const lost = this.#spool.close();
    if (lost === 0) return;
    this.#state.dropped += lost;
    this.#onChange(this.state());
  }

  #count(result: { inserted: number; attached: number }): void {
    this.#state.stored += result.inserted;
    this.#state.attachedScores += result.attached;
  }

  /** One of them cannot be stored: the others are. */
  async #keepOneByOne(logs: readonly NewLog[], startedIds: readonly string[]): Promise<void> {
    for (const [index, log] of logs.entries()) {
      try {
        this.#count(await this.#writer.call('ingest', [log], [], Date.now(), true));
      } catch (error) {
        if (isStoreFailure(error)) {
          this.#leaveStore(messageOf(error));
          return this.#spoolAll(logs.slice(index), startedIds);
        }
        this.#reject(log, messageOf(error));
      }
    }
    if (startedIds.length === 0) return;
    // Of one that was refused too: it must not come back as interrupted.
    this.#startedIds.push(...startedIds);
    this.#beginReturning();
  }

  #reject(log: NewLog, reason: string): void {
    if (reject(log, reason, this.#rejected)) this.#state.rejected += 1;
    else this.#state.dropped += 1;
    this.#onChange(this.state());
  }

  #spoolAll(logs: readonly NewLog[], startedIds: readonly string[]): void {
    this.#startedIds.push(...startedIds);
    if (logs.length === 0) return;
    let worst: SpoolPlace = 'file';
    for (const log of logs) {
      const place = this.#spool.add(log);
      if (place === 'dropped') this.#state.dropped += 1;
      else this.#state.spooled += 1;
      if (place === 'dropped' || worst === 'file') worst = place;
    }
    if (!this.#spool.sync() && worst === 'file') worst = 'memory';
    if (this.#state.place !== 'store') this.#move(worst);
  }

  #move(place: RecorderState['place']): void {
    if (place === this.#state.place) return;
    this.#state.place = place;
    if (place === 'store') this.#state.reason = null;
    this.#onChange(this.state());
  }

  #leaveStore(reason: string): void {
    this.#state.reason = reason;
    if (this.#state.place === 'store') this.#move('file');
    this.#beginReturning();
  }

  #beginReturning(): void {
    if (this.#isReturning) return;
    this.#isReturning = true;
    this.#returning = this.#return();
  }

  async #return(): Promise<void> {
    for (;;) {
      try {
        // One row first: a batch would be read from the spool for nothing while the store still fails.
        await this.#writer.call('probe', Date.now());
        await this.#bringBack();
        return;
      } catch (error) {
        this.#state.reason = messageOf(error);
        if (this.#state.place === 'store') this.#move('file');
      }
      if (this.#isClosing) {
        this.#isReturning = false;
        return;
      }
      await sleep(RETRY_MS);
    }
  }

  /** Until the spool is empty. Rejects when the store fails again; what it did not take is still in the spool then. */
  async #bringBack(): Promise<void> {
    let oneByOne = 0;
    while (!this.#spool.isEmpty || this.#startedIds.length > 0) {
      const { logs, damaged, taken } = this.#spool.peek(oneByOne > 0 ? 1 : RETURN_LOGS, RETURN_BYTES);
      const ids = this.#startedIds.slice();
      try {
        this.#count(await this.#writer.call('ingest', logs, ids, Date.now(), true));
        this.#startedIds = this.#startedIds.slice(ids.length);
      } catch (error) {
        if (isStoreFailure(error) || logs.length === 0) throw error;
        if (logs.length > 1) {
          oneByOne = logs.length;
          continue;
        }
        this.#reject(logs[0]!, messageOf(error));
      }
      taken();
      oneByOne -= 1;
      this.#state.dropped += damaged;
      this.#move('store');
    }
    this.#isReturning = false;
    this.#move('store');
    this.#onChange(this.state());
  }
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code === undefined ? message : `${code}: ${message}`;
}
