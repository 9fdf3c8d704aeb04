/** Brings a database file to the schema of this version. Several processes may start at once: one migrates, the others wait. */
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { type Connection, unusable } from './connection.ts';

const FOLDER = join(import.meta.dirname, '../../../drizzle/sqlite');

/** Applies what is missing. Throws `store_unusable`. */
export function migrateSqlite(connection: Connection, path: string): void {
  try {
    migrate(drizzle({ client: connection }), { migrationsFolder: FOLDER });
  } catch (cause) {
    throw unusable(path, (cause as { cause?: unknown }).cause ?? cause);
  }
}
