/**
 * Claims that wait until there is something to claim, for those who work on jobs elsewhere and ask over HTTP. All who wait for
 * the same share one look at the store; whoever came first is served first. What a job is about is left to the caller.
 *
 *     claim --some are due------------------------------------> answered
 *       |---none--> waiting --wake, or every second: one look--> the first that wait are answered
 *                      |---time is over, or the process ends---> answered with none
 *                      |---asker gone--------------------------> answered with none; what was claimed for it meanwhile
 *                                                                is given back at once, without counting the attempt
 */
import type { ClaimedJob } from '../model/job.ts';
import type { JobStore } from '../store/store.ts';
import { type Clock, systemClock } from './clock.ts';

export interface LongClaim {
  projectId: string;
  evaluator: string;
  limit: number;
  leaseMs: number;
  /** 0: answered at once. */
  waitMs: number;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface LongClaimsOptions {
  jobs: Pick<JobStore, 'lease' | 'release'>;
  clock?: Clock;
  /** How often to look without having been woken, for jobs of other processes and leases that ran out. Default 1 s. */
  pollMs?: number;
  /** Between two looks, however often it is woken. Default 50 ms. */
  restMs?: number;
}

/** One that waits. */
interface Waiter {
  claim: LongClaim;
  answer(jobs: ClaimedJob[]): void;
  fail(error: unknown): void;
  isOver: boolean;
}

/** Those that wait for the same. */
interface Line {
  waiters: Waiter[];
  looking: boolean;
  /** Somebody came, or something, while a look was under way. */
  again: boolean;
  cancelLook: () => void;
  lookedAtMs: number;
}

export class LongClaims {
  readonly #jobs: LongClaimsOptions['jobs'];
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #restMs: number;
  readonly #lines = new Map<string, Line>();

  constructor({ jobs, clock = systemClock, pollMs = 1000, restMs = 50 }: LongClaimsOptions) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#pollMs = pollMs;
    this.#restMs = restMs;
  }

  /** Rejects with `store_unavailable`. */
  async claim(claim: LongClaim): Promise<ClaimedJob[]> {
    if (claim.signal.aborted) return [];
    const { promise, resolve, reject } = Promise.withResolvers<ClaimedJob[]>();
    const line = this.#lineOf(claim);
    let cancel = (): void => {};
    const waiter: Waiter = {
      claim,
      isOver: false,
      answer: (jobs) => {
        waiter.isOver = true;
        resolve(jobs);
      },
      fail: (error) => {
        waiter.isOver = true;
        reject(error);
      },
    };
    const giveUp = (): void => waiter.answer([]);
    if (claim.waitMs > 0) cancel = this.#clock.after(claim.waitMs, giveUp);
    claim.signal.addEventListener('abort', giveUp, { once: true });
    line.waiters.push(waiter);
    void this.#look(line);
    try {
      return await promise;
    } finally {
      cancel();
      claim.signal.removeEventListener('abort', giveUp);
      this.#leave(claim, line);
    }
  }

  /** Says that there may be new jobs. Cheap, and may be called as often as there are commits. */
  wake(): void {
    for (const line of this.#lines.values()) {
      const restMs = line.lookedAtMs + this.#restMs - this.#clock.now();
      if (restMs <= 0) void this.#look(line);
      else this.#lookAfter(line, restMs);
    }
  }

  #lineOf({ projectId, evaluator }: LongClaim): Line {
    const key = keyOf(projectId, evaluator);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { waiters: [], looking: false, again: false, cancelLook: () => {}, lookedAtMs: -Infinity };
      this.#lines.set(key, line);
    }
    return line;
  }

  #leave({ projectId, evaluator }: LongClaim, line: Line): void {
    line.waiters = line.waiters.filter(({ isOver }) => !isOver);
    if (line.waiters.length > 0) return;
    line.cancelLook();
    const key = keyOf(projectId, evaluator);
    if (this.#lines.get(key) === line) this.#lines.delete(key);
  }

  #lookAfter(line: Line, delayMs: number): void {
    line.cancelLook();
    line.cancelLook = this.#clock.after(delayMs, () => void this.#look(line));
  }

  async #look(line: Line): Promise<void> {
    line.again = true;
    if (line.looking) return;
    line.looking = true;
    try {
      while (line.again) {
        line.again = false;
        await this.#serve(line);
      }
    } catch (error) {
      for (const waiter of line.waiters.splice(0)) waiter.fail(error);
    } finally {
      line.looking = false;
    }
    if (line.waiters.some(({ isOver }) => !isOver)) this.#lookAfter(line, this.#pollMs);
  }

  /** Serves one after another until nothing is left; those that would not wait are sent away then. */
  async #serve(line: Line): Promise<void> {
    for (;;) {
      const first = line.waiters.find(({ isOver }) => !isOver);
      if (first === undefined) return;
      const asked = new Set(line.waiters);
      const { projectId, evaluator, limit, leaseMs } = first.claim;
      const nowMs = this.#clock.now();
      line.lookedAtMs = nowMs;
      const jobs = await this.#jobs.lease({ projectId, evaluator, limit, nowMs, leaseUntilMs: nowMs + leaseMs });
      if (jobs.length === 0) {
        for (const waiter of asked) if (waiter.claim.waitMs <= 0 && !waiter.isOver) waiter.answer([]);
        return;
      }
      if (first.isOver) await this.#jobs.release(jobs, this.#clock.now());
      else first.answer(jobs);
    }
  }
}

function keyOf(projectId: string, evaluator: string): string {
  return `${projectId} ${evaluator}`;
}
