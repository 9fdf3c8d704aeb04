/** Calls that run for longer than a second, noted so that a restart can tell which were interrupted. */
import type { Statement } from 'better-sqlite3';
import { isGone } from '../running-process.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

export interface StartedRow {
  id: string;
  pid: number;
  /** Tells two processes apart that had the same pid, as the first process of every container has. */
  instance: string;
  /** The log that it becomes if the process dies, as the recorder serialised it. */
  log: Uint8Array;
}

export class Started {
  readonly #add: Statement;
  readonly #remove: Statement;
  readonly #all: Statement;

  constructor(connection: Connection) {
    this.#add = connection.prepare(
      'insert into started (id, pid, instance, exchange) values (?, ?, ?, ?) on conflict do nothing',
    );
    this.#remove = connection.prepare('delete from started where id = ?');
    this.#all = connection.prepare('select id, pid, instance, exchange as log from started');
  }

  add(row: StartedRow): void {
    this.#add.run(bytesOfUuid(row.id), row.pid, row.instance, row.log);
  }

  remove(id: string): void {
    this.#remove.run(bytesOfUuid(id));
  }

  /** Rows of processes that do not run any more on this machine; an SQLite file has its writers on one machine. */
  orphans(instance: string): StartedRow[] {
    const rows = this.#all.all() as { id: Buffer; pid: number; instance: string; log: Buffer }[];
    return rows.filter((row) => isGone(row, instance)).map((row) => ({ ...row, id: uuidOfBytes(row.id) }));
  }
}
