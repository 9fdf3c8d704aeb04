/**
 * Removes what projects no longer keep: about once an hour, in small units with pauses between them, by one process of those that
 * share the database; whole months at once where the engine can. Whoever takes over after a crash begins again with the oldest, which is where the other one was.
 */
import type { Logger } from '../diagnostics.ts';
import { newId } from '../model/id.ts';
import type { Act } from '../store/audit.ts';
import type { KeptFrom, Removed } from '../store/removals.ts';
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
      const projects = await this.#projects();
      removed.logs += await this.#removeMonths(projects.flatMap(({ logs }) => logs ?? []));
      for (const { projectId, logs, bodies } of projects) {
        removed.logs += await this.#removeLogs(logs);
        removed.bodies += await this.#removeBodies(bodies);
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

  /** From when on each project keeps its logs and their bodies; undefined for what it keeps for ever. */
  async #projects(): Promise<{ projectId: string; logs: KeptFrom | undefined; bodies: KeptFrom | undefined }[]> {
    const { store, settings } = this.#options;
    const atMs = this.#now();
    const keptFrom = (projectId: string, days: number): KeptFrom | undefined => {
      const act: Act = { id: newId(atMs), actor: 'retention', keyId: null, atMs, target: null, details: { days } };
      return days === 0 ? undefined : { projectId, beforeMs: atMs - days * DAY_MS, act };
    };
    return (await store.retention.list()).map(({ projectId, logDays, bodyDays }) => ({
      projectId,
      logs: keptFrom(projectId, logDays ?? settings.logDays),
      bodies: keptFrom(projectId, bodyDays ?? settings.bodyDays),
    }));
  }

  /** What can be removed at once. */
  async #removeMonths(kept: KeptFrom[]): Promise<number> {
    return kept.length === 0 ? 0 : this.#remove(() => this.#options.store.removals.removeMonth(kept));
  }

  async #removeLogs(kept: KeptFrom | undefined): Promise<number> {
    if (kept === undefined) return 0;
    const { removals } = this.#options.store;
    return this.#remove(() => removals.removeBefore(kept.projectId, kept.beforeMs, UNIT, kept.act));
  }

  async #removeBodies(kept: KeptFrom | undefined): Promise<number> {
    if (kept === undefined) return 0;
    const { removals } = this.#options.store;
    return this.#remove(() => removals.removeBodies(kept.projectId, kept.beforeMs, UNIT, kept.act));
  }

  async #remove(unit: () => Promise<Removed>): Promise<number> {
    let sum = 0;
    while (await this.#holds()) {
      const { removed, more } = await unit();
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
