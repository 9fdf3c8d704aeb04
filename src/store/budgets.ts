/**
 * Budgets as a family of the store: what rules have spent, and what is set aside for evaluations that are under way. Money is
 * set aside before an evaluation, in one step for all replicas, and settled with its job's end, so that what is spent and set
 * aside together stays within the budget. A job that is taken again while something is set aside for it was left by a process that died:
 * that counts as spent. What is set aside stands on the job, and goes with it.
 */
import { type Budget, dayAt, monthAt } from '../model/budget.ts';
import type { ClaimedJob } from '../model/job.ts';
import type { JobEffect } from './job-effect.ts';

export interface Reservation {
  /** One that is held, and whose `paidBy` is not null. */
  job: ClaimedJob;
  /** What it may cost at most. */
  amountUsd: number;
  limits: Budget;
}

export type Reserved =
  | { state: 'reserved' }
  /** Its lease was lost. */
  | { state: 'lost' }
  /** It may fit when what is under way has ended. */
  | { state: 'waits' }
  | Over;

/** It does not fit before `untilMs`. */
export interface Over {
  state: 'over';
  untilMs: number;
  of: 'day' | 'month';
  limitUsd: number;
  spentUsd: number;
}

export interface Spent {
  /** In the day and in the month that it is. */
  dayUsd: number;
  monthUsd: number;
  /** Set aside for what is under way. */
  reservedUsd: number;
}

export interface Spending extends Spent {
  /** Jobs that wait for more, counted up to `DEFERRED_COUNTED`. */
  deferred: number;
  /** Of the month, by day, without those on which nothing was paid for. */
  days: { fromMs: number; spentUsd: number; evaluations: number }[];
}

export const DEFERRED_COUNTED = 10_000;
/** Jobs that one transaction has run again. */
export const RECONSIDERED_AT_ONCE = 500;

export interface BudgetStore {
  /** One answer for each, in order; an earlier one is served first. */
  reserve(reservations: Reservation[], nowMs: number): Promise<Reserved[]>;
  spending(projectId: string, rule: string, nowMs: number): Promise<Spending>;
  /** Has all jobs run again that wait for more of this rule's budget, for it has changed. Null: of all projects. How many. */
  reconsider(projectId: string | null, rule: string, nowMs: number): Promise<number>;
}

/** Whether it fits. */
export function decide({ limits, amountUsd }: Omit<Reservation, 'job'>, spent: Spent, nowMs: number): Reserved {
  const { perDayUsd = Infinity, perMonthUsd = Infinity } = limits;
  if (spent.monthUsd + amountUsd > perMonthUsd)
    return {
      state: 'over',
      untilMs: monthAt(nowMs).toMs,
      of: 'month',
      limitUsd: perMonthUsd,
      spentUsd: spent.monthUsd,
    };
  if (spent.dayUsd + amountUsd > perDayUsd)
    return { state: 'over', untilMs: dayAt(nowMs).toMs, of: 'day', limitUsd: perDayUsd, spentUsd: spent.dayUsd };
  // Added in the same order as above: what fits when nothing is under way must not wait for it.
  const isFull =
    spent.monthUsd + amountUsd + spent.reservedUsd > perMonthUsd ||
    spent.dayUsd + amountUsd + spent.reservedUsd > perDayUsd;
  return isFull ? { state: 'waits' } : { state: 'reserved' };
}

/** What an evaluation cost for which something was set aside: where that is not known, what was set aside. */
export function chargeOf({ outcome, countsAttempt, dead }: JobEffect, reservedUsd: number): number {
  if (typeof outcome.costUsd === 'number') return outcome.costUsd;
  if (countsAttempt === false) return 0;
  if (dead || outcome.costUsd === null || outcome.outcome === 'scored' || outcome.outcome === 'abstained')
    return reservedUsd;
  // A provider that refuses takes nothing; one that did not answer in time may have.
  const mayHaveCost = outcome.outcome === 'failed' && (outcome.code === 'timeout' || outcome.code === 'crashed');
  return mayHaveCost ? reservedUsd : 0;
}
