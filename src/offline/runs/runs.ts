/**
 * The runs of this process: looks for those that are to be worked on, holds each under a lease while it does so, and says how it
 * ended. A run that is cancelled, or that another process holds, is let go of.
 */
import type { Run } from '../../model/run.ts';
import type { RunParts } from './run-parts.ts';
import { workRun } from './work-run.ts';

export interface RunsOptions extends RunParts {
  /** This process. */
  holder: string;
  /** What went wrong and is tried again. */
  onTrouble: (error: Error) => void;
  pollMs?: number;
  leaseMs?: number;
}

const POLL_MS = 500;
const LEASE_MS = 15_000;
/** Runs at once; each has its own concurrency. */
const MOST = 4;

export class Runs {
  readonly #options: Required<Pick<RunsOptions, 'pollMs' | 'leaseMs'>> & RunsOptions;
  readonly #working = new Map<string, { stop: AbortController; done: Promise<void> }>();
  /** Of runs that wait: how often something had been posted when they were last looked at. */
  readonly #seen = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: RunsOptions) {
    this.#options = { pollMs: POLL_MS, leaseMs: LEASE_MS, ...options };
  }

  start(): void {
    this.#lookLater();
  }

  /** Lets go of all runs: another process, or the next start, goes on with them. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    await this.#looking;
    for (const { stop } of this.#working.values()) stop.abort(new Error('Gradeway stops.'));
    await Promise.all([...this.#working.values()].map(({ done }) => done));
  }

  #lookLater(): void {
    if (this.#isClosing) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: Error) => this.#options.onTrouble(error))
        .finally(() => this.#lookLater());
    }, this.#options.pollMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { store, holder, leaseMs } = this.#options;
    const open = await store.runs.open(holder, Date.now());
    const ids = new Set(open.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    for (const run of open) {
      if (this.#working.size >= MOST || this.#isClosing) return;
      if (this.#working.has(run.id) || this.#seen.get(run.id) === run.posted) continue;
      const nowMs = Date.now();
      if (!(await store.runs.take(run.id, { holder, nowMs, untilMs: nowMs + leaseMs }))) continue;
      const stop = new AbortController();
      const done = this.#work(run, run.posted, stop).finally(() => this.#working.delete(run.id));
      this.#working.set(run.id, { stop, done });
    }
  }

  /** Never rejects. */
  async #work(run: Run, posted: number, stop: AbortController): Promise<void> {
    const { store, onTrouble, holder, leaseMs } = this.#options;
    const renewal = setInterval(() => {
      const nowMs = Date.now();
      // Not renewed: it was cancelled, or another process has it by now.
      store.runs.take(run.id, { holder, nowMs, untilMs: nowMs + leaseMs }).then(
        (held) => {
          if (!held) stop.abort(new Error('The run is over, or another process has it.'));
        },
        () => {},
      );
    }, leaseMs / 15);
    try {
      const end = await workRun(run, this.#options, stop.signal);
      this.#seen.set(run.id, posted);
      // What was posted meanwhile, or an evaluator that was added, is looked at first.
      const unless = end.state === 'completed' ? posted : undefined;
      await store.runs.settle(run.id, end.state, 'reason' in end ? end.reason : null, Date.now(), unless);
    } catch (error) {
      // Taken up again when it is looked for the next time.
      if (!stop.signal.aborted) onTrouble(error as Error);
    } finally {
      clearInterval(renewal);
    }
  }
}
