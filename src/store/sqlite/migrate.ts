/** Brings a database file to the schema of this version. Several processes may start at once: one migrates, the others wait. */
import { join } from 'node:path';
import { type Connection, unusable } from './connection.ts';
import { drizzle, migrate } from './drizzle.ts';

const FOLDER = join(import.meta.dirname, '../../../drizzle/sqlite');

/** Applies what is missing. Throws `store_unusable`. */
export function migrateSqlite(connection: Connection, path: string): void {
  try {
    migrate(drizzle({ client: connection }), { migrationsFolder: FOLDER });
  } catch (cause) {
    throw unusable(path, (cause as { cause?: unknown }).cause ?? cause);
  }
}
