/**
 * The file of the word index, `<database>.text`: segments (store/text/segment.ts) that cover all logs up to a number. It is
 * derived: one that is damaged, of another version or of another database is thrown away and made again. Apart from the
 * database so that writing it holds up no commit.
 */
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { StoredSegment } from '../text/segment.ts';
import type { Connection } from './connection.ts';

/** Grows when texts, words or the form of segments change. */
const VERSION = 1;

/** A log that a segment was made from: in another database that number has another id. */
export interface Witness {
  seq: number;
  id: Uint8Array;
}

export interface SegmentRow {
  /** Never used again: what is written anew has another one. */
  id: number;
  first: number;
  width: number;
  words: number;
}

export const SEGMENT_COLUMNS = 'id, first, width, words';

export function textPath(database: string): string {
  return `${database}.text`;
}

/** Opens the file for writing, a new one where there is none that can be used. */
export function openTextFile(path: string): Connection {
  try {
    return openUsable(path);
  } catch (error) {
    if (
      !/CORRUPT|NOTADB|malformed|not a database|version/.test(`${(error as { code?: string }).code} ${String(error)}`)
    )
      throw error;
    for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
    return openUsable(path);
  }
}

function openUsable(path: string): Connection {
  // Nobody else's to read, as the database is.
  closeSync(openSync(path, 'a', 0o600));
  const connection = new Database(path, { timeout: 5000 });
  try {
    connection.pragma('page_size = 8192');
    connection.pragma('journal_mode = WAL');
    // What a crash takes from it is made again.
    connection.pragma('synchronous = NORMAL');
    connection.pragma('secure_delete = ON');
    connection.pragma('cache_size = -16384');
    const version = connection.pragma('user_version', { simple: true });
    if (version !== 0 && version !== VERSION) throw new Error('another version');
    connection.exec(
      `begin immediate;
       create table if not exists segments (
         id integer primary key autoincrement, first integer not null unique, width integer not null, words integer not null,
         vocabulary blob not null, marks blob not null, witness_seq integer not null, witness_id blob not null);
       create table if not exists chunks (segment integer not null, first_word integer not null, bytes blob not null,
         primary key (segment, first_word));
       create table if not exists state (id integer primary key, indexed_up_to integer not null, purged_up_to integer not null);
       insert or ignore into state values (1, 0, 0);
       pragma user_version = ${VERSION};
       commit;`,
    );
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Opens the file for reading; undefined where there is none yet, or none that can be used. */
export function readTextFile(path: string): Connection | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  let connection: Connection | undefined;
  try {
    connection = new Database(path, { readonly: true, timeout: 5000 });
    if (connection.pragma('user_version', { simple: true }) === VERSION) return connection;
  } catch {
    // It is about to be made again.
  }
  connection?.close();
  return undefined;
}

/** Which file it is: one that was thrown away has the path, and not the inode, of the next. */
export function fileIdentity(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** What is written and read of the file by whoever writes it. */
export function segmentStatements(connection: Connection) {
  const insert = connection.prepare(
    'insert into segments (first, width, words, vocabulary, marks, witness_seq, witness_id) values (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertChunk = connection.prepare('insert into chunks (segment, first_word, bytes) values (?, ?, ?)');
  const remove = connection.prepare('delete from segments where id = ?');
  const removeChunks = connection.prepare('delete from chunks where segment = ?');
  const one = connection.prepare('select first, width, words, vocabulary, marks from segments where id = ?');
  const chunks = connection.prepare(
    'select first_word as firstWord, bytes from chunks where segment = ? order by first_word',
  );
  const list = connection.prepare(`select ${SEGMENT_COLUMNS}, witness_seq, witness_id from segments order by first`);
  return {
    list: () =>
      (list.all() as (SegmentRow & { witness_seq: number; witness_id: Uint8Array })[]).map(
        ({ witness_seq, witness_id, ...row }) => ({ ...row, witness: { seq: witness_seq, id: witness_id } }),
      ),
    /** Undefined where another process has joined or purged it meanwhile. */
    get(id: number): StoredSegment | undefined {
      const row = one.get(id) as Omit<StoredSegment, 'chunks'> | undefined;
      return row && { ...row, chunks: chunks.all(id) as StoredSegment['chunks'] };
    },
    put(segment: StoredSegment, witness: Witness): void {
      const { first, width, words, vocabulary, marks } = segment;
      const id = insert.run(first, width, words, vocabulary, marks, witness.seq, witness.id).lastInsertRowid;
      for (const chunk of segment.chunks) insertChunk.run(id, chunk.firstWord, chunk.bytes);
    },
    remove(id: number): void {
      removeChunks.run(id);
      remove.run(id);
    },
  };
}
