/** What a server says of itself, for who is asked whether it will do. Changes nothing. */
import { unusable } from './connection.ts';
import { pg } from './drizzle.ts';
import { assertUsable } from './migrate.ts';
import { connectionOf } from './url.ts';

export interface Inspection {
  /** As in 18.4. */
  version: string;
  /** Whether this connection is encrypted. */
  encrypted: boolean;
  /** Connections that it takes from users like this one. */
  connections: number;
  /** Whether what it says is committed is on the disk. */
  durable: boolean;
  /** Whether it holds tables of Gradeway's. */
  migrated: boolean;
}

/** Throws `store_unusable`. */
export async function inspectPostgres(url: string): Promise<Inspection> {
  const client = new pg.Client({
    ...connectionOf(url),
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    application_name: 'gradeway doctor',
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Inspection & { number: number; encoding: string }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_encoding') as encoding,
         split_part(current_setting('server_version'), ' ', 1) as version,
         coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections,
         current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on' as durable,
         to_regclass('public.log_ids') is not null as migrated`,
    );
    const { number, encoding, ...inspection } = rows[0]!;
    assertUsable({ version: number, encoding });
    return inspection;
  } catch (error) {
    throw unusable(url, error);
  } finally {
    await client.end().catch(() => {});
  }
}
