/** Projects as small integers, for the writer. The default project comes into being when it is first needed. */
import type { Statement } from 'better-sqlite3';
import { DEFAULT_PROJECT } from '../store.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid } from './uuid.ts';

export class Projects {
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #seqs = new Map<string, number>();

  constructor(connection: Connection) {
    this.#find = connection.prepare('select seq from projects where id = ?').pluck();
    this.#insert = connection.prepare('insert into projects (id, name, created_at_ms) values (?, ?, ?)');
  }

  /** Number of a project. Throws RangeError for one that does not exist. */
  seqOf(id: string, nowMs: number): number {
    const known = this.#seqs.get(id);
    if (known !== undefined) return known;
    let seq = this.#find.get(bytesOfUuid(id)) as number | undefined;
    if (seq === undefined) {
      if (id !== DEFAULT_PROJECT.id) throw new RangeError(`There is no project ${id}`);
      seq = this.#insert.run(bytesOfUuid(id), DEFAULT_PROJECT.name, nowMs).lastInsertRowid as number;
    }
    this.#seqs.set(id, seq);
    return seq;
  }

  clear(): void {
    this.#seqs.clear();
  }
}
