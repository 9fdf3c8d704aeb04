/**
 * Writing scores: upserts by (log, name, who gave it), and the waiting room for logs to come. The rules are those of SQLite's
 * writer; here many may write at once, so that whoever reads what a log has and changes it holds the lock of that log.
 */
import type { Pool } from 'pg';
import { type ScoreColumns, scoreColumns, scoreValue } from '../score-columns.ts';
import type { NewScore } from '../store.ts';
import type { Session } from './connection.ts';
import { findLog } from './find-log.ts';
import type { Interned } from './interned.ts';
import { lockLog, lockLogs, lockWaitingRoom } from './locks.ts';
import { inTransaction } from './transaction.ts';
import { type InternedScore, type Present, ScoreRows } from './score-rows.ts';
import { WriteChanges } from './write-changes.ts';

interface Waiting extends ScoreColumns {
  name: string;
  source: NewScore['source'];
  reason: string | null;
  atMs: number;
}

/** Scores of one log, in the order in which they are written. */
export interface ScoresOfLog {
  project: number;
  log: number;
  /** Set where these replace all that this version of the evaluator said before. */
  replaces?: { source: NewScore['source']; evaluator: string; version: string };
  scores: readonly NewScore[];
}

export class WriteScores {
  readonly #pool: Pool;
  readonly #interned: Interned;

  constructor(pool: Pool, interned: Interned) {
    this.#pool = pool;
    this.#interned = interned;
  }

  /** Scores by an id that a caller used. */
  async put(
    projectId: string,
    id: string,
    scores: readonly NewScore[],
    keepUntilMs: number,
    nowMs: number,
  ): Promise<'attached' | 'kept'> {
    const project = await this.#interned.project(projectId, nowMs);
    const attach = async (session: Session): Promise<boolean> => {
      await this.#interned.hold(session);
      const log = await findLog(session, projectId, id);
      if (log === undefined || !(await lockLog(session, log))) return false;
      const changes = new WriteChanges();
      await this.write(session, [{ project, log, scores }], changes);
      await changes.write(session);
      return true;
    };
    if (await inTransaction(this.#pool, attach)) return 'attached';
    return inTransaction(this.#pool, async (session) => {
      await lockWaitingRoom(session);
      // It may have come meanwhile; from now on none comes until this is committed.
      if (await attach(session)) return 'attached';
      await this.#keep(session, project, id, scores, keepUntilMs, nowMs);
      return 'kept';
    });
  }

  /** Gives a new log the scores that came before it, by whichever of its ids; the latest of one name and source counts. */
  async attach(
    session: Session,
    of: { project: number; log: number; ids: Iterable<string>; nowMs: number },
    changes: WriteChanges,
  ): Promise<number> {
    const waiting = await session.rows<Waiting & { keepUntilMs: number }>(
      `delete from waiting_scores where project = $1 and log_id = any($2::text[])
       returning name, source, kind, number, category, reason, at_ms as "atMs", keep_until_ms as "keepUntilMs"`,
      [of.project, [...of.ids].map((id) => id.toLowerCase())],
    );
    const scores = waiting
      .filter(({ keepUntilMs }) => keepUntilMs > of.nowMs)
      .toSorted((one, other) => one.atMs - other.atMs)
      .map(newScoreOf);
    if (scores.length > 0) await this.write(session, [{ project: of.project, log: of.log, scores }], changes);
    return scores.length;
  }

  /** Scores of known logs; a log may come more than once. */
  async write(session: Session, groups: readonly ScoresOfLog[], changes: WriteChanges): Promise<void> {
    await lockLogs(
      session,
      groups.map(({ log }) => log),
    );
    const present = await this.#presentOf(
      session,
      groups.map(({ log }) => log),
    );
    const ofLog = Map.groupBy(present, ({ log }) => log);
    const outcome = new ScoreRows(changes);
    for (const group of groups) {
      const rows = ofLog.get(group.log) ?? [];
      ofLog.set(group.log, rows);
      if (group.replaces) await this.#takeReplaced(group, rows, outcome);
      for (const score of group.scores) outcome.write(group, await this.#intern(group.project, score), rows);
    }
    await outcome.store(session);
  }

  /** Takes away scores of a name, of that source where one is given; superseded ones with them. How many were current. */
  async remove(
    projectId: string,
    id: string,
    name: string,
    source: NewScore['source'] | null,
    nowMs: number,
  ): Promise<number> {
    const project = await this.#interned.project(projectId, nowMs);
    return inTransaction(this.#pool, async (session) => {
      const log = await findLog(session, projectId, id);
      if (log === undefined) return 0;
      await lockLogs(session, [log]);
      const rows = (await this.#presentOf(session, [log])).filter(
        (row) => row.name === name && (source === null || row.source === source),
      );
      const changes = new WriteChanges();
      const outcome = new ScoreRows(changes);
      for (const row of rows.slice()) outcome.take(project, row, rows.slice(), nowMs);
      await outcome.store(session);
      await changes.write(session);
      return rows.filter(({ superseded }) => superseded === 0).length;
    });
  }

  #presentOf(session: Session, logs: readonly number[]): Promise<Present[]> {
    return session.rows<Present & Record<string, unknown>>(
      `select s.log, s.measure, s.origin, s.number, s.category, s.superseded, m.name, o.source, o.evaluator
       from scores s join measures m on m.id = s.measure join origins o on o.id = s.origin
       where s.log = any($1::bigint[])`,
      [logs],
    );
  }

  async #takeReplaced(group: ScoresOfLog, rows: Present[], outcome: ScoreRows): Promise<void> {
    const { source, evaluator, version } = group.replaces!;
    const origin = await this.#interned.origin(group.project, source, evaluator, version);
    const names = new Set(group.scores.map(({ name }) => name));
    const atMs = group.scores[0]?.atMs ?? 0;
    for (const row of rows.slice())
      if (row.origin === origin && !names.has(row.name)) outcome.take(group.project, row, rows, atMs);
  }

  async #intern(project: number, score: NewScore): Promise<InternedScore> {
    const { kind, number, category } = scoreColumns(score.value);
    const measure = await this.#interned.measure(project, 'score', score.name, kind);
    const { source, evaluator, evaluatorVersion } = score;
    const origin = await this.#interned.origin(project, source, evaluator ?? '', evaluatorVersion ?? '');
    return { score, measure, origin, number, category };
  }

  async #keep(
    session: Session,
    project: number,
    id: string,
    scores: readonly NewScore[],
    keepUntilMs: number,
    nowMs: number,
  ): Promise<void> {
    await session.rows('delete from waiting_scores where keep_until_ms < $1', [nowMs]);
    // Ids are compared in lower case, as those of logs are.
    const key = id.toLowerCase();
    for (const { name, value, source, reason, atMs } of scores) {
      const { kind, number, category } = scoreColumns(value);
      await session.rows(
        `insert into waiting_scores (project, log_id, name, source, kind, number, category, reason, at_ms, keep_until_ms)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (project, log_id, name, source) do update set kind = excluded.kind, number = excluded.number,
           category = excluded.category, reason = excluded.reason, at_ms = excluded.at_ms, keep_until_ms = excluded.keep_until_ms`,
        [project, key, name, source, kind, number, category, reason, atMs, keepUntilMs],
      );
    }
  }
}

function newScoreOf({ name, source, reason, atMs, ...columns }: Waiting): NewScore {
  const value = scoreValue(columns);
  return { name, value, reason, source, evaluator: null, evaluatorVersion: null, durationMs: null, atMs };
}
