/**
 * Jobs once they are claimed (claim-jobs.ts): completed together with what they brought forth. A job's `due_at_ms` is when it may
 * next be taken: for a pending one its time, for a leased one the end of the lease, so that one index finds both and an
 * expired lease needs nobody to clean it up. Every lease has a token one higher than the last; a completion with an
 * older token changes nothing. A job that failed while its evaluator is paused is kept (../pauses.ts).
 */
import type { Statement } from 'better-sqlite3';
import type { ClaimedJob } from '../../model/job.ts';
import { evaluationOf, notScoredReason } from '../effects.ts';
import { chargeOf } from '../budgets.ts';
import type { JobEffect } from '../store.ts';
import { streakCounter, type Streaks } from './breakers.ts';
import type { WriteBudgets } from './budgets.ts';
import type { Connection } from './connection.ts';
import type { WriteEvaluations } from './write-evaluations.ts';

interface Held {
  project: number;
  log: number;
  rule: string | null;
  reservedUsd: number | null;
}

export class WriteJobs {
  readonly #evaluations: WriteEvaluations;
  readonly #newStreaks: () => Streaks;
  readonly #budgets: WriteBudgets;
  readonly #held: Statement;
  readonly #done: Statement;
  readonly #again: Statement;
  readonly #defer: Statement;
  readonly #bury: Statement;
  readonly #renew: Statement;
  readonly #release: Statement;

  constructor(connection: Connection, parts: { evaluations: WriteEvaluations; budgets: WriteBudgets }) {
    this.#evaluations = parts.evaluations;
    this.#budgets = parts.budgets;
    this.#newStreaks = streakCounter(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#held = prepare(
      `select project, log, paid_by as rule, reserved_usd as reservedUsd from jobs where id = ? and token = ? and state = 'leased'`,
    );
    this.#done = prepare('delete from jobs where id = ?');
    this.#again = prepare(
      `update jobs set state = 'pending', attempt = attempt - ?, due_at_ms = ?, reserved_usd = null where id = ?`,
    );
    this.#defer = prepare(
      `update jobs set state = 'pending', attempt = attempt - 1, due_at_ms = ?, reserved_usd = null, deferred_by = ?, reason = ?
       where id = ?`,
    );
    this.#bury = prepare(
      `update jobs set state = 'dead', due_at_ms = null, reserved_usd = null, reason = ? where id = ?`,
    );
    this.#renew = prepare(`update jobs set due_at_ms = ? where id = ? and token = ? and state = 'leased'`);
    this.#release = prepare(
      `update jobs set state = 'pending', attempt = attempt - 1, due_at_ms = ?, reserved_usd = null
       where id = ? and token = ? and state = 'leased'`,
    );
  }

  complete(effects: readonly JobEffect[]): { fenced: number } {
    let fenced = 0;
    const streaks = this.#newStreaks();
    for (const effect of effects) {
      const held = this.#held.get(effect.job.id, effect.job.token) as Held | undefined;
      if (held === undefined) fenced += 1;
      else this.#apply(effect, held, streaks.count(held.project, effect));
    }
    streaks.write();
    return { fenced };
  }

  renew(jobs: readonly ClaimedJob[], leaseUntilMs: number): number[] {
    return idsOf(jobs.filter((job) => this.#renew.run(leaseUntilMs, job.id, job.token).changes > 0));
  }

  release(jobs: readonly ClaimedJob[], nowMs: number): number[] {
    return idsOf(jobs.filter((job) => this.#release.run(nowMs, job.id, job.token).changes > 0));
  }

  #apply(effect: JobEffect, { project, log, rule, reservedUsd }: Held, isKept: boolean): void {
    const { job, deferredBy } = effect;
    if (rule !== null && reservedUsd !== null)
      this.#budgets.charge({ project, rule, usd: chargeOf(effect, reservedUsd), nowMs: effect.atMs });
    if (deferredBy !== undefined) {
      this.#defer.run(effect.retryAtMs, deferredBy, notScoredReason(effect.outcome), job.id);
      return;
    }
    this.#evaluations.write(project, log, evaluationOf(effect));
    if (isKept) this.#again.run(1, effect.atMs, job.id);
    else if (effect.dead) this.#bury.run(notScoredReason(effect.outcome) ?? 'dead', job.id);
    else if (effect.retryAtMs !== undefined)
      this.#again.run(effect.countsAttempt === false ? 1 : 0, effect.retryAtMs, job.id);
    else this.#done.run(job.id);
  }
}

function idsOf(jobs: readonly ClaimedJob[]): number[] {
  return jobs.map(({ id }) => id);
}
