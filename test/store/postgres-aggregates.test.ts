/** Numbers of many logs on PostgreSQL: the contract, on a real server, and replicas that fold at the same time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { countOf } from '../../src/statistics/summary.ts';
import type { AggregateQuestion } from '../../src/store/aggregates.ts';
import { openPool } from '../../src/store/postgres/connection.ts';
import { FoldBatch } from '../../src/store/postgres/fold-batch.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { aggregatesContract, type AggregatingStore } from './aggregates-contract.ts';
import { START_MS } from './arbitrary-aggregate.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

async function open(replicas = 1): Promise<AggregatingStore & { batches: FoldBatch[] }> {
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
  return { store: { ...opened, close }, fold, batches };
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
});
