/**
 * Writing scores: upserts by (log, name, who gave it), and the waiting room for logs to come. A name has one value from each
 * origin, whatever its kind; what an evaluator's other versions said of the log before is superseded. Each is noted as a change.
 */
import type { Statement } from 'better-sqlite3';
import type { NewScore } from '../store.ts';
import type { Connection } from './connection.ts';
import { FindLog } from './find-log.ts';
import type { Measures } from './measures.ts';
import type { Projects } from './projects.ts';
import { type ScoreColumns, scoreColumns, scoreValue } from '../score-columns.ts';
import type { StoredValue, WriteChanges } from './write-changes.ts';

/** A stored score of the log that is written to, with the names of what it is interned under. */
interface Present extends StoredValue {
  measure: number;
  origin: number;
  name: string;
  source: string;
  evaluator: string;
  superseded: number;
}

interface Waiting extends ScoreColumns {
  name: string;
  source: NewScore['source'];
  reason: string | null;
  atMs: number;
}

export class WriteScores {
  readonly #find: FindLog;
  readonly #projects: Projects;
  readonly #measures: Measures;
  readonly #changes: WriteChanges;
  readonly #ofLog: Statement;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #supersede: Statement;
  readonly #keep: Statement;
  readonly #expire: Statement;
  readonly #waiting: Statement;
  readonly #attached: Statement;

  constructor(
    connection: Connection,
    parts: { find: FindLog; projects: Projects; measures: Measures; changes: WriteChanges },
  ) {
    this.#find = parts.find;
    this.#projects = parts.projects;
    this.#measures = parts.measures;
    this.#changes = parts.changes;
    this.#ofLog = connection.prepare(
      `select s.measure, s.origin, s.number, s.category, s.superseded, m.name, o.source, o.evaluator
       from scores s join measures m on m.id = s.measure join origins o on o.id = s.origin where s.log = ?`,
    );
    this.#put = connection.prepare(
      `insert into scores (log, measure, origin, number, category, reason, duration_ms, at_ms, superseded)
       values (?, ?, ?, ?, ?, ?, ?, ?, 0)
       on conflict do update set number = excluded.number, category = excluded.category, reason = excluded.reason,
         duration_ms = excluded.duration_ms, at_ms = excluded.at_ms, superseded = 0`,
    );
    const key = 'log = ? and measure = ? and origin = ?';
    this.#remove = connection.prepare(`delete from scores where ${key}`);
    this.#supersede = connection.prepare(`update scores set superseded = 1 where ${key}`);
    this.#keep = connection.prepare(
      `insert into waiting_scores (project, log_id, name, source, kind, number, category, reason, at_ms, keep_until_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict do update set kind = excluded.kind, number = excluded.number, category = excluded.category,
         reason = excluded.reason, at_ms = excluded.at_ms, keep_until_ms = excluded.keep_until_ms`,
    );
    this.#expire = connection.prepare('delete from waiting_scores where keep_until_ms < ?');
    this.#waiting = connection.prepare(
      `select name, source, kind, number, category, reason, at_ms as atMs from waiting_scores
       where project = ? and log_id = ? and keep_until_ms > ?`,
    );
    this.#attached = connection.prepare('delete from waiting_scores where project = ? and log_id = ?');
  }

  /** Scores by an id that a caller used. */
  put(
    projectId: string,
    id: string,
    scores: readonly NewScore[],
    keepUntilMs: number,
    nowMs: number,
  ): 'attached' | 'kept' {
    const project = this.#projects.seqOf(projectId, nowMs);
    const log = this.#find.seqOf(projectId, id);
    if (log !== undefined) {
      this.write(project, log, scores);
      return 'attached';
    }
    this.#expire.run(nowMs);
    // Ids are compared in lower case, as those of logs are.
    const key = id.toLowerCase();
    for (const { name, value, source, reason, atMs } of scores) {
      const { kind, number, category } = scoreColumns(value);
      this.#keep.run(project, key, name, source, kind, number, category, reason, atMs, keepUntilMs);
    }
    return 'kept';
  }

  /** Scores of a known log. */
  write(project: number, log: number, scores: readonly NewScore[]): void {
    const present = this.#ofLog.all(log) as Present[];
    for (const score of scores) this.#writeOne(project, log, score, present);
  }

  /** What an evaluator version says of a log, in place of all that this version said of it before. */
  replace(
    project: number,
    log: number,
    of: { source: NewScore['source']; evaluator: string; version: string },
    scores: readonly NewScore[],
  ): void {
    const origin = this.#measures.originOf(project, of.source, of.evaluator, of.version);
    const names = new Set(scores.map(({ name }) => name));
    const atMs = scores[0]?.atMs ?? 0;
    const present = this.#ofLog.all(log) as Present[];
    const rest = present.filter((row) => row.origin !== origin || names.has(row.name));
    for (const row of present) if (!rest.includes(row)) this.#take(project, log, row, atMs);
    for (const score of scores) this.#writeOne(project, log, score, rest);
  }

  /** Takes away scores of a name, of that source where one is given; superseded ones with them. How many were current. */
  remove(projectId: string, id: string, name: string, source: NewScore['source'] | null, nowMs: number): number {
    const project = this.#projects.seqOf(projectId, nowMs);
    const log = this.#find.seqOf(projectId, id);
    if (log === undefined) return 0;
    const rows = (this.#ofLog.all(log) as Present[]).filter(
      (row) => row.name === name && (source === null || row.source === source),
    );
    for (const row of rows) this.#take(project, log, row, nowMs);
    return rows.filter((row) => row.superseded === 0).length;
  }

  /** Gives a new log the scores that came before it, by whichever of its ids; the latest of one name and source counts. */
  attach(project: number, log: number, ids: Iterable<string>, nowMs: number): number {
    const waiting: Waiting[] = [];
    for (const id of ids) {
      const key = id.toLowerCase();
      waiting.push(...(this.#waiting.all(project, key, nowMs) as Waiting[]));
      this.#attached.run(project, key);
    }
    if (waiting.length > 0) this.write(project, log, waiting.toSorted((a, b) => a.atMs - b.atMs).map(newScoreOf));
    return waiting.length;
  }

  /** `present` is what the log has, and is kept so. */
  #writeOne(project: number, log: number, score: NewScore, present: Present[]): void {
    const { name, atMs } = score;
    const evaluator = score.evaluator ?? '';
    const { kind, number, category } = scoreColumns(score.value);
    const measure = this.#measures.idOf(project, 'score', name, kind);
    const origin = this.#measures.originOf(project, score.source, evaluator, score.evaluatorVersion ?? '');
    let was: Present | undefined;
    for (const row of present.slice()) {
      if (row.origin === origin && row.name === name) {
        // Of another kind it is another row; of the same kind this one is overwritten.
        if (row.measure !== measure) this.#take(project, log, row, atMs);
        else if (row.superseded === 0) was = row;
        present.splice(present.indexOf(row), 1);
      } else if (evaluator !== '' && row.evaluator === evaluator && row.origin !== origin && row.superseded === 0) {
        this.#supersede.run(log, row.measure, row.origin);
        this.#changes.score({ ...row, project, log }, row, undefined, atMs);
        row.superseded = 1;
      }
    }
    this.#put.run(log, measure, origin, number, category, score.reason, score.durationMs, atMs);
    this.#changes.score({ project, log, measure, origin }, was, { number, category }, atMs);
    present.push({ measure, origin, name, source: score.source, evaluator, number, category, superseded: 0 });
  }

  #take(project: number, log: number, row: Present, atMs: number): void {
    this.#remove.run(log, row.measure, row.origin);
    if (row.superseded === 0) this.#changes.score({ ...row, project, log }, row, undefined, atMs);
  }
}

function newScoreOf({ name, source, reason, atMs, ...columns }: Waiting): NewScore {
  const value = scoreValue(columns);
  return { name, value, reason, source, evaluator: null, evaluatorVersion: null, durationMs: null, atMs };
}
