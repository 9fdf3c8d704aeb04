/** What the store on PostgreSQL does when the server cannot, or will not, do what it is asked at once. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { isStoreFailure } from '../../src/store/failure.ts';
import { DEFAULT_PROJECT, type NewScore, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

async function storeOn(url: string, options: { poolSize?: number } = {}): Promise<Store> {
  const store = await openStoreHere(url, options);
  onTestFinished(() => store.close());
  return store;
}

async function clientOf(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function countOf(client: Client, text: string): Promise<number> {
  return Number((await client.query<{ count: string }>(`select count(*) ${text}`)).rows[0]!.count);
}

const score = (name: string, value: number): NewScore => ({
  name,
  value,
  source: 'api',
  reason: null,
  evaluator: null,
  evaluatorVersion: null,
  durationMs: null,
  atMs: NOW,
});

const list = (store: Store, timeLimitMs = 10_000): Promise<{ logs: { id: string }[] }> =>
  store.questions.list({
    projectId: PROJECT,
    filter: { score: 'fit', gte: 0 },
    fromMs: null,
    toMs: null,
    order: { by: 'startedAtMs', direction: 'desc' },
    after: null,
    offset: 0,
    limit: 1000,
    bodies: false,
    timeLimitMs,
  });

describe('a pool with more asked of it than it has connections', () => {
  it('lets callers wait for their turn, and holds no more connections', { timeout: 60_000 }, async () => {
    const url = await server.createDatabase();
    const store = await storeOn(url);
    const watcher = await clientOf(url);
    const logs = Array.from({ length: 150 }, () => newLog({ evaluators: ['judge'] }));
    let most = 0;
    const state = { over: false };
    const watching = (async () => {
      while (!state.over)
        most = Math.max(
          most,
          await countOf(
            watcher,
            'from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
          ),
        );
    })();
    await Promise.all(
      logs.map(async (log) => {
        await Promise.all([
          store.logs.add([log], NOW),
          store.scores.put(PROJECT, log.id, [score('fit', 1)], NOW + 1),
          list(store),
          store.jobs.claim({ evaluators: ['other'], limit: 10, nowMs: NOW, leaseUntilMs: NOW + 1 }),
        ]);
      }),
    );
    state.over = true;
    await watching;
    // A listener, one of ingest's, one of all else that is written, two of questions.
    expect(most).toBeLessThanOrEqual(5);
    expect(await list(store)).toMatchObject({ logs: { length: 150 } });
    expect(await store.jobs.backlog()).toMatchObject({ pending: 150 });
  });

  it('goes on with those that a server grants it, and what was refused can be tried again', async () => {
    const url = new URL(await server.createDatabase({ empty: true }));
    const owner = await clientOf(url.href);
    await owner.query(`create role limited login password 'secret' connection limit 5`);
    await owner.query(`alter database ${url.pathname.slice(1)} owner to limited`);
    url.username = 'limited';
    // Would hold nine connections in all.
    const store = await storeOn(url.href, { poolSize: 14 });
    const failures: unknown[] = [];
    /** As who keeps logs does. */
    const add = async (log: ReturnType<typeof newLog>): Promise<void> => {
      for (;;) {
        try {
          await store.logs.add([log], NOW);
          return;
        } catch (error) {
          failures.push((error as { cause: unknown }).cause);
        }
      }
    };
    const ask = (): Promise<unknown> => list(store).catch((error: { cause: unknown }) => failures.push(error.cause));
    await Promise.all(Array.from({ length: 60 }, () => [add(newLog({ evaluators: ['judge'] })), ask()]).flat());
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.filter((failure) => !isStoreFailure(failure))).toEqual([]);
    expect(failures).toContainEqual(expect.objectContaining({ code: '53300' }));
    expect(await store.jobs.backlog()).toMatchObject({ pending: 60 });
    expect(await countOf(owner, 'from logs')).toBe(60);
  });
});

/** Refuses the first writes to a table as PostgreSQL does when transactions have met; a sequence is not rolled back. */
const FAULTY = (table: string, code: string): string => `
  create sequence refusals;
  create function refuse() returns trigger language plpgsql as
    $$ begin
      if nextval('refusals') <= 3 then raise exception 'met' using errcode = '${code}'; end if;
      return coalesce(new, old);
    end $$;
  create trigger refuse before insert or update or delete on ${table} for each row execute function refuse();`;

describe('what meets another transaction', () => {
  it.each<{ name: string; code: string; table: string; write: (store: Store, id: string) => Promise<unknown> }>([
    {
      name: 'adding a log',
      code: '40P01',
      table: 'jobs',
      write: (store) => store.logs.add([newLog({ evaluators: ['judge'] })], NOW),
    },
    {
      name: 'putting a score',
      code: '40001',
      table: 'scores',
      write: (store, id) => store.scores.put(PROJECT, id, [score('fit', 2)], NOW + 1),
    },
    {
      name: 'putting a score for a log to come',
      code: '40P01',
      table: 'waiting_scores',
      write: (store) => store.scores.put(PROJECT, newId(), [score('fit', 2)], NOW + 1),
    },
    {
      name: 'completing a job',
      code: '40001',
      table: 'evaluations',
      async write(store) {
        const jobs = await store.jobs.claim({ evaluators: ['judge'], limit: 1, nowMs: NOW, leaseUntilMs: NOW + 1 });
        const scores = [{ name: 'fit', value: 3, reason: null }];
        const outcome = { outcome: 'scored', scores, durationMs: 1, printed: '' } as const;
        const rest = { evaluatorVersion: 'v1', atMs: NOW, retryAtMs: undefined, dead: false };
        expect(await store.jobs.complete(jobs.map((job) => ({ job, outcome, ...rest })))).toEqual({ fenced: 0 });
      },
    },
    {
      name: 'claiming a job',
      code: '40P01',
      table: 'jobs',
      async write(store) {
        const jobs = await store.jobs.claim({ evaluators: ['judge'], limit: 9, nowMs: NOW, leaseUntilMs: NOW + 1 });
        expect(jobs).toMatchObject([{ attempt: 1, token: 1 }]);
      },
    },
    {
      name: 'setting a property',
      code: '40001',
      table: 'log_properties',
      write: (store, id) => store.edits.setProperty(PROJECT, id, 'team', 'red', NOW),
    },
    {
      name: 'removing a log',
      code: '40P01',
      table: 'blocks',
      write: (store, id) => store.removals.removeLogs(PROJECT, [id], removalAct()),
    },
  ])('$name is done over after $code, and has its effect once', async ({ code, table, write }) => {
    const [faulty, calm] = [await server.createDatabase(), await server.createDatabase()];
    const states: unknown[] = [];
    for (const url of [calm, faulty]) {
      const store = await storeOn(url);
      const client = await clientOf(url);
      const log = newLog({ evaluators: ['judge'] });
      await store.logs.add([log], NOW);
      await store.scores.put(PROJECT, log.id, [score('fit', 1)], NOW + 1);
      if (url === faulty) await client.query(FAULTY(table, code));
      await write(store, log.id);
      const of = async (text: string): Promise<unknown> => (await client.query(text)).rows;
      states.push([
        await of('select status from logs'),
        await of('select evaluator, state, attempt, token from jobs order by id'),
        await of('select number, superseded from scores order by number'),
        await of('select outcome, attempt from evaluations'),
        await of('select p.name, p.value from log_properties join properties p on p.id = property order by 1, 2'),
        await of('select name, number from waiting_scores'),
        await of('select what, old_number, new_number, new_category from changes order by seq'),
        await of('select count(*) from blocks'),
      ]);
    }
    expect(states[1]).toEqual(states[0]);
    const { rows } = await (await clientOf(faulty)).query('select last_value > 3 as enough from refusals');
    expect(rows).toEqual([{ enough: true }]);
  });
});
