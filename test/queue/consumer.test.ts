import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClaimedJob } from '../../src/model/job.ts';
import { Consumer, type ConsumerEvent, type ConsumerOptions } from '../../src/queue/consumer.ts';
import { jobsOf } from '../../src/queue/jobs-of.ts';
import type { JobEffect } from '../../src/store/store.ts';
import { MemoryJobStore } from '../fakes/memory-job-store.ts';
import { FakeClock, settled } from './fake-clock.ts';

function done(job: ClaimedJob, changes: Partial<JobEffect> = {}): JobEffect {
  return {
    job,
    evaluatorVersion: 'v',
    outcome: { outcome: 'abstained', reason: null, durationMs: 0, printed: '' },
    atMs: 0,
    retryAtMs: undefined,
    dead: false,
    ...changes,
  };
}

/** Work that waits until the test lets it go on. */
function gate() {
  const batches: { jobs: ClaimedJob[]; finish: (effects?: JobEffect[]) => void; fail: (error: Error) => void }[] = [];
  const perform = (jobs: ClaimedJob[]): Promise<JobEffect[]> =>
    new Promise((resolve, reject) => {
      batches.push({ jobs, finish: (effects = jobs.map((job) => done(job))) => resolve(effects), fail: reject });
    });
  return { batches, perform };
}

function consuming({
  evaluators = () => ['a'],
  ...options
}: Partial<ConsumerOptions> & { evaluators?: () => string[] } = {}) {
  const clock = new FakeClock();
  const store = new MemoryJobStore();
  const events: ConsumerEvent[] = [];
  const consumer = new Consumer({
    jobs: jobsOf(store, evaluators),
    perform: (jobs) => Promise.resolve(jobs.map((job) => done(job))),
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => consumer.close(0));
  return { clock, store, consumer, events };
}

const steps = (events: ConsumerEvent[]) => events.map((one) => (one.event === 'failed' ? one.step : one.event));

describe('a consumer', () => {
  it('performs what is there when it starts, all of it, without waiting', async () => {
    const { clock, store, consumer, events } = consuming({ batchSize: 10 });
    store.add(95, clock.now());
    consumer.start();
    await settled();
    expect(store.effects).toHaveLength(95);
    expect(steps(events)).toEqual(Array.from({ length: 10 }, () => 'completed'));
    expect(consumer.health()).toEqual({ lastProgressAtMs: clock.now(), holding: 0 });
  });

  it('commits early effects while the rest of the batch is performed, and renews and gives back the rest alone', async () => {
    const rest = Promise.withResolvers<JobEffect[]>();
    const { clock, store, consumer } = consuming({
      batchSize: 10,
      perform: (jobs, early) => {
        early(jobs.slice(0, 4).map((job) => done(job)));
        early(jobs.slice(4, 6).map((job) => done(job, { retryAtMs: clock.now() + 60_000 })));
        return rest.promise;
      },
    });
    store.add(10, clock.now());
    consumer.start();
    await settled();
    expect(store.effects).toHaveLength(6);
    expect(consumer.health()).toMatchObject({ holding: 4 });
    const dueBeforeMs = [...store.rows.values()].map(({ dueAtMs }) => dueAtMs);
    await clock.advance(20_000);
    const renewedMs = [...store.rows.values()].map(({ dueAtMs }, index) => dueAtMs - dueBeforeMs[index]!);
    expect(renewedMs).toEqual([0, 0, 15_000, 15_000, 15_000, 15_000]);
    const jobs = [...store.rows.values()].filter(({ state }) => state === 'leased').map((row) => ({ ...row }));
    rest.resolve(jobs.slice(0, 3).map((job) => done(job)));
    await settled();
    // The one that was given back was taken again, and is the first of its batch.
    expect(store.calls.filter((call) => call === 'release')).toHaveLength(1);
    expect(store.effects.at(-1)!.job).toEqual({ ...store.effects.at(-1)!.job, id: jobs[3]!.id, attempt: 1, token: 2 });
    expect(store.effects).toHaveLength(10);
  });

  it('commits early effects again while the store fails, and is not over before', async () => {
    const { clock, store, consumer } = consuming({
      perform: (jobs, early) => {
        early(jobs.map((job) => done(job)));
        return Promise.resolve([]);
      },
    });
    store.failures['complete'] = 2;
    store.add(3, clock.now());
    consumer.start();
    await settled();
    expect(consumer.health()).toMatchObject({ holding: 3 });
    await clock.advance(1000);
    expect(store.effects).toHaveLength(3);
    expect(store.calls).not.toContain('release');
    expect(consumer.health()).toMatchObject({ holding: 0 });
  });

  it('claims at once when it is woken', async () => {
    const { clock, store, consumer } = consuming();
    consumer.start();
    await settled();
    store.add(1, clock.now());
    consumer.wake();
    await settled();
    expect(store.effects).toHaveLength(1);
  });

  it('does not miss a wake that comes while it claims', async () => {
    const { clock, store, consumer } = consuming();
    const claim = store.claim.bind(store);
    store.claim = async (request) => {
      const claimed = await claim(request);
      if (store.calls.length === 1) {
        store.add(1, clock.now());
        consumer.wake();
      }
      return claimed;
    };
    consumer.start();
    await settled();
    expect(store.effects).toHaveLength(1);
  });

  it('looks by itself once a second', async () => {
    const { clock, store, consumer } = consuming();
    consumer.start();
    await settled();
    store.add(1, clock.now());
    await clock.advance(999);
    expect(store.effects).toHaveLength(0);
    await clock.advance(1);
    expect(store.effects).toHaveLength(1);
  });

  it('comes back when a retry is due', async () => {
    const { clock, store, consumer } = consuming({
      pollMs: 60_000,
      perform: (jobs) =>
        Promise.resolve(jobs.map((job) => done(job, job.attempt < 3 ? { retryAtMs: clock.now() + 2000 } : {}))),
    });
    store.add(1, clock.now());
    consumer.start();
    await clock.advance(3999);
    expect(store.effects.map(({ job }) => job.attempt)).toEqual([1, 2]);
    await clock.advance(1);
    expect(store.effects.map(({ job }) => job.attempt)).toEqual([1, 2, 3]);
    expect(store.rows.size).toBe(0);
  });

  it('claims nothing where there are no evaluators', async () => {
    const { store, consumer } = consuming({ evaluators: () => [] });
    consumer.start();
    await settled();
    expect(store.calls).toEqual([]);
  });

  it('holds no more batches than it may, and takes the next when one is over', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer } = consuming({ perform, batchSize: 5, concurrency: 2 });
    store.add(20, clock.now());
    consumer.start();
    await settled();
    expect(batches).toHaveLength(2);
    expect(consumer.health().holding).toBe(10);
    for (let wakes = 0; wakes < 100; wakes += 1) consumer.wake();
    await settled();
    expect(batches).toHaveLength(2);
    batches[1]!.finish();
    await settled();
    expect(batches).toHaveLength(3);
    for (let next = 0; next < 4; next += 1) {
      batches[next]?.finish();
      await settled();
    }
    expect(store.rows.size).toBe(0);
  });

  it('renews its leases each third of their time, so that long work keeps them', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer, events } = consuming({ perform });
    store.add(1, clock.now());
    consumer.start();
    await clock.advance(300_000);
    expect(store.calls.filter((call) => call === 'renew')).toHaveLength(20);
    expect(batches).toHaveLength(1);
    batches[0]!.finish();
    await settled();
    expect(events).toMatchObject([{ event: 'completed', fenced: 0 }]);
    expect(store.effects).toHaveLength(1);
  });

  it('changes nothing where its lease was lost while the process slept', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer, events } = consuming({ perform });
    store.add(1, clock.now());
    consumer.start();
    await settled();
    clock.jump(60_000);
    const [stolen] = await store.claim({
      evaluators: ['a'],
      limit: 1,
      nowMs: clock.now(),
      leaseUntilMs: clock.now() + 1000,
    });
    batches[0]!.finish();
    await settled();
    expect(events).toMatchObject([{ event: 'completed', fenced: 1 }]);
    expect(store.effects).toEqual([]);
    expect(await store.complete([done(stolen!)])).toEqual({ fenced: 0 });
  });

  it('gives back jobs that nothing was answered for', async () => {
    let rounds = 0;
    const { clock, store, consumer } = consuming({
      pollMs: 60_000,
      perform: (jobs) => Promise.resolve((rounds += 1) === 1 ? [done(jobs[0]!)] : jobs.map((job) => done(job))),
    });
    store.add(3, clock.now());
    consumer.start();
    await settled();
    expect(store.calls).toContain('release');
    expect(store.effects.map(({ job }) => job.attempt)).toEqual([1, 1, 1]);
  });

  it('lets the leases run out where the work throws, and lives on', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer, events } = consuming({ perform });
    store.add(1, clock.now());
    consumer.start();
    await settled();
    batches[0]!.fail(new Error('oh no'));
    await clock.advance(44_000);
    expect(batches).toHaveLength(1);
    await clock.advance(2000);
    expect(batches[1]!.jobs).toMatchObject([{ attempt: 2 }]);
    batches[1]!.finish();
    await settled();
    expect(steps(events)).toEqual(['perform', 'completed']);
  });

  it('survives listeners and lists of evaluators that throw', async () => {
    let calls = 0;
    const { clock, store, consumer } = consuming({
      evaluators: () => {
        if ((calls += 1) === 1) throw new Error('not yet');
        return ['a'];
      },
      onEvent: () => {
        throw new Error('listener');
      },
    });
    store.add(1, clock.now());
    consumer.start();
    await clock.advance(1000);
    expect(store.effects).toHaveLength(1);
  });
});

describe('a consumer whose store fails', () => {
  it('waits longer after each failed claim, wakes or no wakes, and then goes on', async () => {
    const { clock, store, consumer, events } = consuming();
    store.failures['claim'] = 8;
    store.add(1, clock.now());
    consumer.start();
    await settled();
    for (let wakes = 0; wakes < 50; wakes += 1) {
      consumer.wake();
      await settled();
    }
    expect(store.calls).toEqual(['claim']);
    await clock.advance(2000);
    expect(store.calls.length).toBeGreaterThan(3);
    expect(store.calls.length).toBeLessThan(8);
    await clock.advance(60_000);
    expect(store.effects).toHaveLength(1);
    expect(steps(events)).toEqual([...Array.from({ length: 8 }, () => 'claim'), 'completed']);
  });

  it('keeps the effects and the leases until they can be committed', async () => {
    const { clock, store, consumer } = consuming();
    store.failures['complete'] = 12;
    store.add(3, clock.now());
    consumer.start();
    await clock.advance(30_000);
    expect(consumer.health().holding).toBe(3);
    await clock.advance(90_000);
    expect(store.effects.map(({ job }) => job.attempt)).toEqual([1, 1, 1]);
    expect(consumer.health().holding).toBe(0);
  });

  it('lives on where leases cannot be renewed', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer, events } = consuming({ perform });
    store.failures['renew'] = 1;
    store.add(1, clock.now());
    consumer.start();
    await clock.advance(40_000);
    batches[0]!.finish();
    await settled();
    expect(steps(events)).toEqual(['renew', 'completed']);
    expect(store.effects).toHaveLength(1);
  });
});

describe('a consumer that is closed', () => {
  it('finishes what it holds and claims no more', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer } = consuming({ perform, batchSize: 1, concurrency: 1 });
    store.add(2, clock.now());
    consumer.start();
    await settled();
    const closing = consumer.close(10_000);
    await clock.advance(100);
    batches[0]!.finish();
    await closing;
    expect(store.effects).toHaveLength(1);
    expect(batches).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it('gives back what a claim brings that was under way', async () => {
    const { clock, store, consumer } = consuming();
    const answer = Promise.withResolvers<void>();
    const claim = store.claim.bind(store);
    store.claim = async (request) => {
      const jobs = await claim(request);
      await answer.promise;
      return jobs;
    };
    store.add(3, clock.now());
    consumer.start();
    const closed = consumer.close();
    answer.resolve();
    await closed;
    expect(await store.backlog()).toMatchObject({ pending: 3, leased: 0 });
    expect(store.effects).toEqual([]);
  });

  it('gives back what is not finished in time, without counting the attempt', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer } = consuming({ perform });
    store.add(2, clock.now());
    consumer.start();
    await settled();
    const closing = consumer.close(5000);
    await clock.advance(5000);
    await closing;
    expect([...store.rows.values()].map(({ state, attempt }) => [state, attempt])).toEqual([
      ['pending', 0],
      ['pending', 0],
    ]);
    batches[0]!.finish();
    await settled();
    expect(store.effects).toEqual([]);
    expect(clock.waiting).toBe(0);
  });

  it('gives back what fails because all is being closed', async () => {
    const { batches, perform } = gate();
    const { clock, store, consumer } = consuming({ perform });
    store.add(1, clock.now());
    consumer.start();
    await settled();
    const closing = consumer.close(5000);
    batches[0]!.fail(new Error('draining'));
    await closing;
    expect([...store.rows.values()]).toMatchObject([{ state: 'pending', attempt: 0 }]);
  });

  it('gives up on a store that does not answer', async () => {
    const { clock, store, consumer } = consuming();
    store.failures['complete'] = Infinity;
    store.failures['release'] = Infinity;
    store.add(1, clock.now());
    consumer.start();
    await settled();
    const closing = consumer.close(1000);
    await clock.advance(1000);
    await closing;
    await settled();
    expect(clock.waiting).toBe(0);
  });

  it('may never have been started', async () => {
    const { consumer, clock } = consuming();
    await consumer.close();
    consumer.start();
    consumer.wake();
    await settled();
    expect(clock.waiting).toBe(0);
  });
});
