/**
 * Removes what projects no longer keep: about once an hour, in small units with pauses between them, by one process of those that
 * share the database. Whoever takes over after a crash begins again with the oldest, which is where the other one was.
 */
import type { Logger } from '../diagnostics.ts';
import { newId } from '../model/id.ts';
import type { Act } from '../store/audit.ts';
import type { Removed } from '../store/removals.ts';
import type { Retention } from '../store/retention.ts';
import type { Store } from '../store/store.ts';

const TURN = 'retention';
const EVERY_MS = 3_600_000;
/** How often it looks whether it is due. */
const LOOK_MS = 60_000;
/** What a process that died may hold up. */
const LEASE_MS = 300_000;
const DAY_MS = 86_400_000;
/** Logs that are removed before the next pause: a few transactions. */
const UNIT = 64;
/** Leaves the writer to those behind whom answers wait. */
const PAUSE_MS = 20;

export interface RetentionOptions {
  store: Pick<Store, 'removals' | 'retention' | 'turns'>;
  /** For projects that have settled nothing. */
  settings: Retention;
  /** Names this process among those that share the database. */
  holder: string;
  logger: Pick<Logger, 'info' | 'warn'>;
  now?: () => number;
  pauseMs?: number;
}

/** Begins at once, and answers how to end it. */
export function startRetention(options: RetentionOptions): () => Promise<void> {
  const run = new RetentionRun(options);
  void run.look();
  return () => run.close();
}

export class RetentionRun {
  readonly #options: RetentionOptions;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #isClosing = false;
  #leaseUntilMs = 0;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  /** Does what is due, if this process gets the turn. Never rejects; what fails is tried again by whoever has the next turn. */
  look(): Promise<void> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends after the unit that is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #take(): Promise<void> {
    const { store, holder, logger } = this.#options;
    const removed = { logs: 0, bodies: 0 };
    this.#leaseUntilMs = 0;
    try {
      if (!(await this.#holds())) return;
      for (const { projectId, ...own } of await store.retention.list()) {
        removed.logs += await this.#removeLogs(projectId, own.logDays ?? this.#options.settings.logDays);
        removed.bodies += await this.#removeBodies(projectId, own.bodyDays ?? this.#options.settings.bodyDays);
        if (!(await this.#holds())) {
          // Whoever looks next goes on.
          await store.turns.end(TURN, holder, this.#now());
          return;
        }
        await store.removals.sweepScoreNames(projectId);
      }
      await store.turns.end(TURN, holder, this.#now() + EVERY_MS);
      if (removed.logs + removed.bodies > 0) logger.info(removed, 'what is no longer kept was removed');
    } catch (error) {
      if ((error as { code?: string }).code === 'not_implemented') clearInterval(this.#timer);
      logger.warn({ err: error }, 'what is no longer kept could not be removed');
    }
  }

  #removeLogs(projectId: string, days: number): Promise<number> {
    const { removals } = this.#options.store;
    return this.#remove(days, (beforeMs, act) => removals.removeBefore(projectId, beforeMs, UNIT, act));
  }

  #removeBodies(projectId: string, days: number): Promise<number> {
    const { removals } = this.#options.store;
    return this.#remove(days, (beforeMs, act) => removals.removeBodies(projectId, beforeMs, UNIT, act));
  }

  async #remove(days: number, unit: (beforeMs: number, act: Act) => Promise<Removed>): Promise<number> {
    if (days === 0) return 0;
    const atMs = this.#now();
    const act: Act = { id: newId(atMs), actor: 'retention', keyId: null, atMs, target: null, details: { days } };
    let sum = 0;
    while (await this.#holds()) {
      const { removed, more } = await unit(atMs - days * DAY_MS, act);
      sum += removed;
      if (!more) break;
      await new Promise((done) => setTimeout(done, this.#options.pauseMs ?? PAUSE_MS));
    }
    return sum;
  }

  /** Whether it is still, or now, the turn of this process; asked for anew when half of the lease is over. */
  async #holds(): Promise<boolean> {
    if (this.#isClosing) return false;
    const nowMs = this.#now();
    if (this.#leaseUntilMs - nowMs > LEASE_MS / 2) return true;
    const { store, holder } = this.#options;
    const holds = await store.turns.take(TURN, holder, nowMs, nowMs + LEASE_MS);
    this.#leaseUntilMs = holds ? nowMs + LEASE_MS : 0;
    return holds;
  }
}
