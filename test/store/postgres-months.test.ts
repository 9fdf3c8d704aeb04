/** Months of logs on PostgreSQL: dropped with their tables, and nothing else is different from removing log by log. */
import { Client, type Pool } from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { RetentionRun } from '../../src/compose/retention.ts';
import { newId } from '../../src/model/id.ts';
import { readTexts } from '../../src/providers/log-texts.ts';
import type { KeptFrom } from '../../src/store/removals.ts';
import { openPool } from '../../src/store/postgres/connection.ts';
import { FoldBatch } from '../../src/store/postgres/fold-batch.ts';
import { TextIndexer } from '../../src/store/postgres/text-indexer.ts';
import { DEFAULT_PROJECT, type NewLog, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { newWebhook } from './webhook-contract.ts';

const PROJECT = DEFAULT_PROJECT.id;
const [JANUARY, FEBRUARY, MARCH] = [0, 1, 2].map((month) => Date.UTC(2026, month)) as [number, number, number];
const NOW = MARCH + 20 * 86_400_000;
const MONTHS = [JANUARY, FEBRUARY, MARCH];

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

interface Place {
  store: Store;
  pool: Pool;
  other: string;
  rows: (text: string) => Promise<Record<string, unknown>[]>;
  /** Folds all, and indexes all words. */
  settle: () => Promise<void>;
}

async function place(): Promise<Place> {
  const url = await server.createDatabase();
  const store = await openStoreHere(url, { poolSize: 10 });
  const pool = openPool({ url, size: 1, statementTimeoutMs: 20_000 });
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => {
    await Promise.all([store.close(), pool.end(), client.end()]);
  });
  const key = { id: newId(), project: 'other', name: 'other', hash: 'f'.repeat(64), last4: 'abcd' };
  const other = await store.keys.create({ ...key, scopes: ['read'], createdAtMs: NOW }, newId());
  const [fold, words] = [new FoldBatch(pool), new TextIndexer(pool, readTexts)];
  return {
    store,
    pool,
    other: other.projectId,
    rows: async (text) => (await client.query<Record<string, unknown>>(text)).rows,
    async settle() {
      while ((await fold.step()) !== 'nothing');
      while ((await words.step()) !== 'nothing');
      await words.follow();
    },
  };
}

function logOf(month: number, index: number, changes: Partial<NewLog>): NewLog {
  const name = `${new Date(month).getUTCMonth() + 1}.${index}`;
  const question = { messages: [{ role: 'user', content: `canary${name.replace('.', 'x')} question` }] };
  return newLog({
    startedAtMs: month + index * 3_000_000,
    model: index % 2 === 0 ? 'common' : `model ${name}`,
    properties: new Map([
      ['team', index % 2 === 0 ? 'red' : `team ${name}`],
      [`only ${name}`, 'yes'],
    ]),
    requestBody: Buffer.from(JSON.stringify(question)),
    evaluators: ['judge', 'late'],
    ...changes,
  });
}

/** Logs of three months and two projects with all that can hang on a log, most of it folded and indexed. Answers the logs. */
async function fill({ store, other, settle, rows }: Place): Promise<NewLog[]> {
  const webhook = newWebhook();
  await store.webhooks.create(webhook, 10);
  const logs: NewLog[] = [];
  for (const month of MONTHS) {
    const own = Array.from({ length: 6 }, (_, index) => logOf(month, index, { webhooks: [webhook.id] }));
    const foreign = Array.from({ length: 2 }, (_, index) => logOf(month, index, { projectId: other }));
    await store.logs.add([...own, ...foreign], NOW);
    logs.push(...own, ...foreign);
    if (month !== MARCH) await settle();
  }
  // One that comes behind those of later months, and waits for folding and for the word index.
  const late = logOf(JANUARY, 9, {});
  await store.logs.add([late], NOW);
  logs.push(late);
  for (const [index, { id, projectId }] of logs.entries()) {
    const by = { source: 'api', evaluator: null, evaluatorVersion: null, durationMs: null, atMs: NOW } as const;
    const score = { ...by, name: index % 3 === 0 ? 'fit' : `fit ${index}`, value: `value ${index}`, reason: 'so' };
    await store.scores.put(projectId, id, [score], NOW + 1);
  }
  const jobs = await store.jobs.claim({ evaluators: ['judge'], limit: 100, nowMs: NOW, leaseUntilMs: NOW + 9 });
  const outcome = { outcome: 'scored', durationMs: 1, printed: '' } as const;
  const end = { evaluatorVersion: 'v1', atMs: NOW, retryAtMs: undefined, dead: false };
  const effects = jobs.map((job, index) => ({
    ...end,
    job,
    outcome: { ...outcome, scores: [{ name: 'judged', value: index, reason: null }] },
  }));
  await store.jobs.complete(effects);
  await rows(`insert into started (id, replica, log) select id, 'r', '' from logs`);
  await rows(`insert into waiting_scores (project, log_id, name, source, kind, number, at_ms, keep_until_ms)
    select project, provider_response_id, 'kept', 'api', 'number', 1, 0, 0 from logs`);
  return logs;
}

const STATE: Record<string, string> = {
  logs: 'select l.project, l.started_at_ms from logs l join log_ids i on i.seq = l.seq and i.id = l.id order by 1, 2',
  ids: 'select count(*) from log_ids',
  blocks: 'select count(*) from blocks',
  properties: 'select project, name, value from properties order by 1, 2, 3',
  logProperties: `select p.project, p.name, p.value, count(*) from log_properties join properties p on p.id = property
    group by 1, 2, 3 order by 1, 2, 3`,
  measures: 'select project, what, name, kind from measures order by 1, 2, 3',
  scores:
    'select m.project, m.name, number, category from scores join measures m on m.id = measure order by 1, 2, 3, 4',
  evaluations: 'select evaluator, outcome, count(*) from evaluations group by 1, 2',
  jobs: 'select project, evaluator, state, count(*) from jobs group by 1, 2, 3 order by 1, 2, 3',
  deliveries: 'select state, count(*) from deliveries group by 1',
  waiting: 'select project, name, count(*) from waiting_scores group by 1, 2 order by 1',
  started: 'select count(*) from started',
  changes: 'select project, what, old_category, new_category, new_number from changes order by 1, 2, 3, 4, 5',
  rollups: `select m.project, m.what, m.name, hour, p.name as property, p.value, encode(summary, 'hex') as summary from rollups
    join measures m on m.id = measure left join properties p on p.id = pair order by 1, 2, 3, 4, 5, 6`,
  rolledNames: 'select project, name, dropped from rolled_names order by 1, 2',
  audit: `select project, action, count from audit where action = 'logs.removed' order by 1`,
};

async function stateOf({ rows }: Place): Promise<Record<string, unknown[]>> {
  const state: Record<string, unknown[]> = {};
  for (const [name, text] of Object.entries(STATE)) state[name] = await rows(text);
  return state;
}

async function months({ rows }: Place): Promise<unknown[]> {
  const found = await rows(`select distinct substring(relname from '20.*') as month from pg_class
    where relkind = 'r' and relname ~ '^(logs|blocks|log_properties|scores|evaluations)_20' order by 1`);
  return found.map(({ month }) => month);
}

const keptFrom = (projectId: string, beforeMs: number): KeptFrom => ({ projectId, beforeMs, act: removalAct() });

const found = async ({ store }: Place, part: string, projectId: string = PROJECT): Promise<number> =>
  (
    await store.questions.count(
      { projectId, filter: { text: 'any', contains: part }, fromMs: null, toMs: null },
      10_000,
    )
  ).count;

it('leave the same as removing their logs one by one', { timeout: 60_000 }, async () => {
  const [whole, single] = [await place(), await place()];
  for (const one of [whole, single]) await fill(one);
  expect(await found(whole, 'canary1x')).toBe(7);
  const kept = [keptFrom(PROJECT, MARCH), keptFrom(whole.other, MARCH + 1)];
  expect(await whole.store.removals.removeMonth(kept)).toEqual({ removed: 9, more: true });
  expect(await whole.store.removals.removeMonth(kept)).toEqual({ removed: 8, more: true });
  expect(await whole.store.removals.removeMonth(kept)).toEqual({ removed: 0, more: false });
  for (const projectId of [PROJECT, single.other])
    await single.store.removals.removeBefore(projectId, MARCH, 100, removalAct());
  expect(await months(whole)).toEqual(['2026_03', ...(await months(whole)).slice(1)]);
  expect(await months(single)).toContain('2026_01');
  expect(await stateOf(whole)).toEqual(await stateOf(single));
  expect((await stateOf(whole))['logs']).toHaveLength(8);
  for (const one of [whole, single]) await one.settle();
  expect(await stateOf(whole)).toEqual(await stateOf(single));
  for (const part of ['canary1x', 'canary2x']) expect(await found(whole, part)).toBe(0);
  expect([await found(whole, 'canary3x'), await found(whole, 'canary3x', whole.other)]).toEqual([6, 2]);
  expect(await whole.rows('select first from removals')).toEqual([]);
  const vocabularies = await whole.rows('select vocabulary from text_segments');
  const words = Buffer.concat(vocabularies.map(({ vocabulary }) => vocabulary as Buffer)).toString('latin1');
  for (const word of ['1x0', '1x9', '2x0']) expect(words).not.toContain(word);
});

it('stay while a project keeps a log of them, or is not named', { timeout: 60_000 }, async () => {
  const here = await place();
  await fill(here);
  const before = await stateOf(here);
  for (const kept of [
    [keptFrom(PROJECT, NOW)],
    [keptFrom(PROJECT, FEBRUARY - 1), keptFrom(here.other, NOW)],
    [keptFrom(newId(), NOW)],
    [],
  ])
    expect(await here.store.removals.removeMonth(kept)).toEqual({ removed: 0, more: false });
  expect(await stateOf(here)).toEqual(before);
  await here.store.removals.removeBefore(here.other, NOW, 100, removalAct());
  expect(await here.store.removals.removeMonth([keptFrom(PROJECT, FEBRUARY)])).toEqual({ removed: 7, more: true });
  expect(await months(here)).not.toContain('2026_01');
});

it('come again for a log that is older than what was dropped', async () => {
  const here = await place();
  const [log, again] = [logOf(JANUARY, 0, {}), logOf(JANUARY, 1, {})];
  await here.store.logs.add([log], NOW);
  expect(await here.store.removals.removeMonth([keptFrom(PROJECT, NOW)])).toEqual({ removed: 1, more: true });
  expect(await here.store.logs.add([log, again], NOW)).toMatchObject({ inserted: 2, jobs: 4 });
  expect(await months(here)).toContain('2026_01');
  const filter = { property: 'only 1.1', equals: 'yes' } as const;
  const slice = { projectId: PROJECT, filter, fromMs: null, toMs: null };
  expect(await here.store.questions.count(slice, 10_000)).toEqual({ count: 1, complete: true });
});

it('are not dropped while somebody reads them, who waits for nobody; nor do others', { timeout: 60_000 }, async () => {
  const here = await place();
  const log = logOf(JANUARY, 0, {});
  await here.store.logs.add([log], NOW);
  await here.rows('begin');
  await here.rows('select 1 from logs');
  const dropping = here.store.removals.removeMonth([keptFrom(PROJECT, NOW)]);
  let slowest = 0;
  const writing = (async () => {
    for (let index = 0; index < 40; index += 1) {
      const from = performance.now();
      await here.store.logs.add([logOf(MARCH, index, {})], NOW);
      slowest = Math.max(slowest, performance.now() - from);
    }
  })();
  expect(await dropping).toEqual({ removed: 0, more: false });
  await writing;
  await here.rows('rollback');
  expect(slowest).toBeLessThan(5000);
  expect((await here.store.logs.find(PROJECT, log.id))?.id).toBe(log.id);
  expect(await here.store.removals.removeMonth([keptFrom(PROJECT, NOW)])).toEqual({ removed: 1, more: true });
});

it('are what retention drops, and counts in the audit with what it removes log by log', async () => {
  const here = await place();
  const days = [0, 1, 2, 20].map((day) => logOf(FEBRUARY + day * 86_400_000, 0, {}));
  await here.store.logs.add([logOf(JANUARY, 0, {}), ...days], NOW);
  const logger = { info: () => {}, warn: () => {} };
  const settings = { bodyDays: 0, logDays: 40 };
  const run = new RetentionRun({ store: here.store, settings, holder: 'one', logger, now: () => NOW, pauseMs: 0 });
  await run.look();
  await run.close();
  expect(await here.rows("select count(*) from logs")).toEqual([{ count: 1 }]);
  expect(await here.rows('select count, details from audit where actor = $$retention$$')).toEqual([
    { count: 4, details: { days: 40 } },
  ]);
  expect(await months(here)).not.toContain('2026_01');
  expect(await months(here)).toContain('2026_02');
});
