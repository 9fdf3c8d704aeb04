/** Whole gateways on a real PostgreSQL: the roles, the command line, and what happens with one call. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../cli/process.ts';
import { call } from '../fakes/http-client.ts';
import { eventually, gatewayIn, readJson, say, scene } from '../recording/real-gateway.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

interface Row {
  data: { gradeway: { scores: { name: string; value: unknown; source: string }[]; evaluations: unknown[] } } | null;
}

it('logs, evaluates, takes scores and tells a webhook, in two roles on one database', { timeout: 60_000 }, async () => {
  const at = await scene();
  const database = await server.createDatabase();
  const gateway = await gatewayIn(at, { database, role: 'gateway' });
  expect(gateway.output()).not.toContain('secret');
  const receiver = await startReceiver();
  const json = { 'content-type': 'application/json' };
  const created = await call(gateway.port, {
    method: 'POST',
    path: '/v1/webhooks',
    headers: json,
    body: JSON.stringify({ destination: receiver.url, config: {} }),
  });
  expect(created.status).toBe(200);
  const said = await say(gateway);
  expect(said.isWhole).toBe(true);
  const read = async (): Promise<Row> => (await readJson(gateway, `/v1/request/${said.requestId}`)).body as Row;
  expect((await read()).data!.gradeway.evaluations).toEqual([]);

  const work = await gatewayIn(at, { database, role: 'work' });
  await eventually(async () => (await read()).data!.gradeway.evaluations.length === 3, 'evaluated');
  await eventually(() => receiver.received.length === 1, 'delivered');
  expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ request_id: said.requestId });
  const scored = await call(gateway.port, {
    method: 'POST',
    path: `/v1/request/${said.requestId}/score`,
    headers: json,
    body: JSON.stringify({ scores: { accuracy: 92 } }),
  });
  expect(scored.status).toBe(201);
  const { scores } = (await read()).data!.gradeway;
  expect(scores.map(({ name, source }) => `${name} ${source}`)).toEqual([
    'accuracy api',
    'answer-length evaluator',
    'ended evaluator',
    'ending evaluator',
  ]);
  expect((await readJson(gateway, '/readyz')).status).toBe(200);
  expect(await gateway.end()).toBe(0);
  expect(await work.end()).toBe(0);
});

it('is what every command works with, and none shows the password', { timeout: 60_000 }, async () => {
  const at = await scene();
  const database = await server.createDatabase({ empty: true });
  const env = { GRADEWAY_DATABASE_URL: database, GRADEWAY_DATABASE_POOL_SIZE: '8' };
  const before = await run(at.folder, ['doctor'], env);
  expect(before).toMatchObject({ code: 0, stderr: '' });
  expect(before.stdout).toMatch(
    /^database\.url +postgres:\/\/gradeway:\*\*\*@127\.0\.0\.1:\d+\/test_\d+ +GRADEWAY_DATABASE_URL$/m,
  );
  expect(before.stdout).toMatch(/^database\.poolSize +8 +GRADEWAY_DATABASE_POOL_SIZE$/m);
  expect(before.stdout).toMatch(/^ok +PostgreSQL 1\d\S+, not encrypted; the database is empty/m);
  expect(before.stdout).toMatch(/^ok +the server takes 197 connections: 24 processes with a poolSize of 8$/m);
  expect(before.stdout).toMatch(/^warning +the server runs with fsync/m);

  const migrated = await run(at.folder, ['migrate'], env);
  expect(migrated).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^postgres:\/\/gradeway:\*\*\*@.* is up to date\.\n$/),
  });
  const created = await run(at.folder, ['keys', 'create', '--project', 'p', '--scope', 'ingest,read'], env);
  expect(created.code).toBe(0);
  const listed = await run(at.folder, ['keys', 'list'], env);
  expect(listed.stdout).toContain('ingest,read');
  const after = await run(at.folder, ['doctor'], env);
  expect(after.stdout).toMatch(/^ok +1 of 1 keys are valid/m);
  for (const { stdout, stderr } of [before, migrated, created, listed, after])
    expect(stdout + stderr).not.toContain('secret');
});

/** PostgreSQL 14, as far as it says of itself: its own function is found behind this one. */
async function makeOld(url: URL): Promise<void> {
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`create schema older`);
  await client.query(`create function older.current_setting(text) returns text language sql as
    $$ select case $1 when 'server_version_num' then '140011' else pg_catalog.current_setting($1) end $$`);
  await client.query(`alter database ${url.pathname.slice(1)} set search_path = older, pg_catalog, public`);
  await client.end();
}

it.each<{ name: string; change: (url: URL) => unknown; says: RegExp }>([
  {
    name: 'a server that is too old',
    change: makeOld,
    says: /This is PostgreSQL 14, and 15 or later is needed/,
  },
  {
    name: 'an encoding that cannot hold all texts',
    async change(url) {
      const client = new Client({ connectionString: url.href });
      await client.connect();
      await client.query(`create database latin encoding 'LATIN1' locale 'C' template template0`);
      await client.end();
      url.pathname = '/latin';
    },
    says: /encoding is LATIN1\. Create one whose encoding is UTF8/,
  },
  {
    name: 'a wrong password',
    change: (url: URL) => (url.password = 'canary'),
    says: /password authentication failed.*Check user and password/,
  },
  {
    name: 'a database that is not there',
    change: (url: URL) => (url.pathname = '/nowhere'),
    says: /"nowhere" does not exist.*createdb/,
  },
  {
    name: 'a host that is not there',
    change: (url: URL) => (url.hostname = 'nowhere.invalid'),
    says: /nowhere\.invalid.*There is no host of this name/,
  },
  {
    name: 'a port where nothing listens',
    change: (url: URL) => (url.port = '1'),
    says: /ECONNREFUSED.*Check that PostgreSQL runs there/,
  },
  {
    name: 'TLS that the server does not have',
    change: (url: URL) => url.searchParams.set('sslmode', 'require'),
    says: /does not support SSL.*Remove sslmode/,
  },
])('ends with 69 and says what to do about $name', { timeout: 60_000 }, async ({ change, says }) => {
  const at = await scene();
  const url = new URL(await server.createDatabase());
  await change(url);
  for (const command of [['doctor'], ['keys', 'list']]) {
    // Elsewhere a server that is just starting is waited for.
    if (url.port === '1' && command[0] !== 'doctor') continue;
    const { code, stdout, stderr } = await run(at.folder, command, { GRADEWAY_DATABASE_URL: url.href });
    expect({ command, code }).toEqual({ command, code: 69 });
    expect(stdout + stderr).toMatch(says);
    expect(stdout + stderr).not.toMatch(/canary|secret|^\s+at /m);
  }
});
