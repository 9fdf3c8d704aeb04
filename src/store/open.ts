/** Opens a store by its URL. Which engine it is on is known here and nowhere above. */
import { resolve } from 'node:path';
import { GatewayError } from '../errors.ts';
import { sqliteStore } from './sqlite/client.ts';
import { startReader, startWriter, stopThread } from './sqlite/threads.ts';
import type { Store } from './store.ts';

export interface DatabaseLocation {
  engine: 'sqlite';
  /** Absolute path of the file. */
  path: string;
}

/** Reads `sqlite:./data/gradeway.db` or `sqlite:/absolute/path`. Throws `invalid_setting`. */
export function parseDatabaseUrl(url: string, cwd: string): DatabaseLocation {
  const [scheme, ...rest] = url.split(':');
  const path = rest.join(':').replace(/^\/\/(?=\/)/, '');
  if (scheme !== 'sqlite' || path === '')
    throw new GatewayError('invalid_setting', {
      message: `GRADEWAY_DATABASE_URL is "${redacted(url)}"; it must be sqlite:<path of a file>, such as sqlite:./data/gradeway.db.`,
    });
  return { engine: 'sqlite', path: resolve(cwd, path) };
}

/** Opens a store for a command that does not proxy: its own writer and reader. Creates and migrates the database. */
export async function openStore(location: DatabaseLocation): Promise<Store> {
  const writer = await startWriter(location.path);
  const reader = startReader(location.path);
  return sqliteStore({
    writer,
    reader,
    close: async () => {
      await stopThread(reader);
      await stopThread(writer);
    },
  });
}

/** Without what may be a password. */
function redacted(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}
