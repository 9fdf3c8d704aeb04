/** What every engine's store does for those who work on jobs elsewhere. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { NewEvaluation } from '../../src/store/evaluations.ts';
import { DEFAULT_PROJECT, type JobEffect, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const LEASE_MS = 60_000;

const scored = (value: number): Outcome => ({
  outcome: 'scored',
  scores: [{ name: 'review', value, reason: 'because' }],
  durationMs: 5,
  printed: '',
});
const effect = (job: ClaimedJob, outcome: Outcome, changes: Partial<JobEffect> = {}): JobEffect => ({
  job,
  evaluatorVersion: '1',
  outcome,
  atMs: NOW,
  retryAtMs: undefined,
  dead: false,
  ...changes,
});

export function leasesContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const lease = (nowMs = NOW, limit = 100, projectId: string = PROJECT): Promise<ClaimedJob[]> =>
    store.jobs.lease({ projectId, evaluator: 'review', limit, nowMs, leaseUntilMs: nowMs + LEASE_MS });

  const otherProject = async (): Promise<string> => {
    const id = newId();
    const key = { id, project: `other ${id}`, name: 'k', hash: id, last4: 'abcd', scopes: [], createdAtMs: NOW };
    return (await store.keys.create(key, newId())).projectId;
  };

  describe('leases', () => {
    it('are of one evaluator in one project, the oldest first', async () => {
      const projectId = await otherProject();
      const logs = Array.from({ length: 3 }, () => newLog({ evaluators: ['review', 'unasked'] }));
      const foreign = newLog({ projectId, evaluators: [{ name: 'review', version: '2' }] });
      for (const [index, log] of logs.entries()) await store.logs.add([log], NOW + index);
      await store.logs.add([foreign], NOW);
      const first = await lease(NOW + 5, 2);
      expect(first.map(({ logId }) => logId)).toEqual(logs.slice(0, 2).map(({ id }) => id));
      expect(first[0]).toMatchObject({ projectId: PROJECT, evaluator: 'review', version: null, attempt: 1, token: 1 });
      expect((await lease(NOW + 5)).map(({ logId }) => logId)).toEqual([logs[2]!.id]);
      expect(await lease(NOW + 5)).toEqual([]);
      expect(await lease(NOW, 100, projectId)).toMatchObject([{ logId: foreign.id, version: '2' }]);
    });

    it('that ran out are taken by others, and whoever lost one is told when renewing and giving back', async () => {
      await store.logs.add([newLog({ evaluators: ['review'] }), newLog({ evaluators: ['review'] })], NOW);
      const [lost, kept] = await lease();
      expect(await store.jobs.renew([kept!], NOW + 2 * LEASE_MS)).toEqual([kept!.id]);
      const [taken] = await lease(NOW + LEASE_MS);
      expect(taken).toMatchObject({ id: lost!.id, token: 2, attempt: 2 });
      expect(await store.jobs.renew([lost!, kept!], NOW + 3 * LEASE_MS)).toEqual([kept!.id]);
      expect(await store.jobs.release([lost!, kept!], NOW + LEASE_MS)).toEqual([kept!.id]);
      expect(await lease(NOW + LEASE_MS)).toMatchObject([{ id: kept!.id, attempt: 1 }]);
    });

    it('are counted in the queue by what becomes of them', async () => {
      const logs = Array.from({ length: 5 }, () => newLog({ evaluators: ['review'] }));
      for (const [index, log] of logs.entries()) await store.logs.add([log], NOW + index);
      await store.logs.add([newLog({ projectId: await otherProject(), evaluators: ['review'] })], NOW);
      const [held, later] = await lease(NOW + 4, 2);
      await store.jobs.release([later!], NOW + 1000);
      expect(held).toBeDefined();
      expect(await store.jobs.queue(PROJECT, 'review', NOW + 4, 2)).toEqual({
        waiting: 3,
        deferred: 1,
        leased: 1,
        next: [
          { logId: logs[2]!.id, dueAtMs: NOW + 2 },
          { logId: logs[3]!.id, dueAtMs: NOW + 3 },
        ],
      });
      expect(await store.jobs.queue(PROJECT, 'unasked', NOW, 2)).toEqual({
        waiting: 0,
        deferred: 0,
        leased: 0,
        next: [],
      });
    });

    it('end with scores from whom they are, and with who it was', async () => {
      const log = newLog({ evaluators: ['review'] });
      await store.logs.add([log], NOW);
      const [job] = await lease();
      const given = effect(job!, scored(4), { source: 'human', givenBy: 'anna' });
      expect(await store.jobs.complete([given])).toEqual({ fenced: 0 });
      expect(await store.scores.list(PROJECT, log.id)).toMatchObject([
        { name: 'review', value: 4, source: 'human', evaluator: 'review', evaluatorVersion: '1' },
      ]);
      expect(await store.scores.evaluations(PROJECT, log.id)).toMatchObject([{ outcome: 'scored', givenBy: 'anna' }]);
      expect(await store.jobs.queue(PROJECT, 'review', NOW, 2)).toMatchObject({ waiting: 0, leased: 0 });
    });
  });

  describe('an evaluation without a job', () => {
    const evaluation = (changes: Partial<NewEvaluation> = {}): NewEvaluation => ({
      evaluator: 'review',
      evaluatorVersion: '1',
      outcome: scored(3),
      attempt: 1,
      atMs: NOW,
      source: 'evaluator',
      givenBy: null,
      ...changes,
    });

    it('is stored with its scores, and takes the place of the one before', async () => {
      const log = newLog({ evaluators: [] });
      await store.logs.add([log], NOW);
      const outcome: Outcome = { outcome: 'skipped', reason: 'later', durationMs: 0, printed: '' };
      expect(await store.scores.putEvaluation(PROJECT, log.id, evaluation({ outcome }))).toBe(true);
      expect(await store.scores.putEvaluation(PROJECT, log.id, evaluation())).toBe(true);
      expect(await store.scores.putEvaluation(PROJECT, log.id, evaluation({ outcome: scored(5) }))).toBe(true);
      expect(await store.scores.list(PROJECT, log.id)).toMatchObject([{ value: 5, source: 'evaluator' }]);
      expect(await store.scores.evaluations(PROJECT, log.id)).toMatchObject([
        { outcome: 'scored', evaluatorVersion: '1', reason: null },
      ]);
    });

    it('is of a log of its project alone', async () => {
      const log = newLog({ evaluators: [] });
      await store.logs.add([log], NOW);
      expect(await store.scores.putEvaluation(await otherProject(), log.id, evaluation())).toBe(false);
      expect(await store.scores.putEvaluation(PROJECT, newId(), evaluation())).toBe(false);
      expect(await store.scores.list(PROJECT, log.id)).toEqual([]);
    });
  });
}
