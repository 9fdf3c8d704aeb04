/** Numbers of many logs on SQLite: the contract, and which questions are answered from rollups. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Filter } from '../../src/model/filter.ts';
import { newId } from '../../src/model/id.ts';
import { countOf } from '../../src/statistics/summary.ts';
import type { Aggregate, AggregateQuestion } from '../../src/store/aggregates.ts';
import { storeThrough } from '../../src/store/client.ts';
import { QuestionPool } from '../../src/store/question-pool.ts';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { FoldBatch } from '../../src/store/sqlite/fold-batch.ts';
import { startReader, stopThread } from '../../src/store/sqlite/threads.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { START_MS } from './arbitrary-aggregate.ts';
import { aggregatesContract, type AggregatingStore } from './aggregates-contract.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** With the writer on this thread, so that what is folded when is known. */
async function open(): Promise<AggregatingStore> {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-aggregates-'));
  folders.push(folder);
  const path = join(folder, 'gradeway.db');
  const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
  const writer = new SqliteWriter(path);
  const { port1, port2 } = new MessageChannel();
  writer.serve(port1);
  const reader = await startReader(path);
  const questions = new QuestionPool(() => startReader(path, { textReader }), stopThread);
  const reading = openConnection(path, { readonly: true });
  const batch = new FoldBatch(reading);
  return {
    store: storeThrough({
      writer: port2,
      reader,
      questions,
      close: async () => {
        await questions.close();
        await stopThread(reader);
        reading.close();
        port1.close();
        writer.close();
      },
    }),
    fold: async () => {
      for (let step = batch.next(); step !== undefined; step = batch.next()) await writer.call('applyRollups', step);
    },
  };
}

describe('numbers on SQLite', () => {
  aggregatesContract(open);

  describe('come from', () => {
    let opened: AggregatingStore;
    beforeAll(async () => {
      opened = await open();
      // Every ten minutes of four hours; a customer each, of which a name may have 200.
      const logs = Array.from({ length: 24 * 10 }, (_, index) => {
        const properties = new Map([
          ['plan', `plan-${index % 3}`],
          ['tier', `tier-${index % 2}`],
          ['customer', `customer-${index}`],
        ]);
        return newLog({ id: newId(), startedAtMs: START_MS + Math.floor(index / 10) * 600_000, properties });
      });
      await opened.store.logs.add(logs, START_MS);
      await opened.fold();
    });
    afterAll(() => opened.store.close());

    const ask = async (changes: Partial<AggregateQuestion>): Promise<Aggregate['plan'] & { count: number }> => {
      const { plan, rows } = await opened.store.questions.aggregate({
        projectId: DEFAULT_PROJECT.id,
        filter: null,
        fromMs: null,
        toMs: null,
        measures: [{ log: 'error' }],
        groupBy: null,
        edgesMs: null,
        groupLimit: 5,
        timeLimitMs: 20_000,
        ...changes,
      });
      return { ...plan, count: rows.reduce((sum, { numbers }) => sum + countOf(numbers!), 0) };
    };
    const minutes = (count: number): number => START_MS + count * 60_000;
    const plan: Filter = { property: 'plan', equals: 'plan-1' };

    it.each<{ what: string; asked: Partial<AggregateQuestion>; rollups: boolean; scanned: number; count: number }>([
      { what: 'rollups for all logs', asked: {}, rollups: true, scanned: 0, count: 240 },
      {
        what: 'rollups for whole hours',
        asked: { fromMs: minutes(60), toMs: minutes(180), groupBy: { property: 'plan' } },
        rollups: true,
        scanned: 0,
        count: 120,
      },
      {
        what: 'rollups for a value of a property',
        asked: { filter: plan, groupBy: { property: 'plan' } },
        rollups: true,
        scanned: 0,
        count: 80,
      },
      {
        what: 'rollups, and rows for the pieces of hours at both ends',
        asked: { fromMs: minutes(50), toMs: minutes(190), groupBy: { field: 'model' } },
        rollups: true,
        scanned: 20,
        count: 140,
      },
      {
        what: 'rollups, and rows for hours with an edge inside',
        asked: { edgesMs: [minutes(0), minutes(90), minutes(240)] },
        rollups: true,
        scanned: 60,
        count: 240,
      },
      {
        what: 'rows by two names',
        asked: { filter: plan, groupBy: { property: 'tier' } },
        rollups: false,
        scanned: 80,
        count: 80,
      },
      {
        what: 'rows by a name with too many values',
        asked: { groupBy: { property: 'customer' } },
        rollups: false,
        scanned: 240,
        count: 240,
      },
      {
        what: 'rows by text',
        asked: { filter: { text: 'any', contains: 'nowhere to be found' } },
        rollups: false,
        scanned: 0,
        count: 0,
      },
    ])('$what', async ({ asked, rollups, scanned, count }) => {
      expect(await ask(asked)).toEqual({ rollups, scannedLogs: scanned, count });
    });
  });
});
