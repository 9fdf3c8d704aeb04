/** Opens a database for writing and brings it to the schema of this version. Several processes may do so at once. */
import { join } from 'node:path';
import { type Connection, openConnection, unusable } from './connection.ts';
import { drizzle, migrate } from './drizzle.ts';

const FOLDER = join(import.meta.dirname, '../../../drizzle/sqlite');
/** For so long, who came second waits for who came first. */
const RACE_MS = 2000;
const PAUSE_MS = 50;

/**
 * Throws `store_unusable`. Where another process creates or migrates the same file at this moment, it is tried again: the
 * busy timeout covers neither the switch to WAL nor two that both found no tables.
 */
export function openMigrated(path: string): Connection {
  const untilMs = performance.now() + RACE_MS;
  for (;;) {
    try {
      return openOnce(path);
    } catch (error) {
      if (performance.now() > untilMs || !isRace(error)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}

function openOnce(path: string): Connection {
  const connection = openConnection(path);
  try {
    migrate(drizzle({ client: connection }), { migrationsFolder: FOLDER });
    return connection;
  } catch (cause) {
    connection.close();
    throw unusable(path, (cause as { cause?: unknown }).cause ?? cause);
  }
}

function isRace(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return /BUSY|LOCKED/.test(cause?.code ?? '') || /already exists|UNIQUE constraint/.test(cause?.message ?? '');
}
