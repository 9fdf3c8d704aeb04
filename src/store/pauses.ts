/**
 * Pauses of evaluators as a family of the store, and how they come about: failures in a row are counted by evaluator and project in
 * the transactions that complete jobs, so that all replicas count together.
 *
 *     running --the 20th failure in a row-----------------> paused (that job has failed, as the others)
 *             --a failure that the next job would meet too-> paused (its job is kept)
 *             --by hand-----------------------------------> paused
 *     paused  --a failure of a job that was under way-----> paused (its job is kept)
 *             --resumed-----------------------------------> running, counted from 0
 *
 * Of a paused evaluator no job is claimed (claim-jobs.ts). What was skipped, or not run, is no failure and interrupts none.
 */
import type { Outcome } from '../model/outcome.ts';
import { causeOf, MOST_FAILURES, type Pause } from '../model/pause.ts';

export interface PauseStore {
  /** Of one project, by name of the evaluator. */
  list(projectId: string): Promise<Pause[]>;
  /** Pauses an evaluator; the pause that it has, which is an older one where it had one. */
  pause(pause: Pause): Promise<Pause>;
  /** Whether it was paused. */
  resume(projectId: string, evaluator: string): Promise<boolean>;
}

/** What is known of an evaluator in a project from one job to the next. */
export interface Streak {
  /** In a row. */
  failures: number;
  pause: Pick<Pause, 'cause' | 'reason' | 'atMs'> | null;
}

export const NO_STREAK: Streak = { failures: 0, pause: null };

/** What is looked at of a job's effect (store.ts). */
interface Effect {
  outcome: Outcome;
  atMs: number;
  countsAttempt?: false;
  dead: boolean;
}

/** `isKept`: the job shall run again once the evaluator is resumed. */
export function afterEffect(streak: Streak, effect: Effect): { streak: Streak; isKept: boolean } {
  const { outcome, atMs, countsAttempt, dead } = effect;
  if (outcome.outcome === 'skipped' || countsAttempt === false) return { streak, isKept: false };
  if (outcome.outcome !== 'failed') return { streak: streak.pause === null ? NO_STREAK : streak, isKept: false };
  if (streak.pause !== null) return { streak, isKept: !dead };
  const failures = streak.failures + 1;
  const cause = causeOf(outcome.code);
  if (cause !== undefined)
    return { streak: { failures, pause: { cause, reason: outcome.message, atMs } }, isKept: !dead };
  if (failures < MOST_FAILURES) return { streak: { failures, pause: null }, isKept: false };
  const reason = `It failed ${failures} times in a row, the last time with ${outcome.code}.`;
  return { streak: { failures, pause: { cause: 'failures', reason, atMs } }, isKept: false };
}

/** A row of breakers, as both engines read it. */
export interface BreakerRow {
  failures: number;
  pausedAtMs: number | null;
  cause: string | null;
  reason: string | null;
}

export function streakOf({ failures, pausedAtMs, cause, reason }: BreakerRow): Streak {
  if (pausedAtMs === null) return { failures, pause: null };
  return { failures, pause: { cause: cause as Pause['cause'], reason: reason ?? '', atMs: pausedAtMs } };
}

export function breakerRowOf({ failures, pause }: Streak): BreakerRow {
  return {
    failures,
    pausedAtMs: pause?.atMs ?? null,
    cause: pause?.cause ?? null,
    reason: pause?.reason ?? null,
  };
}
