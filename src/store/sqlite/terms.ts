/** Interned texts: names and values of properties as small integers. Only the writer assigns them. */
import type { Statement } from 'better-sqlite3';
import type { Connection } from './connection.ts';

/** Texts remembered in memory; beyond it the oldest half is forgotten and looked up again when needed. */
const REMEMBERED = 50_000;

export class Terms {
  readonly #insert: Statement;
  readonly #find: Statement;
  #ids = new Map<string, number>();

  constructor(connection: Connection) {
    this.#insert = connection.prepare('insert into terms (text) values (?)');
    this.#find = connection.prepare('select id from terms where text = ?').pluck();
  }

  /** The id of a text, assigned on first sight. Must be called inside a transaction. */
  idOf(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = (this.#find.get(text) as number | undefined) ?? (this.#insert.run(text).lastInsertRowid as number);
    if (this.#ids.size >= REMEMBERED) this.#ids = new Map([...this.#ids].slice(REMEMBERED / 2));
    this.#ids.set(text, id);
    return id;
  }

  /** After a rollback: ids assigned in it are no more. */
  clear(): void {
    this.#ids.clear();
  }
}
