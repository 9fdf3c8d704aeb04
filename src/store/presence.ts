/**
 * Which replicas live: each holds a lock on a file of its own beside the database, `<database>.<replica>.lock`, which the
 * kernel lets go however the process ends. Pids would not do: another process may have got the number, and two
 * containers that share a volume do not see each other's. The lock is SQLite's own, since Node has none.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import Database from 'better-sqlite3';

export class Presence {
  readonly #path: string;
  readonly #held: Database.Database;

  /** Says that this replica lives, and tidies up after those that do not. Throws what SQLite throws where the file cannot be made. */
  constructor(database: string, replica: string) {
    // Nobody else makes it where the database is a server's.
    mkdirSync(dirname(database), { recursive: true });
    for (const other of replicasBeside(database)) isGone(database, other);
    this.#path = lockPath(database, replica);
    this.#held = lock(this.#path);
  }

  close(): void {
    this.#held.close();
    rmSync(this.#path, { force: true });
  }
}

/** Whether a replica is no more. Removes what it left of its lock. */
export function isGone(database: string, replica: string): boolean {
  const path = lockPath(database, replica);
  if (!existsSync(path)) return true;
  try {
    lock(path).close();
  } catch {
    return false;
  }
  rmSync(path, { force: true });
  return true;
}

/** Replicas that have, or had, a lock beside a database. */
export function replicasBeside(database: string): string[] {
  const prefix = `${basename(database)}.`;
  return readdirSync(dirname(database))
    .filter((name) => name.startsWith(prefix) && name.endsWith('.lock'))
    .map((name) => name.slice(prefix.length, -'.lock'.length));
}

function lock(path: string): Database.Database {
  const connection = new Database(path, { timeout: 0 });
  try {
    // Nothing is ever written, so there is nothing for a journal to hold.
    connection.pragma('journal_mode = memory');
    connection.exec('begin exclusive');
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function lockPath(database: string, replica: string): string {
  return `${database}.${replica}.lock`;
}
