/** How evaluations ended, each stored with its scores, as SQLite's write-evaluations.ts does it. */
import type { Pool } from 'pg';
import { notScoredReason, scoresOf } from '../effects.ts';
import type { NewEvaluation } from '../evaluations.ts';
import type { Session } from './connection.ts';
import type { Interned } from './interned.ts';
import { lockLog } from './locks.ts';
import { inTransaction } from './transaction.ts';
import { WriteChanges } from './write-changes.ts';
import type { WriteScores } from './write-scores.ts';

interface OfLog {
  project: number;
  log: number;
}

export class WriteEvaluations {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #scores: WriteScores;

  constructor(pool: Pool, parts: { interned: Interned; scores: WriteScores }) {
    this.#pool = pool;
    this.#interned = parts.interned;
    this.#scores = parts.scores;
  }

  /** By a log's own id. False where there is no such log in the project. */
  put(projectId: string, logId: string, evaluation: NewEvaluation): Promise<boolean> {
    return inTransaction(this.#pool, async (session) => {
      await this.#interned.hold(session);
      const [row] = await session.rows<OfLog & Record<string, unknown>>(
        'select seq as log, project from logs where id = $1 and project = (select seq from projects where id = $2)',
        [logId, projectId],
      );
      if (row === undefined || !(await lockLog(session, row.log))) return false;
      const changes = new WriteChanges();
      await this.write(session, row, evaluation, changes);
      await changes.write(session);
      return true;
    });
  }

  /** Of a known log, whose lock the caller holds. */
  async write(session: Session, of: OfLog, evaluation: NewEvaluation, changes: WriteChanges): Promise<void> {
    const { evaluator, evaluatorVersion, outcome, attempt, atMs, source, givenBy } = evaluation;
    await this.#note(session, of, evaluation, changes);
    await session.rows(
      `insert into evaluations
         (log, evaluator, evaluator_version, outcome, code, reason, printed, duration_ms, attempt, at_ms, given_by, superseded)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)
       on conflict (log, evaluator, evaluator_version) do update set outcome = excluded.outcome, code = excluded.code,
         reason = excluded.reason, printed = excluded.printed, duration_ms = excluded.duration_ms,
         attempt = excluded.attempt, at_ms = excluded.at_ms, given_by = excluded.given_by, superseded = 0`,
      [
        of.log,
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
      ],
    );
    if (outcome.outcome !== 'scored') return;
    const replaces = { source, evaluator, version: evaluatorVersion };
    await this.#scores.write(session, [{ ...of, replaces, scores: scoresOf(evaluation) }], changes);
  }

  /** The last outcome of an evaluator on a log is the one that counts, whichever version it is of. */
  async #note(session: Session, of: OfLog, evaluation: NewEvaluation, changes: WriteChanges): Promise<void> {
    const { project, log } = of;
    const { evaluator, evaluatorVersion, outcome, atMs } = evaluation;
    const measure = await this.#interned.measure(project, 'outcomes', evaluator, 'category');
    const origin = (version: string): Promise<number> =>
      this.#interned.origin(project, 'evaluator', evaluator, version);
    const rows = await session.rows<{ version: string; outcome: string }>(
      `select evaluator_version as version, outcome from evaluations where log = $1 and evaluator = $2 and superseded = 0`,
      [log, evaluator],
    );
    let was: string | undefined;
    for (const row of rows) {
      if (row.version === evaluatorVersion) {
        was = row.outcome;
        continue;
      }
      await session.rows(
        'update evaluations set superseded = 1 where log = $1 and evaluator = $2 and evaluator_version = $3',
        [log, evaluator, row.version],
      );
      changes.evaluation({ project, log, measure, origin: await origin(row.version) }, row.outcome, undefined, atMs);
    }
    changes.evaluation({ project, log, measure, origin: await origin(evaluatorVersion) }, was, outcome.outcome, atMs);
  }
}
