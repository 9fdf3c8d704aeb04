/**
 * The claim loop: takes due jobs under a lease, has them performed, and commits what came of them. What a job is about is
 * left to `perform`, and who holds which lease to the store; nothing here throws once it has started.
 *
 *     the loop     idle --start, wake, poll, retry due--> claiming --some--> performing (a batch), and claiming again
 *                   ^                                        |                   while there is room for another batch
 *                   |<---------------none, or no room--------+
 *                   |<--store fails: waits, twice as long each time (0.1 s to 10 s)
 *
 *     a batch      claimed -> performing -> completing -> over   (what is finished early is completed while the rest is
 *                                 |              |                 performed, and is not of the batch any more)
 *                                 |              |--store fails: tries again, leases renewed meanwhile
 *                                 |--throws: over; its leases run out, which counts the attempt (a batch that always
 *                                 |          throws must not be tried for ever, nor at once)
 *                                 |--close: released, which does not count the attempt
 *
 * Fencing: a lease that was lost (this process slept, the store was away) makes the store refuse the completion of that
 * job; it is counted, and whoever holds the job now completes it.
 */
import type { JobEffect } from '../store/store.ts';
import { type Backoff, backoffMs } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import type { ConsumerEvent, ConsumerHealth, ConsumerOptions, Effect } from './consumer-options.ts';

export type { ConsumerEvent, ConsumerHealth, ConsumerOptions } from './consumer-options.ts';

const STORE_BACKOFF: Backoff = { firstMs: 100, longestMs: 10_000 };

export class Consumer<Done extends Effect = JobEffect> {
  readonly #options: Required<Omit<ConsumerOptions<Done>, 'onEvent'>> & Pick<ConsumerOptions<Done>, 'onEvent'>;
  readonly #clock: Clock;
  readonly #held = new Set<Done['job'][]>();
  readonly #batches = new Set<Promise<void>>();
  #state: 'stopped' | 'running' | 'closing' = 'stopped';
  #claiming = false;
  /** The round of claims that is under way, or the last one. */
  #round: Promise<void> = Promise.resolve();
  #woken = false;
  #claimFailures = 0;
  #nextRetryAtMs = Infinity;
  #lastProgressAtMs: number;
  #cancelLook = (): void => {};
  #cancelRenewal = (): void => {};
  /** Waits of batches for their next try, cut short when closing. */
  readonly #waits = new Set<() => void>();

  constructor(options: ConsumerOptions<Done>) {
    this.#options = { batchSize: 256, concurrency: 2, leaseMs: 45_000, pollMs: 1000, clock: systemClock, ...options };
    this.#clock = this.#options.clock;
    this.#lastProgressAtMs = this.#clock.now();
  }

  start(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    this.#lastProgressAtMs = this.#clock.now();
    this.#renewLater();
    this.#claim();
  }

  /** Says that there may be new jobs. Cheap, and may be called as often as there are commits. */
  wake(): void {
    if (this.#claiming) this.#woken = true;
    else if (this.#claimFailures === 0) this.#claim();
  }

  health(): ConsumerHealth {
    return { lastProgressAtMs: this.#lastProgressAtMs, holding: this.#jobsHeld().length };
  }

  /** Claims no more, waits up to `graceMs` for what is being performed, and gives back the rest. */
  async close(graceMs = 10_000): Promise<void> {
    this.#state = 'closing';
    this.#cancelLook();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(graceMs, resolve);
    await Promise.race([this.#round.then(() => Promise.allSettled(this.#batches)), over]);
    cancel();
    this.#cancelRenewal();
    const left = this.#jobsHeld();
    this.#held.clear();
    for (const proceed of this.#waits) proceed();
    if (left.length > 0) await this.#giveBack(left);
  }

  async #giveBack(jobs: Done['job'][]): Promise<void> {
    await this.#survive('release', () => this.#options.jobs.release(jobs, this.#clock.now()));
  }

  #jobsHeld(): Done['job'][] {
    return [...this.#held].flat();
  }

  #claim(): void {
    if (this.#claiming || this.#state !== 'running') return;
    this.#claiming = true;
    this.#cancelLook();
    this.#round = this.#claimRound();
  }

  async #claimRound(): Promise<void> {
    try {
      do {
        this.#woken = false;
        while (this.#state === 'running' && this.#held.size < this.#options.concurrency)
          if (!(await this.#claimOnce())) break;
      } while (this.#woken && this.#claimFailures === 0 && this.#held.size < this.#options.concurrency);
    } finally {
      this.#claiming = false;
      this.#lookLater();
    }
  }

  /** Whether there may be more to claim. */
  async #claimOnce(): Promise<boolean> {
    const { jobs, batchSize, leaseMs } = this.#options;
    const nowMs = this.#clock.now();
    if (this.#nextRetryAtMs <= nowMs) this.#nextRetryAtMs = Infinity;
    const batch = await this.#survive('claim', () =>
      jobs.claim({ limit: batchSize, nowMs, leaseUntilMs: nowMs + leaseMs }),
    );
    if (batch === undefined) {
      this.#claimFailures += 1;
      return false;
    }
    this.#claimFailures = 0;
    this.#lastProgressAtMs = this.#clock.now();
    if (batch.length === 0) return false;
    if (this.#state !== 'running') {
      await this.#giveBack(batch);
      return false;
    }
    this.#held.add(batch);
    const work = this.#perform(batch);
    this.#batches.add(work);
    void work.finally(() => {
      this.#batches.delete(work);
      this.#held.delete(batch);
      // Woken in any case: there was no room to claim while this batch was held.
      this.wake();
    });
    return batch.length >= batchSize;
  }

  async #perform(batch: Done['job'][]): Promise<void> {
    const early: Promise<void>[] = [];
    // A copy: what is committed is taken out of the batch meanwhile.
    const effects = await this.#survive('perform', () =>
      this.#options.perform([...batch], (some) => void early.push(this.#complete(batch, some))),
    );
    await Promise.all(early);
    if (!this.#held.has(batch)) return;
    if (effects === undefined) {
      if (this.#state === 'closing') await this.#giveBack(batch);
      return;
    }
    const answered = new Set(effects.map(({ job }) => job.id));
    const unanswered = batch.filter((job) => !answered.has(job.id));
    if (unanswered.length > 0) await this.#giveBack(unanswered);
    if (effects.length > 0) await this.#complete(batch, effects);
  }

  /** Until it is done or the jobs are no longer ours. To commit twice is harmless: the second time is fenced. */
  async #complete(batch: Done['job'][], effects: Done[]): Promise<void> {
    for (let failures = 1; this.#held.has(batch); failures += 1) {
      const done = await this.#survive('complete', () => this.#options.jobs.complete(effects));
      if (done) {
        this.#lastProgressAtMs = this.#clock.now();
        const over = new Set(effects.map(({ job }) => job.id));
        batch.splice(0, batch.length, ...batch.filter((job) => !over.has(job.id)));
        for (const { retryAtMs, dead } of effects)
          if (retryAtMs !== undefined && !dead) this.#nextRetryAtMs = Math.min(this.#nextRetryAtMs, retryAtMs);
        this.#tell({ event: 'completed', effects, fenced: done.fenced });
        return;
      }
      await this.#wait(backoffMs(failures, STORE_BACKOFF));
    }
  }

  #wait(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(delayMs, () => proceed());
    const proceed = (): void => {
      cancel();
      this.#waits.delete(proceed);
      resolve();
    };
    this.#waits.add(proceed);
    return promise;
  }

  #lookLater(): void {
    if (this.#state !== 'running') return;
    const untilRetryMs = Math.max(0, this.#nextRetryAtMs - this.#clock.now());
    const delayMs =
      this.#claimFailures > 0
        ? backoffMs(this.#claimFailures, STORE_BACKOFF)
        : Math.min(this.#options.pollMs, untilRetryMs);
    this.#cancelLook();
    this.#cancelLook = this.#clock.after(delayMs, () => this.#claim());
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#clock.after(this.#options.leaseMs / 3, () => {
      const jobs = this.#jobsHeld();
      if (jobs.length > 0)
        void this.#survive('renew', () => this.#options.jobs.renew(jobs, this.#clock.now() + this.#options.leaseMs));
      this.#renewLater();
    });
  }

  /** Undefined where it failed. */
  async #survive<Value>(
    step: Extract<ConsumerEvent, { event: 'failed' }>['step'],
    work: () => Promise<Value>,
  ): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#tell({ event: 'failed', step, error });
      return undefined;
    }
  }

  #tell(event: ConsumerEvent<Done>): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // A listener must not end the loop.
    }
  }
}
