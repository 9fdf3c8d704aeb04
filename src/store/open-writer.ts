/** Opens the writer of a store on the calling thread. Apart from `open.ts`, so that threads that do not write load none of it. */
import type { DatabaseLocation } from './open.ts';
import type { StartedRow } from './sqlite/started.ts';
import { SqliteWriter } from './sqlite/writer.ts';

export type { StartedRow };

/** What the recorder needs of an engine's writer. Every call resolves when its commit is on the disk. */
export type StoreWriter = Pick<SqliteWriter, 'call' | 'serve' | 'finishCheckpoint' | 'close'>;

/** Opens the writer on the calling thread. Throws `store_unusable`. */
export function openWriter(location: DatabaseLocation, onJobs: () => void): StoreWriter {
  return new SqliteWriter(location.path, onJobs);
}
