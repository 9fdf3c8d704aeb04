/** How every engine's store shares out what waits. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { ClaimRequest } from '../../src/store/fair-claim.ts';
import { DEFAULT_PROJECT, type NewLog, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
/** Several times what one claim looks at. */
const MANY = 1500;

export function fairClaimContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const claim = (evaluators: string[], limit: number, changes: Partial<ClaimRequest> = {}): Promise<ClaimedJob[]> =>
    store.jobs.claim({ evaluators, limit, nowMs: NOW, leaseUntilMs: NOW + 30_000, ...changes });

  const add = async (
    count: number,
    evaluators: NewLog['evaluators'],
    changes: { projectId?: string; atMs?: number } = {},
  ) => {
    const logs = Array.from({ length: count }, () =>
      newLog({ evaluators, projectId: changes.projectId ?? PROJECT, requestBody: Buffer.from('{}') }),
    );
    await store.logs.add(logs, changes.atMs ?? NOW - 1000);
    return logs;
  };

  async function createProject(name: string): Promise<string> {
    const id = newId();
    const key = { id: newId(), project: name, name, hash: name.padEnd(64, '0'), last4: 'abcd', createdAtMs: NOW };
    await store.keys.create({ ...key, scopes: ['read'] }, id);
    return id;
  }

  const count = (jobs: ClaimedJob[], by: (job: ClaimedJob) => string): Record<string, number> =>
    Object.fromEntries([...Map.groupBy(jobs, by)].map(([key, some]) => [key, some.length]));

  describe('jobs of which more are due than can be taken', () => {
    it('do not stand before those of another evaluator', async () => {
      await add(MANY, ['slow']);
      const [late] = await add(1, ['quick'], { atMs: NOW - 1 });
      expect(await claim(['quick'], 16)).toMatchObject([{ evaluator: 'quick', logId: late!.id }]);
      const [next] = await add(1, ['quick'], { atMs: NOW - 1 });
      const both = await claim(['quick', 'slow'], 16);
      expect(both).toHaveLength(16);
      expect(both.filter(({ evaluator }) => evaluator === 'quick')).toMatchObject([{ logId: next!.id }]);
    });

    it('are shared out evenly among evaluators, and what one leaves the others have', async () => {
      await add(MANY, ['a', 'b']);
      await add(5, ['c'], { atMs: NOW });
      // Once all has been looked at.
      expect(await claim(['nobody'], 1)).toEqual([]);
      expect(count(await claim(['a', 'b', 'c'], 30), (job) => job.evaluator)).toEqual({ a: 13, b: 12, c: 5 });
    });

    it('are shared out evenly among projects', async () => {
      const [one, two] = [await createProject('one'), await createProject('two')];
      await add(MANY, ['a'], { projectId: one });
      await add(50, ['a'], { projectId: two, atMs: NOW });
      expect(await claim(['nobody'], 1)).toEqual([]);
      expect(count(await claim(['a'], 20), (job) => job.projectId)).toEqual({ [one]: 10, [two]: 10 });
    });

    it('are all claimed, each once, those of one evaluator the oldest first', async () => {
      const logs = await add(MANY, ['a', 'b']);
      const seen: ClaimedJob[] = [];
      for (let some = await claim(['a', 'b'], 128); some.length > 0; some = await claim(['a', 'b'], 128))
        seen.push(...some);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(2 * MANY);
      expect(seen).toHaveLength(2 * MANY);
      for (const name of ['a', 'b'])
        expect(seen.filter(({ evaluator }) => evaluator === name).map(({ logId }) => logId)).toEqual(
          logs.map(({ id }) => id),
        );
    });

    it('are claimed once each by several that claim at the same time', async () => {
      await add(MANY / 3, ['a', 'b', 'c']);
      const seen: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        const some = await Promise.all([1, 2, 3, 4].map(() => claim(['a', 'b', 'c'], 100)));
        seen.push(...some.flat().map(({ id }) => id));
      }
      expect(seen).toHaveLength(MANY);
      expect(new Set(seen).size).toBe(MANY);
    });

    it('leave room for an evaluator that has none, however much room there is', async () => {
      await add(MANY, ['dead']);
      const first = await claim(['dead', 'good'], 1000, { free: 100 });
      expect(first).toHaveLength(50);
      const held = [{ evaluator: 'dead', projectId: PROJECT, count: 50 }];
      expect(await claim(['dead', 'good'], 1000, { free: 50, held })).toEqual([]);
      await add(30, ['good']);
      const second = await claim(['dead', 'good'], 1000, { free: 50, held });
      expect(count(second, (job) => job.evaluator)).toEqual({ good: 25 });
    });

    it('are given first to who holds fewest', async () => {
      await add(20, ['a', 'b']);
      const held = [{ evaluator: 'a', projectId: PROJECT, count: 6 }];
      expect(count(await claim(['a', 'b'], 10, { held }), (job) => job.evaluator)).toEqual({ a: 2, b: 8 });
    });

    it('go by their priority, until those of a lower one are older by more than it is worth', async () => {
      await add(MANY, [{ name: 'a', priority: -10 }], { atMs: NOW - 600_000 });
      const [old] = await add(1, [{ name: 'a', priority: -10 }], { atMs: NOW - 700_000 });
      const [live] = await add(1, ['a'], { atMs: NOW - 50_000 });
      const [urgent] = await add(1, [{ name: 'a', priority: 5 }], { atMs: NOW - 1 });
      expect(await claim(['nobody'], 1)).toEqual([]);
      const first = await claim(['a'], 4);
      expect(first.slice(0, 3).map(({ logId }) => logId)).toEqual([urgent!.id, old!.id, live!.id]);
      expect(first).toHaveLength(4);
    });

    it('are counted, explained, given back, ended and removed as others are', async () => {
      const logs = await add(MANY, ['a'], { atMs: NOW - 5000 });
      await add(MANY, ['b']);
      expect(await claim(['nobody'], 1)).toEqual([]);
      expect(await store.jobs.backlog()).toEqual({
        pending: 2 * MANY,
        leased: 0,
        dead: 0,
        oldestDueAtMs: NOW - 5000,
      });
      expect((await store.jobs.evaluators()).toSorted()).toEqual(['a', 'b']);
      expect(await store.jobs.ofLog(PROJECT, logs[700]!.id)).toEqual([
        {
          evaluator: 'a',
          state: 'pending',
          attempt: 0,
          dueAtMs: NOW - 5000,
          reason: null,
          deferredBy: null,
          ahead: 700,
        },
      ]);
      const [job] = await claim(['a'], 1);
      await store.jobs.release([job!], NOW);
      const [again] = await claim(['a'], 1);
      expect(again).toMatchObject({ attempt: 1 });
      await store.jobs.complete([
        {
          job: again!,
          evaluatorVersion: 'v1',
          outcome: { outcome: 'abstained', reason: null, durationMs: 1, printed: '' },
          atMs: NOW,
          retryAtMs: undefined,
          dead: false,
        },
      ]);
      await store.removals.removeLogs(
        PROJECT,
        logs.slice(700, 710).map(({ id }) => id),
        removalAct(),
      );
      expect(await store.jobs.backlog()).toMatchObject({ pending: 2 * MANY - 11, leased: 0, dead: 0 });
    });
  });
}
