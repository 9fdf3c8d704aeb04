/**
 * Jobs once they are claimed (claim-jobs.ts): completed together with what they brought forth. A job's `due_at_ms` is when it may
 * next be taken: for a pending one its time, for a leased one the end of the lease, so that one index finds both and an
 * expired lease needs nobody to clean it up. Every lease has a token one higher than the last; a completion with an
 * older token changes nothing. A job that failed while its evaluator is paused is kept (../pauses.ts).
 */
import type { Statement } from 'better-sqlite3';
import type { ClaimedJob } from '../../model/job.ts';
import { evaluationOf, notScoredReason } from '../effects.ts';
import type { JobEffect } from '../store.ts';
import { streakCounter, type Streaks } from './breakers.ts';
import type { Connection } from './connection.ts';
import type { WriteEvaluations } from './write-evaluations.ts';

export class WriteJobs {
  readonly #evaluations: WriteEvaluations;
  readonly #newStreaks: () => Streaks;
  readonly #held: Statement;
  readonly #done: Statement;
  readonly #again: Statement;
  readonly #bury: Statement;
  readonly #renew: Statement;
  readonly #release: Statement;

  constructor(connection: Connection, evaluations: WriteEvaluations) {
    this.#evaluations = evaluations;
    this.#newStreaks = streakCounter(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#held = prepare(`select project, log from jobs where id = ? and token = ? and state = 'leased'`);
    this.#done = prepare('delete from jobs where id = ?');
    this.#again = prepare(`update jobs set state = 'pending', attempt = attempt - ?, due_at_ms = ? where id = ?`);
    this.#bury = prepare(`update jobs set state = 'dead', due_at_ms = null, reason = ? where id = ?`);
    this.#renew = prepare(`update jobs set due_at_ms = ? where id = ? and token = ? and state = 'leased'`);
    this.#release = prepare(
      `update jobs set state = 'pending', attempt = attempt - 1, due_at_ms = ? where id = ? and token = ? and state = 'leased'`,
    );
  }

  complete(effects: readonly JobEffect[]): { fenced: number } {
    let fenced = 0;
    const streaks = this.#newStreaks();
    for (const effect of effects) {
      const held = this.#held.get(effect.job.id, effect.job.token) as { project: number; log: number } | undefined;
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

  #apply(effect: JobEffect, { project, log }: { project: number; log: number }, isKept: boolean): void {
    const { job } = effect;
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
