/** What a consumer is given, and what it tells. */
import type { ClaimedJob } from '../model/job.ts';
import type { JobEffect, JobStore } from '../store/store.ts';
import type { Clock } from './clock.ts';

export interface ConsumerOptions {
  jobs: JobStore;
  /** Names of the evaluators whose jobs to take; asked before each claim. */
  evaluators(): string[];
  /**
   * Does the work of some jobs. Effects that shall not wait for those of other jobs go to `early` and are committed at
   * once; the others are answered. Jobs without an effect are given back.
   */
  perform(jobs: ClaimedJob[], early: (effects: JobEffect[]) => void): Promise<JobEffect[]>;
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
  onEvent?(event: ConsumerEvent): void;
}

export type ConsumerEvent =
  | { event: 'completed'; effects: JobEffect[]; fenced: number }
  | { event: 'failed'; step: 'claim' | 'complete' | 'renew' | 'release' | 'perform'; error: unknown };

export interface ConsumerHealth {
  /** When it last claimed, or found nothing to claim, or completed. */
  lastProgressAtMs: number;
  /** Jobs it holds. */
  holding: number;
}
