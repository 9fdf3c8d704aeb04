/** How evaluations ended, each stored with its scores. Where a job brought it forth, its end is write-jobs.ts's. */
import type { Statement } from 'better-sqlite3';
import { notScoredReason, scoresOf } from '../effects.ts';
import type { NewEvaluation } from '../evaluations.ts';
import type { Connection } from './connection.ts';
import type { Measures } from './measures.ts';
import { bytesOfUuid } from './uuid.ts';
import type { WriteChanges } from './write-changes.ts';
import type { WriteScores } from './write-scores.ts';

interface Parts {
  scores: WriteScores;
  measures: Measures;
  changes: WriteChanges;
}

export class WriteEvaluations {
  readonly #parts: Parts;
  readonly #log: Statement;
  readonly #present: Statement;
  readonly #put: Statement;
  readonly #supersede: Statement;

  constructor(connection: Connection, parts: Parts) {
    this.#parts = parts;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#log = prepare(
      'select seq as log, project from logs where id = ? and project = (select seq from projects where id = ?)',
    );
    this.#present = prepare(
      `select evaluator_version as version, outcome from evaluations where log = ? and evaluator = ? and superseded = 0`,
    );
    this.#supersede = prepare(
      'update evaluations set superseded = 1 where log = ? and evaluator = ? and evaluator_version = ?',
    );
    this.#put = prepare(
      `insert into evaluations
         (log, evaluator, evaluator_version, outcome, code, reason, printed, duration_ms, attempt, at_ms, given_by, superseded)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
       on conflict do update set outcome = excluded.outcome, code = excluded.code, reason = excluded.reason,
         printed = excluded.printed, duration_ms = excluded.duration_ms, attempt = excluded.attempt, at_ms = excluded.at_ms,
         given_by = excluded.given_by, superseded = 0`,
    );
  }

  /** By a log's own id. False where there is no such log in the project. */
  put(projectId: string, logId: string, evaluation: NewEvaluation): boolean {
    const row = this.#log.get(bytesOfUuid(logId), bytesOfUuid(projectId)) as
      | { log: number; project: number }
      | undefined;
    if (row !== undefined) this.write(row.project, row.log, evaluation);
    return row !== undefined;
  }

  /** Of a known log. */
  write(project: number, log: number, evaluation: NewEvaluation): void {
    const { evaluator, evaluatorVersion, outcome, attempt, atMs, source, givenBy } = evaluation;
    this.#note(project, log, evaluation);
    this.#put.run(
      log,
      evaluator,
      evaluatorVersion,
      outcome.outcome,
      outcome.outcome === 'failed' ? outcome.code : null,
      notScoredReason(outcome),
      outcome.printed,
      outcome.durationMs,
      attempt,
      atMs,
      givenBy,
    );
    if (outcome.outcome !== 'scored') return;
    this.#parts.scores.replace(project, log, { source, evaluator, version: evaluatorVersion }, scoresOf(evaluation));
  }

  /** The last outcome of an evaluator on a log is the one that counts, whichever version it is of. */
  #note(project: number, log: number, { evaluator, evaluatorVersion, outcome, atMs }: NewEvaluation): void {
    const { measures, changes } = this.#parts;
    const measure = measures.idOf(project, 'outcomes', evaluator, 'category');
    const of = (version: string): { project: number; log: number; measure: number; origin: number } => {
      const origin = measures.originOf(project, 'evaluator', evaluator, version);
      return { project, log, measure, origin };
    };
    let was: string | undefined;
    for (const row of this.#present.all(log, evaluator) as { version: string; outcome: string }[]) {
      if (row.version === evaluatorVersion) {
        was = row.outcome;
        continue;
      }
      this.#supersede.run(log, evaluator, row.version);
      changes.evaluation(of(row.version), row.outcome, undefined, atMs);
    }
    changes.evaluation(of(evaluatorVersion), was, outcome.outcome, atMs);
  }
}
