/** Calls that run for longer than a second, noted so that a restart can tell which were interrupted. */
import type { Statement } from 'better-sqlite3';
import { isGone } from '../presence.ts';
import type { StartedRow } from '../store.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

export class Started {
  readonly #database: string;
  readonly #add: Statement;
  readonly #remove: Statement;
  readonly #all: Statement;

  constructor(connection: Connection) {
    this.#database = connection.name;
    this.#add = connection.prepare('insert into started (id, replica, log) values (?, ?, ?) on conflict do nothing');
    this.#remove = connection.prepare('delete from started where id = ?');
    this.#all = connection.prepare('select id, replica, log from started');
  }

  add(row: StartedRow): void {
    this.#add.run(bytesOfUuid(row.id), row.replica, row.log);
  }

  remove(id: string): void {
    this.#remove.run(bytesOfUuid(id));
  }

  /** Rows of replicas that are no more. */
  orphans(replica: string): StartedRow[] {
    const rows = this.#all.all() as { id: Buffer; replica: string; log: Buffer }[];
    return rows
      .filter((row) => row.replica !== replica && isGone(this.#database, row.replica))
      .map((row) => ({ ...row, id: uuidOfBytes(row.id) }));
  }
}
