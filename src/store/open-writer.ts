/** Opens the writer of a store on the calling thread. Apart from `open.ts`, so that threads that do not write load none of it. */
import type { DatabaseLocation } from './open.ts';
import type { SqliteWriter } from './sqlite/writer.ts';
import type { StartedRow } from './store.ts';

export type { StartedRow };

/** What the recorder needs of an engine's writer. Every call resolves when its commit is on the disk. */
export type StoreWriter = Pick<SqliteWriter, 'call' | 'serve' | 'finishCheckpoint'> & { close(): void | Promise<void> };

export interface WriterOptions {
  /** Names this process among those that share the database. */
  replica: string;
  /** There may be new jobs. */
  onJobs: () => void;
}

/** Opens the writer on the calling thread; only the engine that is used is loaded. Rejects with `store_unusable`. */
export async function openWriter(location: DatabaseLocation, options: WriterOptions): Promise<StoreWriter> {
  if (location.engine === 'postgres') {
    const { PostgresWriter } = await import('./postgres/writer.ts');
    // It has the operations of SQLite's writer by name.
    return PostgresWriter.open(location, options);
  }
  const { SqliteWriter } = await import('./sqlite/writer.ts');
  return new SqliteWriter(location.path, options.onJobs);
}
