/**
 * Logs a second into SQLite through the product's own writer, `synchronous=FULL`, with the thread that checkpoints beside it:
 * pre-built logs of 3.3 kB, five properties and one job each, a commit for every hundred.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startCheckpoints, stopThread } from '../../../src/store/sqlite/threads.ts';
import { SqliteWriter } from '../../../src/store/sqlite/writer.ts';
import type { NewLog } from '../../../src/store/store.ts';
import { type Bench, type Figure } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { median } from '../numbers.ts';
import { seeded } from '../random.ts';

const BATCH = 100;

export const ingest: Figure = {
  name: 'ingest',
  title: `Ingest into SQLite, synchronous=FULL, batches of ${BATCH} (3.3 kB, five properties, one job)`,
  async run(bench) {
    const count = bench.quick ? 3000 : 20_000;
    const [rates, sizes]: [number[], number[]] = [[], []];
    for (let round = 0; round < bench.rounds(5); round += 1) {
      const { logsPerSecond, bytesPerLog } = await fill(bench, round, count);
      rates.push(logsPerSecond);
      sizes.push(bytesPerLog);
    }
    return [
      {
        measure: 'ingest: rate',
        unit: 'logs/s',
        values: rates,
        goal: { text: 'at least 15,000 logs/s', actual: median(rates), least: 15_000 },
      },
      { measure: 'ingest: on disk, indexes and job included', unit: 'bytes/log', values: sizes },
    ];
  },
};

async function fill(
  bench: Bench,
  round: number,
  count: number,
): Promise<{ logsPerSecond: number; bytesPerLog: number }> {
  const folder = join(bench.folder, 'ingest');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${round}.db`);
  const nowMs = Date.now();
  const batches = prebuilt(round, count, nowMs);
  const writer = new SqliteWriter(path);
  const checkpoints = startCheckpoints({ path }, () => writer.finishCheckpoint());
  const startedAt = performance.now();
  for (const batch of batches) await writer.call('ingest', batch, [], nowMs, false);
  const tookMs = performance.now() - startedAt;
  await stopThread(checkpoints);
  writer.close();
  return { logsPerSecond: (count * 1000) / tookMs, bytesPerLog: statSync(path).size / count };
}

function prebuilt(seed: number, count: number, nowMs: number): NewLog[][] {
  const random = seeded(seed);
  return Array.from({ length: count / BATCH }, (_, batch) =>
    Array.from({ length: BATCH }, (_unused, index) => fullLog(random, nowMs - (count - batch * BATCH - index) * 10)),
  );
}
