/**
 * Noting what was removed, for those who hold something derived from it: the word index and the write-ahead log follow by these
 * entries (text-thread.ts, checkpoint-thread.ts), and whoever remembers interned ids, in whatever process, forgets them.
 */
import type { Statement } from 'better-sqlite3';
import { runsOf } from '../runs.ts';
import type { Connection } from './connection.ts';

export class RemovalNotes {
  readonly #note: Statement;

  constructor(connection: Connection) {
    this.#note = connection.prepare('insert into removals (first, last) values (?, ?)');
  }

  /** Logs that are gone, or whose bodies are. */
  logs(seqs: readonly number[]): void {
    for (const [first, last] of runsOf(seqs)) this.#note.run(first, last);
  }

  /** An interned value is gone, and no log with it: a run of no logs. */
  value(): void {
    this.#note.run(0, -1);
  }
}

/** Tells whether anything was removed since it was last asked, by whatever process; to be asked in a transaction or a snapshot. */
export function removalWatch(connection: Connection): () => boolean {
  const last = connection.prepare('select coalesce(max(id), 0) from removals').pluck();
  let seen = last.get() as number;
  return () => {
    const now = last.get() as number;
    const isNew = now !== seen;
    seen = now;
    return isNew;
  };
}
