/** Interned names of what is measured, and of who scores: each as one small integer. Only the writer assigns them. */
import type { Statement } from 'better-sqlite3';
import type { ScoreKind } from '../../model/score.ts';
import type { Connection } from './connection.ts';

/** What a measure is of: a score, a number that every log has, how an evaluator's looks ended. */
export type Measured = 'score' | 'log' | 'outcomes';

/** Ids remembered in memory; beyond it all are forgotten and looked up again, since names come from callers. */
const REMEMBERED = 10_000;

export class Measures {
  readonly #findMeasure: Statement;
  readonly #addMeasure: Statement;
  readonly #findOrigin: Statement;
  readonly #addOrigin: Statement;
  readonly #ids = new Map<string, number>();

  constructor(connection: Connection) {
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#findMeasure = prepare(
      'select id from measures where project = ? and what = ? and name = ? and kind = ?',
    ).pluck();
    this.#addMeasure = prepare('insert into measures (project, what, name, kind) values (?, ?, ?, ?)');
    this.#findOrigin = prepare(
      'select id from origins where project = ? and source = ? and evaluator = ? and version = ?',
    ).pluck();
    this.#addOrigin = prepare('insert into origins (project, source, evaluator, version) values (?, ?, ?, ?)');
  }

  /** The id of a measure, assigned on first sight. Must be called inside a transaction. */
  idOf(project: number, what: Measured, name: string, kind: ScoreKind): number {
    return this.#known(this.#findMeasure, this.#addMeasure, [project, what, name, kind]);
  }

  /** The id of who scores; evaluator and version are empty where no evaluator does. */
  originOf(project: number, source: string, evaluator: string, version: string): number {
    return this.#known(this.#findOrigin, this.#addOrigin, [project, source, evaluator, version]);
  }

  /** After a rollback: ids assigned in it are no more. */
  clear(): void {
    this.#ids.clear();
  }

  #known(find: Statement, add: Statement, columns: [number, string, string, string]): number {
    // Whether it is a measure or an origin is told by the second: no source is called as a measure is.
    const key = JSON.stringify(columns);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = (find.get(columns) as number | undefined) ?? (add.run(columns).lastInsertRowid as number);
    if (this.#ids.size >= REMEMBERED) this.#ids.clear();
    this.#ids.set(key, id);
    return id;
  }
}
