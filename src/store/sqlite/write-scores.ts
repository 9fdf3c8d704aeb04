/** Writing scores: upserts by (log, name, source, evaluator, version), and the waiting room for logs to come. */
import type { Statement } from 'better-sqlite3';
import type { NewScore } from '../store.ts';
import type { Connection } from './connection.ts';
import { FindLog } from './find-log.ts';
import { Projects } from './projects.ts';
import { scoreColumns } from './score-columns.ts';

export class WriteScores {
  readonly #find: FindLog;
  readonly #projects: Projects;
  readonly #put: Statement;
  readonly #keep: Statement;
  readonly #expire: Statement;
  readonly #name: Statement;
  readonly #clear: Statement;
  /** Names already written to `score_names`. */
  readonly #named = new Set<string>();

  constructor(connection: Connection) {
    this.#find = new FindLog(connection);
    this.#projects = new Projects(connection);
    this.#put = connection.prepare(
      `insert into scores (log, name, source, evaluator, evaluator_version, project, kind, number, category, reason, duration_ms, at_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict do update set kind = excluded.kind, number = excluded.number, category = excluded.category,
         reason = excluded.reason, duration_ms = excluded.duration_ms, at_ms = excluded.at_ms`,
    );
    this.#keep = connection.prepare(
      `insert into waiting_scores (project, log_id, name, source, kind, number, category, reason, at_ms, keep_until_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict do update set kind = excluded.kind, number = excluded.number, category = excluded.category,
         reason = excluded.reason, at_ms = excluded.at_ms, keep_until_ms = excluded.keep_until_ms`,
    );
    this.#expire = connection.prepare('delete from waiting_scores where keep_until_ms < ?');
    this.#name = connection.prepare('insert or ignore into score_names (project, name, kind) values (?, ?, ?)');
    this.#clear = connection.prepare('delete from scores where log = ? and evaluator = ? and evaluator_version = ?');
  }

  /** After a rollback: what was written in it is no more. */
  forget(): void {
    this.#projects.clear();
    this.#named.clear();
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
    for (const { name, value, source, evaluator, evaluatorVersion, reason, durationMs, atMs } of scores) {
      const { kind, number, category } = scoreColumns(value);
      this.#put.run(
        log,
        name,
        source,
        evaluator ?? '',
        evaluatorVersion ?? '',
        project,
        kind,
        number,
        category,
        reason,
        durationMs,
        atMs,
      );
      this.#note(project, name, kind);
    }
  }

  /** Takes back what an evaluator version said of a log, before it says it anew. */
  clear(log: number, evaluator: string, evaluatorVersion: string): void {
    this.#clear.run(log, evaluator, evaluatorVersion);
  }

  #note(project: number, name: string, kind: string): void {
    const key = `${project}\0${kind}\0${name}`;
    if (this.#named.has(key)) return;
    this.#name.run(project, name, kind);
    // Bounded, since names come from callers.
    if (this.#named.size >= 10_000) this.#named.clear();
    this.#named.add(key);
  }
}
