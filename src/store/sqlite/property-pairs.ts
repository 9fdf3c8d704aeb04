/** Interned properties: each name = value of a project as one small integer. Only the writer assigns them. */
import type { Statement } from 'better-sqlite3';
import type { Connection } from './connection.ts';

/** Pairs remembered in memory; beyond it the older half is forgotten and looked up again when needed. */
const REMEMBERED = 50_000;

export class PropertyPairs {
  readonly #insert: Statement;
  readonly #find: Statement;
  #ids = new Map<string, number>();

  constructor(connection: Connection) {
    this.#insert = connection.prepare('insert into properties (project, name, value) values (?, ?, ?)');
    this.#find = connection.prepare('select id from properties where project = ? and name = ? and value = ?').pluck();
  }

  /** The id of a pair, assigned on first sight. Must be called inside a transaction. */
  idOf(project: number, name: string, value: string): number {
    // Names hold no NUL: the recorder replaces it.
    const key = `${project}\0${name}\0${value}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const found = this.#find.get(project, name, value) as number | undefined;
    const id = found ?? (this.#insert.run(project, name, value).lastInsertRowid as number);
    if (this.#ids.size >= REMEMBERED) this.#ids = new Map([...this.#ids].slice(REMEMBERED / 2));
    this.#ids.set(key, id);
    return id;
  }

  /** A pair is removed. */
  forget(project: number, name: string, value: string): void {
    this.#ids.delete(`${project}\0${name}\0${value}`);
  }

  /** After a rollback: ids assigned in it are no more. */
  clear(): void {
    this.#ids.clear();
  }
}
