/** The thread that folds, with a writer beside it: what it leaves in the database without being asked. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { newId } from '../../../src/model/id.ts';
import { openConnection } from '../../../src/store/sqlite/connection.ts';
import { questionOperations } from '../../../src/store/sqlite/question-operations.ts';
import { startRollups, stopThread } from '../../../src/store/sqlite/threads.ts';
import { SqliteWriter } from '../../../src/store/sqlite/writer.ts';
import { DEFAULT_PROJECT } from '../../../src/store/store.ts';
import { newLog } from '../../fixtures/new-log.ts';
import { HOUR_MS, START_MS } from './stored.ts';

const LOGS = 1200;
const WAIT_MS = 20_000;

it('the thread of rollups folds what waits, puts past days together, and takes them apart when they change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-rollup-thread-'));
  const path = join(folder, 'gradeway.db');
  const writer = new SqliteWriter(path);
  // Two days, a log of some tier every 144 seconds.
  const logs = Array.from({ length: LOGS }, (_, index) =>
    newLog({
      id: newId(),
      startedAtMs: START_MS + Math.floor((index * 48 * HOUR_MS) / LOGS),
      properties: new Map([['tier', `${index % 5}`]]),
    }),
  );
  await writer.call('ingest', logs, [], 1, false);
  const { port1, port2 } = new MessageChannel();
  writer.serve(port1);
  const thread = startRollups({ path, everyMs: 20 }, port2);
  const reading = openConnection(path, { readonly: true });
  try {
    const one = (text: string): number => reading.prepare(text).pluck().get() as number;
    const until = async (text: string): Promise<void> => {
      const endMs = performance.now() + WAIT_MS;
      while (one(text) !== 1 && performance.now() < endMs) await sleep(20);
      expect({ text, holds: one(text) }).toEqual({ text, holds: 1 });
    };
    const isFolded = 'select coalesce(max(seq), 0) = (select max(seq) from changes) from folded';
    const daysOfErrors = `rolled_days where measure = (select id from measures where what = 'log' and name = 'error')`;
    await until(isFolded);
    await until(`select count(*) = 1 from ${daysOfErrors}`);
    const ask = questionOperations(reading, undefined);
    const tiers = (): unknown => {
      const { rows, plan } = ask.aggregateLogs({
        projectId: DEFAULT_PROJECT.id,
        filter: null,
        fromMs: null,
        toMs: null,
        measures: [{ log: 'error' }],
        groupBy: { property: 'tier' },
        edgesMs: null,
        groupLimit: 10,
        timeLimitMs: WAIT_MS,
      });
      return { plan, tiers: rows.map(({ group, numbers }) => [group, numbers!.bins.get(0)]) };
    };
    const rollups = { rollups: true, scannedLogs: 0 };
    expect(tiers()).toEqual({ plan: rollups, tiers: ['0', '1', '2', '3', '4'].map((tier) => [tier, LOGS / 5]) });
    const late = newLog({ id: newId(), startedAtMs: START_MS, properties: new Map([['tier', '0']]) });
    await writer.call('ingest', [late], [], 1, false);
    const after = [['0', LOGS / 5 + 1], ...['1', '2', '3', '4'].map((tier) => [tier, LOGS / 5])];
    expect(tiers()).toEqual({ plan: rollups, tiers: after });
    await until(isFolded);
    await until(`select count(*) = 0 from ${daysOfErrors}`);
    expect(
      one(
        'select count(*) from day_rollups d where not exists (select 1 from rolled_days r where r.measure = d.measure and r.day = d.day)',
      ),
    ).toBe(0);
    expect(tiers()).toEqual({ plan: rollups, tiers: after });
    // Damage is found when something is folded into it, and then repaired for good.
    const damaging = openConnection(path);
    damaging.exec(`update rollups set summary = x'ff' where hour = ${START_MS / HOUR_MS}`);
    damaging.close();
    expect((tiers() as { plan: unknown }).plan).toEqual({ rollups: false, scannedLogs: LOGS + 1 });
    await writer.call('ingest', [{ ...late, id: newId(), requestId: newId() }], [], 1, false);
    await until(isFolded);
    await until(`select not exists (select 1 from rollups where summary = x'ff')`);
    expect(tiers()).toEqual({ plan: rollups, tiers: [['0', LOGS / 5 + 2], ...after.slice(1)] });
  } finally {
    await stopThread(thread);
    reading.close();
    port1.close();
    writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
