/** The consumer on a real store: several at once, and ones that stop answering. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { Consumer } from '../../src/queue/consumer.ts';
import { jobsOf } from '../../src/queue/jobs-of.ts';
import { openStore, parseDatabaseUrl } from '../../src/store/open.ts';
import { DEFAULT_PROJECT, type JobEffect, type NewLog, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';

let folder: string;
let stores: Store[];
let consumers: Consumer[];
const open = async (): Promise<Store> => {
  const store = await openStore(parseDatabaseUrl('sqlite:gradeway.db', folder));
  stores.push(store);
  return store;
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-queue-'));
  stores = [];
  consumers = [];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close(0)));
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function effectOf(job: ClaimedJob, value: number): JobEffect {
  const outcome: Outcome = {
    outcome: 'scored',
    scores: [{ name: job.evaluator, value, reason: null }],
    durationMs: 1,
    printed: '',
  };
  return { job, evaluatorVersion: 'v', outcome, atMs: Date.now(), retryAtMs: undefined, dead: false };
}

function consume(store: Store, perform: (jobs: ClaimedJob[]) => Promise<JobEffect[]>, leaseMs = 45_000): Consumer {
  const consumer = new Consumer({
    jobs: jobsOf(store.jobs, () => ['a', 'b']),
    perform,
    batchSize: 16,
    pollMs: 20,
    leaseMs,
  });
  consumers.push(consumer);
  consumer.start();
  return consumer;
}

async function untilEmpty(store: Store): Promise<void> {
  for (;;) {
    const { pending, leased } = await store.jobs.backlog();
    if (pending + leased === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const logs = (count: number): NewLog[] => Array.from({ length: count }, () => newLog({ evaluators: ['a', 'b'] }));

describe('consumers on SQLite', () => {
  it('of two processes share the work and do each job once', async () => {
    const [one, two] = [await open(), await open()];
    const added = logs(200);
    await one.logs.add(added, Date.now());
    const performed: number[] = [];
    const perform = async (jobs: ClaimedJob[]): Promise<JobEffect[]> => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      performed.push(...jobs.map(({ id }) => id));
      return jobs.map((job) => effectOf(job, 1));
    };
    consume(one, perform);
    consume(two, perform);
    await untilEmpty(one);
    expect(performed).toHaveLength(400);
    expect(new Set(performed).size).toBe(400);
    for (const { id } of added) expect(await one.scores.list(DEFAULT_PROJECT.id, id)).toHaveLength(2);
  });

  it('take over from one that stops renewing, and only their result is kept', async () => {
    const [dead, living] = [await open(), await open()];
    const added = logs(5);
    await dead.logs.add(added, Date.now());
    const lost = await dead.jobs.claim({
      evaluators: ['a', 'b'],
      limit: 100,
      nowMs: Date.now(),
      leaseUntilMs: Date.now() + 100,
    });
    consume(living, async (jobs) => jobs.map((job) => effectOf(job, 2)));
    await untilEmpty(living);
    expect(await dead.jobs.complete(lost.map((job) => effectOf(job, 1)))).toEqual({ fenced: 10 });
    for (const { id } of added)
      expect(await living.scores.list(DEFAULT_PROJECT.id, id)).toMatchObject([{ value: 2 }, { value: 2 }]);
  });

  it('keep leases that are shorter than the work', async () => {
    const store = await open();
    await store.logs.add(logs(1), Date.now());
    let times = 0;
    const slow = async (jobs: ClaimedJob[]): Promise<JobEffect[]> => {
      times += 1;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return jobs.map((job) => effectOf(job, 1));
    };
    consume(store, slow, 300);
    consume(await open(), slow, 300);
    await untilEmpty(store);
    expect(times).toBe(1);
  });

  it('give back what they hold when they are closed', async () => {
    const store = await open();
    await store.logs.add(logs(3), Date.now());
    const consumer = consume(store, () => new Promise(() => {}));
    while (consumer.health().holding === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await consumer.close(0);
    expect(await store.jobs.backlog()).toMatchObject({ pending: 6, leased: 0 });
    const again = await store.jobs.claim({
      evaluators: ['a', 'b'],
      limit: 10,
      nowMs: Date.now(),
      leaseUntilMs: Date.now() + 1,
    });
    expect(again.every(({ attempt }) => attempt === 1)).toBe(true);
  });
});
