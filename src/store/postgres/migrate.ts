/** Brings a database to the schema of this version. Several replicas may do so at once; a server that just starts is waited for. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../../errors.ts';
import { coded, unusable } from './connection.ts';
import { drizzle, migrate, pg } from './drizzle.ts';
import { connectionOf } from './url.ts';

const FOLDER = join(import.meta.dirname, '../../../drizzle/postgres');
/** For so long a server may be starting. */
const START_MS = 15_000;
const PAUSE_MS = 250;
const STARTING = /^(ECONNREFUSED|ECONNRESET|57P03|08006 .*(terminated|timeout))/;
const LOCK = 4_757_002;
/** Older servers lack what the statements use. */
const OLDEST_SERVER = 150_000;

interface Server {
  /** As in 150004. */
  version: number;
  encoding: string;
}

/** Throws where a server or its database is not what the statements need. */
export function assertUsable({ version, encoding }: Server): void {
  if (version < OLDEST_SERVER)
    throw new GatewayError('store_unusable', {
      message: `This is PostgreSQL ${Math.floor(version / 10_000)}, and 15 or later is needed.`,
    });
  if (encoding !== 'UTF8')
    throw new GatewayError('store_unusable', {
      message: `The database's encoding is ${encoding}. Create one whose encoding is UTF8.`,
    });
}

/** Throws `store_unusable`, also where the database holds an unfinished copy, unless `forCopy`. */
export async function migrateDatabase(url: string, { forCopy = false } = {}): Promise<void> {
  const untilMs = performance.now() + START_MS;
  for (;;) {
    try {
      return await migrateOnce(url, forCopy);
    } catch (error) {
      const { code, message } = coded(error) as { code?: string; message: string };
      const again = STARTING.test(`${code} ${message}`) && performance.now() < untilMs;
      if (!again) throw unusable(url, error);
      await sleep(PAUSE_MS);
    }
  }
}

async function migrateOnce(url: string, forCopy: boolean): Promise<void> {
  const client = new pg.Client({
    ...connectionOf(url),
    connectionTimeoutMillis: 5000,
    application_name: 'gradeway',
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<Server>(
      `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
    );
    assertUsable(rows[0]!);
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await migrate(drizzle({ client }), { migrationsFolder: FOLDER });
    const copying = await client.query<{ is: boolean }>(`select to_regclass('copying') is not null as is`);
    if (copying.rows[0]!.is && !forCopy)
      throw new GatewayError('store_unusable', {
        message: 'It holds an unfinished copy. Run gradeway copy again, which goes on where it was.',
      });
  } finally {
    // Ends the lock, too.
    await client.end();
  }
}
