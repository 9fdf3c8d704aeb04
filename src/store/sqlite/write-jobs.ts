/**
 * Jobs: claimed under a lease, completed together with what they brought forth. A job's `due_at_ms` is when it may next
 * be taken: for a pending one its time, for a leased one the end of the lease, so that one index finds both and an
 * expired lease needs nobody to clean it up. Every lease has a token one higher than the last; a completion with an
 * older token changes nothing.
 */
import type { Statement } from 'better-sqlite3';
import type { ClaimedJob } from '../../model/job.ts';
import { evaluationOf, notScoredReason } from '../effects.ts';
import type { JobEffect } from '../store.ts';
import type { Connection } from './connection.ts';
import { uuidOfBytes } from './uuid.ts';
import type { WriteEvaluations } from './write-evaluations.ts';

interface ClaimRow {
  id: number;
  project: Buffer;
  log: Buffer | null;
  evaluator: string;
  version: string | null;
  attempt: number;
  token: number;
}

export interface ClaimRequest {
  evaluators: string[];
  limit: number;
  nowMs: number;
  leaseUntilMs: number;
}

export class WriteJobs {
  readonly #evaluations: WriteEvaluations;
  readonly #claim: Statement;
  readonly #held: Statement;
  readonly #done: Statement;
  readonly #again: Statement;
  readonly #bury: Statement;
  readonly #renew: Statement;
  readonly #release: Statement;

  constructor(connection: Connection, evaluations: WriteEvaluations) {
    this.#evaluations = evaluations;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#claim = prepare(
      `update jobs set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = @leaseUntilMs
       where id in (
         select id from jobs where due_at_ms <= @nowMs and evaluator in (select value from json_each(@evaluators))
         order by due_at_ms limit @limit)
       returning id, evaluator, version, attempt, token,
         (select id from projects where seq = jobs.project) as project, (select id from logs where seq = jobs.log) as log`,
    );
    this.#held = prepare(`select project, log from jobs where id = ? and token = ? and state = 'leased'`);
    this.#done = prepare('delete from jobs where id = ?');
    this.#again = prepare(`update jobs set state = 'pending', attempt = attempt - ?, due_at_ms = ? where id = ?`);
    this.#bury = prepare(`update jobs set state = 'dead', due_at_ms = null, reason = ? where id = ?`);
    this.#renew = prepare(`update jobs set due_at_ms = ? where id = ? and token = ? and state = 'leased'`);
    this.#release = prepare(
      `update jobs set state = 'pending', attempt = attempt - 1, due_at_ms = ? where id = ? and token = ? and state = 'leased'`,
    );
  }

  claim(request: ClaimRequest): ClaimedJob[] {
    const rows = this.#claim.all({ ...request, evaluators: JSON.stringify(request.evaluators) }) as ClaimRow[];
    return rows.map(({ project, log, ...row }) => ({
      ...row,
      projectId: uuidOfBytes(project),
      // A job whose log is gone keeps an id that no log has; who claims it buries it.
      logId: log === null ? '' : uuidOfBytes(log),
    }));
  }

  complete(effects: readonly JobEffect[]): { fenced: number } {
    let fenced = 0;
    for (const effect of effects) {
      const held = this.#held.get(effect.job.id, effect.job.token) as { project: number; log: number } | undefined;
      if (held === undefined) fenced += 1;
      else this.#apply(effect, held.project, held.log);
    }
    return { fenced };
  }

  renew(jobs: readonly ClaimedJob[], leaseUntilMs: number): number[] {
    return idsOf(jobs.filter((job) => this.#renew.run(leaseUntilMs, job.id, job.token).changes > 0));
  }

  release(jobs: readonly ClaimedJob[], nowMs: number): number[] {
    return idsOf(jobs.filter((job) => this.#release.run(nowMs, job.id, job.token).changes > 0));
  }

  #apply(effect: JobEffect, project: number, log: number): void {
    const { job } = effect;
    this.#evaluations.write(project, log, evaluationOf(effect));
    if (effect.dead) this.#bury.run(notScoredReason(effect.outcome) ?? 'dead', job.id);
    else if (effect.retryAtMs !== undefined)
      this.#again.run(effect.countsAttempt === false ? 1 : 0, effect.retryAtMs, job.id);
    else this.#done.run(job.id);
  }
}

function idsOf(jobs: readonly ClaimedJob[]): number[] {
  return jobs.map(({ id }) => id);
}
