/** The settings and the store, as every command takes them from its surroundings. */
import { type Config, loadConfig } from '../../config.ts';
import { TEXT_READER } from '../../providers/text-reader.ts';
import { openStore, parseDatabaseUrl } from '../../store/open.ts';
import type { Store } from '../../store/store.ts';

/** The effective settings. Throws `invalid_setting`. */
export function settingsHere(): Config {
  return loadConfig({ env: process.env, cwd: process.cwd() });
}

/** Runs with the store open and closes it whatever happens. Creates and migrates the database. */
export async function withStore<T>(config: Config, run: (store: Store) => Promise<T>): Promise<T> {
  const { url, poolSize } = config.database;
  const store = await openStore(parseDatabaseUrl(url, process.cwd(), poolSize), { textReader: TEXT_READER });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}
