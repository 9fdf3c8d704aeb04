/** Numbers of many logs on PostgreSQL: the contract, on a real server, and replicas that fold at the same time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Filter } from '../../src/model/filter.ts';
import { newId } from '../../src/model/id.ts';
import { countOf } from '../../src/statistics/summary.ts';
import type { AggregateQuestion } from '../../src/store/aggregates.ts';
import { openPool } from '../../src/store/postgres/connection.ts';
import { FoldBatch } from '../../src/store/postgres/fold-batch.ts';
import { hourOf } from '../../src/store/rollups/rolled.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { seededRandom } from '../fakes/random.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { aggregatesContract, type AggregatingStore } from './aggregates-contract.ts';
import { HOUR_MS, START_MS } from './arbitrary-aggregate.ts';
import { cellsOf } from './known-logs.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

async function open(replicas = 1): Promise<AggregatingStore & { batches: FoldBatch[]; url: string }> {
  const url = await server.createDatabase();
  const opened = await openStoreHere(url);
  const pools = Array.from({ length: replicas }, () => openPool({ url, size: 1, statementTimeoutMs: 10_000 }));
  const batches = pools.map((pool) => new FoldBatch(pool));
  const close = async (): Promise<void> => {
    await Promise.all(pools.map((pool) => pool.end()));
    await opened.close();
  };
  const fold = async (): Promise<void> => {
    while ((await batches[0]!.step()) !== 'nothing');
  };
  return { store: { ...opened, close }, fold, batches, url };
}

describe('numbers on PostgreSQL', () => {
  aggregatesContract(open);

  it('are folded once, however many replicas fold while logs come and are changed', async () => {
    const { store, batches } = await open(3);
    const PLANS = ['a', 'b', 'c'];
    const ids: string[] = [];
    const writing = new AbortController();
    const write = async (): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const logs = Array.from({ length: 30 }, (_, index) =>
          newLog({ id: newId(), startedAtMs: START_MS + index, properties: new Map([['plan', PLANS[index % 3]!]]) }),
        );
        await store.logs.add(logs, START_MS);
        ids.push(...logs.map(({ id }) => id));
        for (const id of ids.slice(-10, -5))
          await store.edits.setProperty(DEFAULT_PROJECT.id, id, 'plan', 'd', START_MS);
      }
    };
    const outcomes = new Set<string>();
    const fold = async (batch: FoldBatch): Promise<void> => {
      while (!writing.signal.aborted) outcomes.add(await batch.step());
      while (outcomes.add(await batch.step()) && (await batch.waiting()).waiting > 0);
    };
    const folding = batches.map(fold);
    await write();
    writing.abort();
    await Promise.all(folding);
    const question: AggregateQuestion = {
      projectId: DEFAULT_PROJECT.id,
      filter: null,
      fromMs: null,
      toMs: null,
      measures: [{ log: 'durationMs' }],
      groupBy: { property: 'plan' },
      edgesMs: null,
      groupLimit: 10,
      timeLimitMs: 20_000,
    };
    const { rows, plan } = await store.questions.aggregate(question);
    expect(plan).toEqual({ rollups: true, scannedLogs: 0 });
    const rolled = Object.fromEntries(rows.map(({ group, numbers }) => [group, countOf(numbers!)]));
    const inMemory: Record<string, number> = {};
    for (const { properties } of await store.logs.getMany(ids)) {
      const group = properties.get('plan')!;
      inMemory[group] = (inMemory[group] ?? 0) + 1;
    }
    expect(rolled).toEqual(inMemory);
    expect(inMemory.d).toBe(60);
    expect(outcomes).toContain('folded');
    await store.close();
  });

  it('make hours anew whose rollups cannot be read or are of other rows, when they come upon them', async () => {
    const { store, fold, url } = await open();
    const damaging = openPool({ url, size: 1, statementTimeoutMs: 10_000 });
    const project = DEFAULT_PROJECT.id;
    const random = seededRandom(11);
    const add = async (hour: number): Promise<string> => {
      const log = newLog({
        id: newId(),
        startedAtMs: START_MS + hour * HOUR_MS,
        durationMs: random.between(0, 3),
        properties: new Map([['plan', random.pick(['a', 'b'])]]),
        evaluators: ['judge'],
      });
      await store.logs.add([log], START_MS);
      return log.id;
    };
    const score = (id: string): Promise<unknown> =>
      store.scores.put(project, id, [{ ...NO_EVALUATOR, name: 'quality', value: random.between(0, 2) }], START_MS);
    const evaluate = async (): Promise<void> => {
      const jobs = await store.jobs.claim({
        evaluators: ['judge'],
        limit: 4,
        nowMs: START_MS,
        leaseUntilMs: START_MS + 1,
      });
      const outcome = { outcome: 'abstained', reason: null, durationMs: 1, printed: '' } as const;
      const end = { evaluatorVersion: 'v1', outcome, atMs: START_MS, retryAtMs: undefined, dead: false };
      await store.jobs.complete(jobs.map((job) => ({ job, ...end })));
    };
    const acts = [
      async (id: string) => void (await score(id)),
      async (id: string) => void (await store.edits.setProperty(project, id, 'plan', 'c', START_MS)),
      async (id: string) => void (await store.removals.removeLogs(project, [id], removalAct())),
      async () => evaluate(),
      async () => void (await add(0)),
    ];
    for (const [round, bytes] of ['\\xff', '\\x1101000001'].entries()) {
      const ids: string[] = [];
      for (let index = 0; index < 24; index += 1) ids.push(await add(index % 3));
      for (const id of ids.slice(0, 12)) await score(id);
      await evaluate();
      await fold();
      // Some of what follows is folded already, some waits.
      for (const id of ids.slice(12, 15)) await score(id);
      await damaging.query(`update rollups set summary = '${bytes}' where pair > 0 or hour % 2 = ${round}`);
      for (const id of ids.slice(3, 15)) await random.pick(acts)(id);
      await add(0);
      await fold();
      // Nobody may have come upon these.
      await damaging.query(`delete from rollups where hour > $1`, [hourOf(START_MS)]);
      for (const groupBy of [null, { property: 'plan' }, { field: 'model' as const }]) {
        const question = { ...EVERYTHING, groupBy, fromMs: START_MS, toMs: START_MS + HOUR_MS };
        const rolled = await store.questions.aggregate(question);
        const read = await store.questions.aggregate({ ...question, filter: { and: [ALWAYS, ALWAYS] } });
        expect([rolled.plan.rollups, read.plan.rollups]).toEqual([true, false]);
        expect(cellsOf(rolled.rows)).toEqual(cellsOf(read.rows));
        expect(rolled.rows.length).toBeGreaterThan(2);
      }
    }
    await damaging.end();
    await store.close();
  }, 60_000);
});

const ALWAYS: Filter = { field: 'startedAtMs', gte: 0 };
const NO_EVALUATOR = {
  source: 'api',
  reason: null,
  evaluator: null,
  evaluatorVersion: null,
  durationMs: null,
  atMs: START_MS,
} as const;
const EVERYTHING: AggregateQuestion = {
  projectId: DEFAULT_PROJECT.id,
  filter: null,
  fromMs: null,
  toMs: null,
  measures: [{ log: 'durationMs' }, { log: 'error' }, { score: 'quality' }, { outcomes: 'judge' }],
  groupBy: null,
  edgesMs: null,
  groupLimit: 10,
  timeLimitMs: 20_000,
};
