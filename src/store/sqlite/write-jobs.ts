/**
 * Jobs: claimed under a lease, completed together with what they brought forth. A job's `due_at_ms` is when it may next
 * be taken: for a pending one its time, for a leased one the end of the lease, so that one index finds both and an
 * expired lease needs nobody to clean it up. Every lease has a token one higher than the last; a completion with an
 * older token changes nothing.
 */
import type { Statement } from 'better-sqlite3';
import type { ClaimedJob } from '../../model/job.ts';
import type { JobEffect, NewScore } from '../store.ts';
import type { Connection } from './connection.ts';
import type { Measures } from './measures.ts';
import { uuidOfBytes } from './uuid.ts';
import type { WriteChanges } from './write-changes.ts';
import type { WriteScores } from './write-scores.ts';

interface ClaimRow {
  id: number;
  project: Buffer;
  log: Buffer | null;
  evaluator: string;
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
  readonly #scores: WriteScores;
  readonly #measures: Measures;
  readonly #changes: WriteChanges;
  readonly #claim: Statement;
  readonly #held: Statement;
  readonly #done: Statement;
  readonly #again: Statement;
  readonly #bury: Statement;
  readonly #renew: Statement;
  readonly #release: Statement;
  readonly #evaluated: Statement;
  readonly #evaluation: Statement;
  readonly #supersede: Statement;

  constructor(connection: Connection, parts: { scores: WriteScores; measures: Measures; changes: WriteChanges }) {
    this.#scores = parts.scores;
    this.#measures = parts.measures;
    this.#changes = parts.changes;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#claim = prepare(
      `update jobs set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = @leaseUntilMs
       where id in (
         select id from jobs where due_at_ms <= @nowMs and evaluator in (select value from json_each(@evaluators))
         order by due_at_ms limit @limit)
       returning id, evaluator, attempt, token,
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
    this.#evaluated = prepare(
      `select evaluator_version as version, outcome from evaluations where log = ? and evaluator = ? and superseded = 0`,
    );
    this.#supersede = prepare(
      'update evaluations set superseded = 1 where log = ? and evaluator = ? and evaluator_version = ?',
    );
    this.#evaluation = prepare(
      `insert into evaluations
         (log, evaluator, evaluator_version, outcome, code, reason, printed, duration_ms, attempt, at_ms, superseded)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
       on conflict do update set outcome = excluded.outcome, code = excluded.code, reason = excluded.reason,
         printed = excluded.printed, duration_ms = excluded.duration_ms, attempt = excluded.attempt, at_ms = excluded.at_ms, superseded = 0`,
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

  renew(jobs: readonly ClaimedJob[], leaseUntilMs: number): void {
    for (const job of jobs) this.#renew.run(leaseUntilMs, job.id, job.token);
  }

  release(jobs: readonly ClaimedJob[], nowMs: number): void {
    for (const job of jobs) this.#release.run(nowMs, job.id, job.token);
  }

  #apply(effect: JobEffect, project: number, log: number): void {
    const { job, evaluatorVersion, outcome, atMs } = effect;
    const code = outcome.outcome === 'failed' ? outcome.code : null;
    const reason =
      outcome.outcome === 'scored' ? null : outcome.outcome === 'failed' ? outcome.message : outcome.reason;
    this.#noteOutcome(effect, project, log);
    this.#evaluation.run(
      log,
      job.evaluator,
      evaluatorVersion,
      outcome.outcome,
      code,
      reason,
      outcome.printed,
      outcome.durationMs,
      job.attempt,
      atMs,
    );
    if (outcome.outcome === 'scored') {
      this.#scores.replace(
        project,
        log,
        job.evaluator,
        evaluatorVersion,
        outcome.scores.map((score): NewScore => ({
          ...score,
          source: 'evaluator',
          evaluator: job.evaluator,
          evaluatorVersion,
          durationMs: outcome.durationMs,
          atMs,
        })),
      );
    }
    if (effect.dead) this.#bury.run(reason ?? 'dead', job.id);
    else if (effect.retryAtMs !== undefined)
      this.#again.run(effect.countsAttempt === false ? 1 : 0, effect.retryAtMs, job.id);
    else this.#done.run(job.id);
  }

  /** The last outcome of an evaluator on a log is the one that counts, whichever version it is of. */
  #noteOutcome({ job, evaluatorVersion, outcome, atMs }: JobEffect, project: number, log: number): void {
    const measure = this.#measures.idOf(project, 'outcomes', job.evaluator, 'category');
    const of = (version: string): { project: number; log: number; measure: number; origin: number } => {
      const origin = this.#measures.originOf(project, 'evaluator', job.evaluator, version);
      return { project, log, measure, origin };
    };
    let was: string | undefined;
    for (const row of this.#evaluated.all(log, job.evaluator) as { version: string; outcome: string }[]) {
      if (row.version === evaluatorVersion) {
        was = row.outcome;
        continue;
      }
      this.#supersede.run(log, job.evaluator, row.version);
      this.#changes.evaluation(of(row.version), row.outcome, undefined, atMs);
    }
    this.#changes.evaluation(of(evaluatorVersion), was, outcome.outcome, atMs);
  }
}
