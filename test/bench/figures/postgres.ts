/**
 * PostgreSQL, a real one that syncs what it commits, on the same machine: logs a second through the product's own writer, and how much
 * more two replicas evaluate than one. Their evaluations wait, as those by models do: on two cores, which the server needs too, there is
 * no room for two that calculate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '../../../src/queue/consumer.ts';
import { jobsOf } from '../../../src/queue/jobs-of.ts';
import { openStore, parseDatabaseUrl } from '../../../src/store/open.ts';
import { PostgresWriter } from '../../../src/store/postgres/writer.ts';
import type { JobEffect, NewLog, Store } from '../../../src/store/store.ts';
import { startPostgres } from '../../store/postgres-server.ts';
import type { Bench, Figure, Row } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { median } from '../numbers.ts';
import { seeded } from '../random.ts';

const BATCH = 100;
const POOL_SIZE = 10;
const EVALUATION_MS = 100;
const BATCH_JOBS = 64;

export const postgres: Figure = {
  name: 'postgres',
  title: `PostgreSQL: ingest in batches of ${BATCH} (3.3 kB, five properties, one job), and two replicas`,
  async run(bench) {
    const server = await startPostgres({ durable: true });
    try {
      const rates: number[] = [];
      for (let round = 0; round < bench.rounds(5); round += 1)
        rates.push(await fill(await server.createDatabase(), round, bench.quick ? 1000 : 10_000));
      const rows: Row[] = [
        {
          measure: 'postgres: ingest',
          unit: 'logs/s',
          values: rates,
          goal: { text: 'at least 5,000 logs/s', actual: median(rates), least: 5000 },
        },
      ];
      return [...rows, ...(await replicas(bench, await server.createDatabase()))];
    } finally {
      await server.close();
    }
  },
};

/** As the recorder does it: the next batch when the last one is committed. */
async function fill(url: string, seed: number, count: number): Promise<number> {
  const nowMs = Date.now();
  const batches = prebuilt(seed, count, nowMs);
  const writer = await PostgresWriter.open(
    { url, poolSize: POOL_SIZE },
    { replica: `bench-${seed}`, onJobs: () => {} },
  );
  try {
    // Interning the first values and loading the code is not what goes on for hours.
    for (const batch of batches.slice(0, 5)) await writer.call('ingest', batch, [], nowMs);
    const startedAt = performance.now();
    for (const batch of batches.slice(5)) await writer.call('ingest', batch, [], nowMs);
    return ((count - 5 * BATCH) * 1000) / (performance.now() - startedAt);
  } finally {
    await writer.close();
  }
}

async function replicas(bench: Bench, url: string): Promise<Row[]> {
  const location = parseDatabaseUrl(url, bench.folder, POOL_SIZE);
  const stores = [await openStore(location), await openStore(location)];
  const [alone, together]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round < bench.rounds(5); round += 1) {
      const count = bench.quick ? 500 : 2000;
      alone.push(await evaluate(stores.slice(0, 1), count, round));
      together.push(await evaluate(stores, count * 2, round + 100));
    }
  } finally {
    for (const store of stores) await store.close();
  }
  const times = median(together) / median(alone);
  return [
    { measure: 'postgres: one replica evaluates', unit: '1/s', values: alone },
    {
      measure: 'postgres: two replicas evaluate',
      unit: '1/s',
      values: together,
      compared: `${times.toFixed(2)} x one`,
      goal: { text: 'at least 1.8 x one replica', actual: times, least: 1.8 },
    },
  ];
}

/** Evaluations a second, from the first claim to the last commit. */
async function evaluate(stores: Store[], count: number, seed: number): Promise<number> {
  const nowMs = Date.now();
  for (const batch of prebuilt(seed, count, nowMs)) await stores[0]!.logs.add(batch, nowMs);
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let done = 0;
  const consumers = stores.map(
    ({ jobs }) =>
      new Consumer<JobEffect>({
        jobs: jobsOf(jobs, () => ['finished']),
        batchSize: BATCH_JOBS,
        async perform(claimed) {
          await sleep(EVALUATION_MS);
          const scores = [{ name: 'quality', value: 0.5, reason: null }];
          return claimed.map((job) => ({
            job,
            evaluatorVersion: 'v1',
            outcome: { outcome: 'scored', scores, printed: '', durationMs: EVALUATION_MS },
            atMs: Date.now(),
            retryAtMs: undefined,
            dead: false,
          }));
        },
        onEvent(event) {
          if (event.event === 'completed') done += event.effects.length - event.fenced;
          if (done >= count) resolve();
        },
      }),
  );
  const startedAt = performance.now();
  for (const consumer of consumers) consumer.start();
  await all;
  const tookMs = performance.now() - startedAt;
  for (const consumer of consumers) await consumer.close();
  return (count * 1000) / tookMs;
}

function prebuilt(seed: number, count: number, nowMs: number): NewLog[][] {
  const random = seeded(seed);
  return Array.from({ length: count / BATCH }, (_, batch) =>
    Array.from({ length: BATCH }, (_unused, index) => fullLog(random, nowMs - (count - batch * BATCH - index) * 10)),
  );
}
