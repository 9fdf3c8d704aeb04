/** What a consumer is given, and what it tells. */
import type { JobEffect } from '../store/store.ts';
import type { Clock } from './clock.ts';

/** What the loop needs to know of an effect; all else is for the store. */
export interface Effect {
  job: { id: unknown };
  retryAtMs: number | undefined;
  dead: boolean;
}

/** Where work is taken from and given back to, under leases: the store's jobs (jobs-of.ts), or its deliveries. */
export interface Leases<Done extends Effect> {
  /** Nothing where there is nothing to do, or nobody who could do it. */
  claim(request: { limit: number; nowMs: number; leaseUntilMs: number }): Promise<Done['job'][]>;
  complete(effects: Done[]): Promise<{ fenced: number }>;
  renew(jobs: Done['job'][], leaseUntilMs: number): Promise<unknown>;
  release(jobs: Done['job'][], nowMs: number): Promise<unknown>;
}

export interface ConsumerOptions<Done extends Effect = JobEffect> {
  jobs: Leases<Done>;
  /**
   * Does the work of some jobs. Effects that shall not wait for those of other jobs go to `early` and are committed at
   * once; the others are answered. Jobs without an effect are given back.
   */
  perform(jobs: Done['job'][], early: (effects: Done[]) => void): Promise<Done[]>;
  /** Jobs claimed at a time. Default 256. */
  batchSize?: number;
  /** Batches at a time. Default 2. */
  concurrency?: number;
  /** Default 45 s; renewed each third of it. */
  leaseMs?: number;
  /** How often to look without having been woken, for jobs of other processes and leases that ran out. Default 1 s. */
  pollMs?: number;
  clock?: Clock;
  /** Told of what the loop survives. */
  onEvent?(event: ConsumerEvent<Done>): void;
}

export type ConsumerEvent<Done extends Effect = JobEffect> =
  | { event: 'completed'; effects: Done[]; fenced: number }
  | { event: 'failed'; step: 'claim' | 'complete' | 'renew' | 'release' | 'perform'; error: unknown };

export interface ConsumerHealth {
  /** When it last claimed, or found nothing to claim, or completed. */
  lastProgressAtMs: number;
  /** Jobs it holds. */
  holding: number;
}
