/** What replicas on one PostgreSQL know of each other: who lives, and that there are jobs. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { migrateDatabase } from '../../src/store/postgres/migrate.ts';
import { PostgresWriter } from '../../src/store/postgres/writer.ts';
import type { StartedRow } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { eventually } from '../recording/real-gateway.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

const NOW = 1_790_000_000_000;

interface Replica {
  name: string;
  writer: PostgresWriter;
  close(): Promise<void>;
}

async function replicaOn(url: string, onJobs: () => void = () => {}): Promise<Replica> {
  const name = newId();
  const writer = await PostgresWriter.open({ url, poolSize: 6 }, { replica: name, onJobs });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= writer.close());
  onTestFinished(close);
  return { name, writer, close };
}

it('finds the started calls of a replica that is gone, once it has been missed for a while', async () => {
  const url = await server.createDatabase();
  const [one, other] = [await replicaOn(url), await replicaOn(url)];
  const row: StartedRow = { id: newId(), replica: one.name, log: Buffer.from('log') };
  await one.writer.call('start', row);
  const ask = async (seconds: number): Promise<string[]> => {
    const rows: StartedRow[] = await other.writer.call('orphans', other.name, NOW + seconds * 1000);
    return rows.map(({ id }) => id);
  };
  expect(await ask(0)).toEqual([]);
  expect(await ask(100)).toEqual([]);
  await one.close();
  expect(await ask(200)).toEqual([]);
  expect(await ask(219)).toEqual([]);
  expect(await ask(220)).toEqual([row.id]);
  await other.writer.call('ingest', [], [row.id], NOW);
  expect(await ask(221)).toEqual([]);
});

it('does not take a replica for gone whose connections were cut', async () => {
  const url = await server.createDatabase();
  const [one, other] = [await replicaOn(url), await replicaOn(url)];
  await one.writer.call('start', { id: newId(), replica: one.name, log: Buffer.from('log') });
  await server.cutConnections(url);
  expect(await other.writer.call('orphans', other.name, NOW).catch(() => [])).toEqual([]);
  await eventually(async () => (await server.listeners(url)) === 2, 'both listen again');
  expect(await other.writer.call('orphans', other.name, NOW + 100_000)).toEqual([]);
  expect(await other.writer.call('orphans', other.name, NOW + 200_000)).toEqual([]);
});

it('tells the other replicas of jobs, also after its connections were cut', async () => {
  const url = await server.createDatabase();
  let heard = 0;
  const [one] = [await replicaOn(url), await replicaOn(url, () => (heard += 1))];
  await one.writer.call('ingest', [newLog()], [], NOW);
  expect(heard).toBe(0);
  await one.writer.call('ingest', [newLog({ evaluators: ['a'] })], [], NOW);
  await eventually(() => heard === 1, 'told');
  await server.cutConnections(url);
  await eventually(async () => (await server.listeners(url)) === 2, 'both listen again');
  heard = 0;
  await eventually(async () => {
    await one.writer.call('ingest', [newLog({ evaluators: ['a'] })], [], NOW).catch(() => {});
    return heard > 0;
  }, 'told again');
});

it('is migrated by many at once', async () => {
  const url = await server.createDatabase({ empty: true });
  await Promise.all(Array.from({ length: 6 }, () => migrateDatabase(url)));
  const { writer } = await replicaOn(url);
  expect(await writer.call('ingest', [newLog()], [], NOW)).toMatchObject({ inserted: 1 });
});
