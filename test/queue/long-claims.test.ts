import { describe, expect, it, vi } from 'vitest';
import type { ClaimedJob } from '../../src/model/job.ts';
import { type LongClaim, LongClaims } from '../../src/queue/long-claims.ts';
import type { LeaseRequest } from '../../src/store/store.ts';

/** Jobs of one evaluator, and what was asked of them. */
function jobsOf(ids: number[]) {
  const asked: LeaseRequest[] = [];
  const released: number[][] = [];
  const state = {
    ids,
    asked,
    released,
    gate: Promise.resolve(),
    error: undefined as Error | undefined,
  };
  return {
    state,
    async lease(request: LeaseRequest): Promise<ClaimedJob[]> {
      asked.push(request);
      await state.gate;
      if (state.error) throw state.error;
      return state.ids.splice(0, request.limit).map((id) => ({ id }) as ClaimedJob);
    },
    async release(jobs: ClaimedJob[]): Promise<number[]> {
      const gone = jobs.map(({ id }) => id);
      released.push(gone);
      state.ids.unshift(...gone);
      return gone;
    },
  };
}

const claimOf = (changes: Partial<LongClaim> = {}): LongClaim => ({
  projectId: 'p',
  evaluator: 'e',
  limit: 1,
  leaseMs: 1000,
  waitMs: 10_000,
  signal: new AbortController().signal,
  ...changes,
});

const idsOf = (jobs: ClaimedJob[]): number[] => jobs.map(({ id }) => id);

describe('claims that wait', () => {
  it('are answered at once where there is something, and under the lease they asked for', async () => {
    const jobs = jobsOf([1, 2, 3]);
    const claims = new LongClaims({ jobs });
    expect(idsOf(await claims.claim(claimOf({ limit: 2, leaseMs: 5000 })))).toEqual([1, 2]);
    const [{ nowMs, leaseUntilMs, limit }] = jobs.state.asked as [LeaseRequest];
    expect([leaseUntilMs - nowMs, limit]).toEqual([5000, 2]);
  });

  it('are answered at once with none where they would not wait', async () => {
    const claims = new LongClaims({ jobs: jobsOf([]) });
    expect(await claims.claim(claimOf({ waitMs: 0 }))).toEqual([]);
  });

  it('are answered with none when their time is over', async () => {
    const jobs = jobsOf([]);
    const claims = new LongClaims({ jobs, pollMs: 5 });
    expect(await claims.claim(claimOf({ waitMs: 30 }))).toEqual([]);
    const looks = jobs.state.asked.length;
    expect(looks).toBeGreaterThan(1);
    // Nobody waits: nobody looks.
    await new Promise((done) => setTimeout(done, 30));
    expect(jobs.state.asked).toHaveLength(looks);
  });

  it('are served in the order in which they came, each once, when they are woken', async () => {
    const jobs = jobsOf([]);
    const claims = new LongClaims({ jobs, restMs: 1, pollMs: 60_000 });
    const answered: string[] = [];
    const wait = async (name: string): Promise<void> => {
      const [job] = await claims.claim(claimOf());
      answered.push(`${name} ${job?.id}`);
    };
    const all = [wait('a'), wait('b'), wait('c')];
    await vi.waitFor(() => expect(jobs.state.asked.length).toBeGreaterThan(0));
    jobs.state.ids.push(1, 2, 3);
    claims.wake();
    await Promise.all(all);
    expect(answered).toEqual(['a 1', 'b 2', 'c 3']);
  });

  it('find jobs of other processes without being woken', async () => {
    const jobs = jobsOf([]);
    const claims = new LongClaims({ jobs, pollMs: 5 });
    const waiting = claims.claim(claimOf());
    await vi.waitFor(() => expect(jobs.state.asked.length).toBeGreaterThan(0));
    jobs.state.ids.push(7);
    expect(idsOf(await waiting)).toEqual([7]);
  });

  it('give back what was claimed for somebody who has gone meanwhile, and the next gets it', async () => {
    const jobs = jobsOf([1]);
    const { promise, resolve } = Promise.withResolvers<void>();
    jobs.state.gate = promise;
    const gone = new AbortController();
    const claims = new LongClaims({ jobs });
    const first = claims.claim(claimOf({ signal: gone.signal }));
    gone.abort();
    const second = claims.claim(claimOf());
    resolve();
    expect(await first).toEqual([]);
    expect(idsOf(await second)).toEqual([1]);
    expect(jobs.state.released).toEqual([[1]]);
  });

  it('do not ask the store for whoever is gone already', async () => {
    const jobs = jobsOf([1]);
    expect(await new LongClaims({ jobs }).claim(claimOf({ signal: AbortSignal.abort() }))).toEqual([]);
    expect(jobs.state.asked).toEqual([]);
  });

  it('look once for many wakes that come together', async () => {
    const jobs = jobsOf([]);
    const claims = new LongClaims({ jobs, restMs: 20, pollMs: 60_000 });
    const waiting = claims.claim(claimOf({ waitMs: 200 }));
    for (let times = 0; times < 100; times += 1) claims.wake();
    await new Promise((done) => setTimeout(done, 100));
    expect(jobs.state.asked.length).toBeLessThanOrEqual(3);
    expect(await waiting).toEqual([]);
  });

  it('of others wait for themselves', async () => {
    const jobs = jobsOf([1]);
    const claims = new LongClaims({ jobs });
    expect(idsOf(await claims.claim(claimOf({ evaluator: 'other' })))).toEqual([1]);
    expect(jobs.state.asked.map(({ evaluator }) => evaluator)).toEqual(['other']);
  });

  it('fail where the store does, and are there again afterwards', async () => {
    const jobs = jobsOf([1]);
    jobs.state.error = new Error('away');
    const claims = new LongClaims({ jobs });
    await expect(claims.claim(claimOf())).rejects.toThrow('away');
    jobs.state.error = undefined;
    expect(idsOf(await claims.claim(claimOf()))).toEqual([1]);
  });
});
