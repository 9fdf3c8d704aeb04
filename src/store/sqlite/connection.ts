/**
 * One connection to the database file, with the pragmas that durability rests on set explicitly and checked.
 * Who may write, and on which thread, is decided by those who open it.
 */
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { GatewayError } from '../../errors.ts';

export type Connection = Database.Database;

/** SQLite before 3.51.3 could corrupt a WAL that two connections checkpoint (fixed upstream in that release). */
const OLDEST_SQLITE = [3, 51, 3];

/**
 * How long a statement waits for another process's lock. On the writer this is also how long a commit can be held up
 * before its logs go to the spool.
 */
const BUSY_TIMEOUT_MS = 1000;

export interface ConnectionOptions {
  readonly?: boolean;
  /** Reads everything once, in order: pages need not be kept. */
  once?: boolean;
}

/** Opens the file, creating it and its folder where `readonly` is not set. Throws `store_unusable` with what to do. */
export function openConnection(path: string, options: ConnectionOptions = {}): Connection {
  let connection: Connection | undefined;
  try {
    if (!options.readonly) createFile(path);
    connection = new Database(path, { readonly: options.readonly ?? false, timeout: BUSY_TIMEOUT_MS });
    checkVersion(connection);
    if (!options.readonly) {
      // Larger pages write fewer of them per batch; only a new file takes this (measured: 17 % more rows per second).
      connection.pragma('page_size = 8192');
      connection.pragma('journal_mode = WAL');
      // A commit is on the disk when it returns. Group commit makes this affordable.
      connection.pragma('synchronous = FULL');
      // What is removed is overwritten, on whatever page it was.
      connection.pragma('secure_delete = ON');
      // Checkpoints inside a commit stalled it for up to 350 ms; `checkpoint-thread.ts` does them on another thread.
      connection.pragma('wal_autocheckpoint = 0');
    }
    connection.pragma('mmap_size = 0');
    connection.pragma(`cache_size = ${options.once ? -4096 : -65_536}`);
    connection.pragma('temp_store = MEMORY');
    if (!options.readonly && connection.pragma('synchronous', { simple: true }) !== 2)
      throw new Error('SQLite did not accept synchronous = FULL');
    return connection;
  } catch (cause) {
    connection?.close();
    throw unusable(path, cause);
  }
}

/** The error for a file that cannot be opened, read or migrated, with what to do about it. */
export function unusable(path: string, cause: unknown): GatewayError {
  if (cause instanceof GatewayError) return cause;
  const { code = '', message } = cause as { code?: string; message: string };
  const advice =
    /NOTADB|CORRUPT/.test(code) || /malformed|not a database/.test(message)
      ? 'It is damaged or not an SQLite database. Move it away (Gradeway then starts a new one) or put a backup in its place.'
      : /CANTOPEN|READONLY|EACCES|EPERM|ENOENT|ENOTDIR|EROFS/.test(code)
        ? 'Check that this user may read and write the file and its folder.'
        : /BUSY|LOCKED/.test(code)
          ? 'Another program holds it locked. End that program, or set GRADEWAY_DATABASE_URL to another file.'
          : /FULL/.test(code)
            ? 'The disk is full. Free some space and start again.'
            : 'Check GRADEWAY_DATABASE_URL.';
  return new GatewayError('store_unusable', { message: `${path}: ${message}. ${advice}`, cause });
}

/** Bodies and hashes of keys are nobody else's to read; SQLite gives its other files the mode of this one. */
function createFile(path: string): void {
  createFolder(dirname(path));
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
}

/** Node's recursive mkdir never returns where a file system answers ENOENT to everything, as /proc does. */
function createFolder(path: string): void {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error;
    }
  }
}

function checkVersion(connection: Connection): void {
  const version = connection.prepare('select sqlite_version()').pluck().get() as string;
  const parts = version.split('.').map(Number);
  for (const [index, least] of OLDEST_SQLITE.entries()) {
    const part = parts[index] ?? 0;
    if (part > least) return;
    if (part < least)
      throw new GatewayError('store_unusable', {
        message: `SQLite ${version} is too old: ${OLDEST_SQLITE.join('.')} or later is needed. Run npm ci again.`,
      });
  }
}
