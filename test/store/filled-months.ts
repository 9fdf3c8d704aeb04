/** Logs of three months on PostgreSQL with all that can hang on a log, and all that is stored of them, in words and not in ids. */
import { Client, type Pool } from 'pg';
import { onTestFinished } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { readTexts } from '../../src/providers/log-texts.ts';
import { openPool } from '../../src/store/postgres/connection.ts';
import { FoldBatch } from '../../src/store/postgres/fold-batch.ts';
import { TextIndexer } from '../../src/store/postgres/text-indexer.ts';
import type { NewLog, Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { openStoreHere } from './postgres-here.ts';
import type { PostgresServer } from './postgres-server.ts';
import { newWebhook } from './webhook-contract.ts';

export const [JANUARY, FEBRUARY, MARCH] = [0, 1, 2].map((month) => Date.UTC(2026, month)) as [number, number, number];
export const NOW = MARCH + 20 * 86_400_000;

export interface Place {
  store: Store;
  pool: Pool;
  other: string;
  rows: (text: string) => Promise<Record<string, unknown>[]>;
  /** Folds all, and indexes all words. */
  settle: () => Promise<void>;
}

/** A database of its own; all is closed after the test. */
export async function openPlace(server: PostgresServer): Promise<Place> {
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

export function logOf(month: number, index: number, changes: Partial<NewLog>): NewLog {
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
export async function fill({ store, other, settle, rows }: Place): Promise<NewLog[]> {
  const webhook = newWebhook();
  await store.webhooks.create(webhook, 10);
  const logs: NewLog[] = [];
  for (const month of [JANUARY, FEBRUARY, MARCH]) {
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
  await rows(`insert into run_outputs (run, position, repetition, datapoint, log, at_ms)
    select 1, row_number() over (order by seq), 1, id, id, 0 from logs`);
  await rows(`insert into run_results (run, position, repetition, evaluator, name, version, outcome, at_ms)
    select run, position, repetition, 'judge', 'fit', 'v1', 'scored', 0 from run_outputs`);
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
  outputs: 'select position from run_outputs order by 1',
  results: 'select position from run_results order by 1',
  changes: 'select project, what, old_category, new_category, new_number from changes order by 1, 2, 3, 4, 5',
  rollups: `select m.project, m.what, m.name, hour, p.name as property, p.value, encode(summary, 'hex') as summary from rollups
    join measures m on m.id = measure left join properties p on p.id = pair order by 1, 2, 3, 4, 5, 6`,
  rolledNames: 'select project, name, dropped from rolled_names order by 1, 2',
  audit: `select project, action, count from audit where action = 'logs.removed' order by 1`,
};

export async function stateOf({ rows }: Place): Promise<Record<string, unknown[]>> {
  const state: Record<string, unknown[]> = {};
  for (const [name, text] of Object.entries(STATE)) state[name] = await rows(text);
  return state;
}
