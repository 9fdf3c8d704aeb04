/** Brings a database to the schema of this version. Several replicas may do so at once; a server that just starts is waited for. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { coded, unusable } from './connection.ts';
import { drizzle, migrate, pg } from './drizzle.ts';

const FOLDER = join(import.meta.dirname, '../../../drizzle/postgres');
/** For so long a server may be starting. */
const START_MS = 15_000;
const PAUSE_MS = 250;
const STARTING = /^(ECONNREFUSED|ECONNRESET|57P03|08006)$/;
const LOCK = 4_757_002;
/** Older servers lack what the statements use. */
const OLDEST_SERVER = 150_000;

/** Throws `store_unusable`. */
export async function migrateDatabase(url: string): Promise<void> {
  const untilMs = performance.now() + START_MS;
  for (;;) {
    try {
      return await migrateOnce(url);
    } catch (error) {
      const again = STARTING.test(String((coded(error) as { code?: string }).code)) && performance.now() < untilMs;
      if (!again) throw unusable(url, error);
      await sleep(PAUSE_MS);
    }
  }
}

async function migrateOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, application_name: 'gradeway' });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ version: number; encoding: string }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
    );
    if (rows[0]!.version < OLDEST_SERVER) throw new Error('PostgreSQL is too old: 15 or later is needed');
    if (rows[0]!.encoding !== 'UTF8')
      throw new Error(`The database's encoding is ${rows[0]!.encoding}; it must be UTF8`);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await migrate(drizzle({ client }), { migrationsFolder: FOLDER });
  } finally {
    // Ends the lock, too.
    await client.end();
  }
}
