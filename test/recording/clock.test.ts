/** The wall clock steps: durations, leases and the order of logs do not go by it, or survive it. */
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClaimedJob } from '../../src/model/job.ts';
import { newId } from '../../src/model/id.ts';
import { Consumer } from '../../src/queue/consumer.ts';
import { jobsOf } from '../../src/queue/jobs-of.ts';
import { openStore } from '../../src/store/open.ts';
import { DEFAULT_PROJECT, type JobEffect, type Store } from '../../src/store/store.ts';
import { call } from '../fakes/http-client.ts';
import { startHttpUpstream } from '../fakes/http-upstream.ts';
import { newLog } from '../fixtures/new-log.ts';
import { startGateway } from '../gateway/start-gateway.ts';
import { FakeClock, settled } from '../queue/fake-clock.ts';
import { temporaryFolder } from './temporary-folder.ts';

const HOUR = 3_600_000;
/** Forward and back, a daylight saving's hour, a leap second, a correction. */
const STEPS = [
  { name: 'an hour forward', byMs: HOUR },
  { name: 'an hour back', byMs: -HOUR },
  { name: 'ten seconds back', byMs: -10_000 },
  { name: 'a leap second back', byMs: -1000 },
  { name: 'to the beginning of 1970', byMs: -1_790_000_000_000 },
];

async function store(): Promise<Store> {
  const opened = await openStore({ engine: 'sqlite', path: join(temporaryFolder(), 'a.db') });
  onTestFinished(() => opened.close());
  return opened;
}

const done = (job: ClaimedJob): JobEffect => ({
  job,
  evaluatorVersion: 'v',
  outcome: { outcome: 'scored', scores: [{ name: 'n', value: job.attempt, reason: null }], durationMs: 1, printed: '' },
  atMs: 1,
  retryAtMs: undefined,
  dead: false,
});

describe.each(STEPS)('when the clock steps $name', ({ byMs }) => {
  it('durations are what passed, and ids stay apart', async () => {
    let wallMs = 1_790_000_000_000;
    const clock = { nowMs: () => wallMs, monotonicMs: () => performance.now() };
    const far = await startHttpUpstream((_request, response) => {
      wallMs += byMs;
      setTimeout(() => response.end('{}'), 20);
    });
    const gateway = await startGateway(far.url, { clock });
    for (let index = 0; index < 3; index += 1) await call(gateway.port, { path: '/v1/chat/completions', body: '{}' });
    const exchanges = await gateway.recorded(3);
    await gateway.close();
    await far.close();
    for (const { durationMs, firstByteMs, arrivals } of exchanges) {
      expect(durationMs).toBeGreaterThanOrEqual(19);
      expect(durationMs).toBeLessThan(10_000);
      expect(firstByteMs).toBeLessThanOrEqual(durationMs);
      expect(arrivals.every((value) => value >= 0)).toBe(true);
    }
    expect(new Set(exchanges.map(({ id }) => id)).size).toBe(3);
  });

  it('the newest log of an id is still the last one that was committed', async () => {
    const opened = await store();
    const requestId = newId();
    const before = newLog({ requestId, startedAtMs: 1_790_000_000_000 });
    const after = newLog({ requestId, startedAtMs: 1_790_000_000_000 + byMs, id: newId(1_790_000_000_000 + byMs) });
    await opened.logs.add([before], 1_790_000_000_000);
    await opened.logs.add([after], 1_790_000_000_000 + byMs);
    expect((await opened.logs.find(DEFAULT_PROJECT.id, requestId))?.id).toBe(after.id);
  });

  it('a job that is being worked on has its effect once, whoever else takes it up', async () => {
    const opened = await store();
    const clock = new FakeClock();
    const log = newLog({ evaluators: ['a'] });
    await opened.logs.add([log], clock.now());
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
    const fenced: number[] = [];
    const attempts: number[] = [];
    const consume = (perform: (jobs: ClaimedJob[]) => Promise<JobEffect[]>): Consumer => {
      const consumer = new Consumer({
        jobs: jobsOf(opened.jobs, () => ['a']),
        perform: (jobs) => {
          attempts.push(...jobs.map(({ attempt }) => attempt));
          return perform(jobs);
        },
        clock,
        onEvent: (event) => event.event === 'completed' && fenced.push(event.fenced),
      });
      onTestFinished(() => consumer.close(0));
      consumer.start();
      return consumer;
    };
    consume(async (jobs) => {
      await finished;
      return jobs.map(done);
    });
    await until(() => attempts.length === 1);
    clock.jump(byMs);
    const other = consume(async (jobs) => jobs.map(done));
    other.wake();
    // Forward, the lease seems to have run out; back, it seems to last longer. Either way the job comes to its end.
    if (byMs > 0) await until(() => fenced.length === 1);
    finish();
    await until(() => fenced.length === attempts.length);
    expect(attempts).toEqual(byMs > 0 ? [1, 2] : [1]);
    expect(fenced).toEqual(byMs > 0 ? [0, 1] : [0]);
    expect((await opened.scores.list(DEFAULT_PROJECT.id, log.id)).map(({ value }) => value)).toEqual([attempts.at(-1)]);
    expect(await opened.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
  });

  it('what comes afterwards is evaluated at once', async () => {
    const opened = await store();
    const clock = new FakeClock();
    const seen: string[] = [];
    const consumer = new Consumer({
      jobs: jobsOf(opened.jobs, () => ['a']),
      perform: async (jobs) => {
        seen.push(...jobs.map(({ logId }) => logId));
        return jobs.map(done);
      },
      clock,
    });
    onTestFinished(() => consumer.close(0));
    consumer.start();
    await settled();
    clock.jump(byMs);
    const log = newLog({ evaluators: ['a'] });
    await opened.logs.add([log], clock.now());
    consumer.wake();
    await until(() => seen.length === 1);
    expect(seen).toEqual([log.id]);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let left = 1000; !holds() && left > 0; left -= 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(holds()).toBe(true);
}
