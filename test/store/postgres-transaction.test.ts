/** Transactions on a real PostgreSQL: deadlocks, serialization failures, time limits, and what is left of one that failed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { isStoreFailure } from '../../src/store/failure.ts';
import { openPool, type Session, sessionOf } from '../../src/store/postgres/connection.ts';
import { inTransaction } from '../../src/store/postgres/transaction.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { eventually } from '../recording/real-gateway.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

/** Of locks.ts, in the order in which a log that is added takes them. */
const [WAITING_SCORES, NAMES] = [4_757_003, 4_757_006];
const NOW = 1_790_000_000_000;

let server: PostgresServer;
let url: string;
/** Somebody else's. */
let others: Pool;
beforeAll(async () => {
  server = await startPostgres();
  url = await server.createDatabase();
  others = new Pool({ connectionString: url, max: 4 });
  others.on('error', () => {});
  await others.query('create table accounts (id int primary key, balance int not null)');
}, 60_000);
afterAll(async () => {
  await others.end();
  await server.close();
});
beforeEach(async () => {
  await others.query('truncate accounts');
  await others.query('insert into accounts values (1, 0), (2, 0)');
});

function poolOf(size: number, statementTimeoutMs = 20_000): Pool {
  const pool = openPool({ url, size, statementTimeoutMs, pipeline: true });
  onTestFinished(() => pool.end());
  return pool;
}

async function storeHere(): Promise<Store> {
  const store = await openStoreHere(url);
  onTestFinished(() => store.close());
  return store;
}

async function balances(): Promise<number[]> {
  const { rows } = await others.query<{ balance: number }>('select balance from accounts order by id');
  return rows.map(({ balance }) => balance);
}

const add = (session: Session, id: number): Promise<unknown> =>
  session.rows('update accounts set balance = balance + 1 where id = $1', [id]);

it('that lock each other out are all done, each once', { timeout: 60_000 }, async () => {
  const pool = poolOf(4);
  let begun = 0;
  const transfer = (order: number[]): Promise<void> =>
    inTransaction(pool, async (session) => {
      begun += 1;
      await add(session, order[0]!);
      // The other one has its first by now.
      await sleep(100);
      await add(session, order[1]!);
    });
  await Promise.all([transfer([1, 2]), transfer([2, 1])]);
  expect(await balances()).toEqual([2, 2]);
  // One of them was the server's victim.
  expect(begun).toBe(3);
});

it('that read what others write are all done, each once', async () => {
  const pool = poolOf(4);
  let begun = 0;
  const increase = (): Promise<void> =>
    inTransaction(pool, async (session) => {
      begun += 1;
      await session.rows('set transaction isolation level serializable');
      const [row] = await session.rows<{ balance: number }>('select balance from accounts where id = 1');
      await sleep(10);
      await session.rows('update accounts set balance = $1 where id = 1', [row!.balance + 1]);
    });
  await Promise.all(Array.from({ length: 4 }, increase));
  expect(await balances()).toEqual([4, 0]);
  expect(begun).toBeGreaterThan(4);
});

it('give up in the end, and at once where doing it over would not help', async () => {
  const pool = poolOf(1);
  for (const { code, tries } of [
    { code: '40001', tries: 8 },
    { code: '23514', tries: 1 },
  ]) {
    let begun = 0;
    const failing = inTransaction(pool, async (session) => {
      begun += 1;
      await add(session, 1);
      await session.rows(`do $$ begin raise exception 'no' using errcode = '${code}'; end $$`);
    });
    await expect(failing).rejects.toMatchObject({ code });
    expect(begun).toBe(tries);
    // Nothing is left of it, and its connection serves the next.
    expect(await balances()).toEqual([0, 0]);
    expect(await inTransaction(pool, (session) => session.rows('select 1 as one'))).toEqual([{ one: 1 }]);
  }
});

it('leave nothing of what ran out of time, and the store may be tried again', async () => {
  const pool = poolOf(1, 150);
  const slow = inTransaction(pool, async (session) => {
    await add(session, 1);
    await session.rows('select pg_sleep(10)');
  });
  const error = await slow.catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: '57014' });
  expect(isStoreFailure(error)).toBe(true);
  expect(await balances()).toEqual([0, 0]);
  await inTransaction(pool, (session) => add(session, 1));
  expect(await balances()).toEqual([1, 0]);
});

it('whose connection is cut leave nothing, and the pool opens another', async () => {
  const pool = poolOf(1);
  const cut = inTransaction(pool, async (session) => {
    await add(session, 1);
    const [own] = await session.rows<{ pid: number }>('select pg_backend_pid() as pid');
    await others.query('select pg_terminate_backend($1)', [own!.pid]);
    await add(session, 2);
  });
  const error = await cut.catch((failure: unknown) => failure);
  expect(isStoreFailure(error)).toBe(true);
  expect(await balances()).toEqual([0, 0]);
  await inTransaction(pool, (session) => add(session, 2));
  expect(await balances()).toEqual([0, 1]);
});

/** Runs with a transaction of somebody else's. */
async function besides(work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await others.connect();
  try {
    await client.query('begin');
    await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const waits = async (): Promise<boolean> => {
  const rows = await sessionOf(others).rows(
    `select 1 from pg_stat_activity where datname = current_database() and application_name = 'gradeway'
     and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
};

it('of a log that others lock out are done over, and the log is there once', async () => {
  const store = await storeHere();
  const log = newLog({ evaluators: ['judge'] });
  let adding: Promise<unknown> | undefined;
  await besides(async (client) => {
    // The server ends whoever has waited a second; that shall be ours.
    await client.query(`set local deadlock_timeout = '20s'`);
    await client.query('select pg_advisory_xact_lock($1)', [NAMES]);
    adding = store.logs.add([log], NOW);
    await eventually(waits, 'ours waits for the second lock');
    // It holds the first one, and lets go of it only by being ended.
    await client.query('select pg_advisory_xact_lock($1)', [WAITING_SCORES]);
  });
  expect(await adding).toMatchObject({ inserted: 1, jobs: 1 });
  expect((await store.logs.find(DEFAULT_PROJECT.id, log.id))?.id).toBe(log.id);
  expect(await store.jobs.backlog()).toMatchObject({ pending: 1 });
});

it('of questions end at their time, with a plain message, while others hold the tables', async () => {
  const store = await storeHere();
  await store.logs.add([newLog()], NOW);
  const slice = { projectId: DEFAULT_PROJECT.id, filter: { field: 'status', gte: 200 }, fromMs: null, toMs: null };
  await besides(async (client) => {
    await client.query('lock table logs in access exclusive mode');
    const list = store.questions.list({
      ...slice,
      filter: { field: 'status', gte: 200 },
      order: { by: 'startedAtMs', direction: 'desc' },
      after: null,
      offset: 0,
      limit: 10,
      bodies: false,
      timeLimitMs: 300,
    });
    await expect(list).rejects.toMatchObject({ code: 'question_too_large' });
  });
  expect(await store.questions.count({ ...slice, filter: null }, 10_000)).toMatchObject({ complete: true });
});
