/** How every engine's store pauses evaluators that fail. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { FailureCode, Outcome } from '../../src/model/outcome.ts';
import { MOST_FAILURES, type Pause } from '../../src/model/pause.ts';
import { DEFAULT_PROJECT, type JobEffect, type Store } from '../../src/store/store.ts';
import { judgeDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';
import { putOptions } from './definitions-contract.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const RAN = { durationMs: 1, printed: '' };

const failed = (code: FailureCode = 'threw', message = 'boom'): Outcome => ({
  outcome: 'failed',
  code,
  message,
  retryable: false,
  ...RAN,
});
const scored: Outcome = { outcome: 'scored', scores: [{ name: 'tone', value: 1, reason: null }], ...RAN };
const skipped: Outcome = { outcome: 'skipped', reason: 'nothing to see', ...RAN };

export function pausesContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const add = async (count: number, evaluators = ['tone'], projectId: string = PROJECT) => {
    const logs = Array.from({ length: count }, () => newLog({ evaluators, projectId }));
    await store.logs.add(logs, NOW - 1000);
    return logs;
  };
  const claim = (limit = 1000, evaluators = ['tone', 'length'], nowMs = NOW): Promise<ClaimedJob[]> =>
    store.jobs.claim({ evaluators, limit, nowMs, leaseUntilMs: nowMs + 30_000 });
  const end = (jobs: ClaimedJob[], outcome: Outcome, changes: Partial<JobEffect> = {}) =>
    store.jobs.complete(
      jobs.map((job) => ({
        job,
        evaluatorVersion: 'v1',
        outcome,
        atMs: NOW,
        retryAtMs: undefined,
        dead: false,
        ...changes,
      })),
    );
  const pauses = (projectId: string = PROJECT): Promise<Pause[]> => store.pauses.list(projectId);
  const names = (jobs: ClaimedJob[]): string[] => [...new Set(jobs.map(({ evaluator }) => evaluator))].toSorted();
  async function createProject(): Promise<string> {
    const id = newId();
    const key = { id: newId(), name: 'k', hash: newId(), last4: 'abcd', scopes: [], createdAtMs: NOW };
    await store.keys.create({ ...key, project: id }, id);
    return id;
  }

  describe('an evaluator that fails again and again', () => {
    it('is paused with its last failure when it is the twentieth in a row, and what waits is kept', async () => {
      await add(MOST_FAILURES + 5, ['tone', 'length']);
      const tone = await claim(MOST_FAILURES, ['tone']);
      await end(tone.slice(1), failed());
      expect(await pauses()).toEqual([]);
      expect(names(await claim(1, ['tone']))).toEqual(['tone']);
      await end(tone.slice(0, 1), failed('invalid_result'));
      expect(await pauses()).toEqual([
        {
          projectId: PROJECT,
          evaluator: 'tone',
          cause: 'failures',
          reason: 'It failed 20 times in a row, the last time with invalid_result.',
          atMs: NOW,
        },
      ]);
      expect(names(await claim())).toEqual(['length']);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 4, leased: 1 + MOST_FAILURES + 5, dead: 0 });
    });

    it('is counted over transactions, and anew after it scored', async () => {
      await add(60);
      const jobs = await claim();
      const next = (count: number): ClaimedJob[] => jobs.splice(0, count);
      for (let one = 0; one < MOST_FAILURES - 1; one += 1) await end(next(1), failed());
      await end(next(1), scored);
      await end(next(MOST_FAILURES - 1), failed());
      expect(await pauses()).toEqual([]);
      await end(next(1), failed());
      expect(await pauses()).toHaveLength(1);
    });

    it('is not counted where it was skipped or not run at all, which ends no row either', async () => {
      await add(60);
      const jobs = await claim();
      const next = (count: number): ClaimedJob[] => jobs.splice(0, count);
      await end(next(10), failed('provider_rate_limited'), { retryAtMs: NOW + 1, countsAttempt: false });
      await end(next(MOST_FAILURES - 1), failed());
      await end(next(10), skipped);
      expect(await pauses()).toEqual([]);
      await end(next(1), failed());
      expect(await pauses()).toHaveLength(1);
    });

    it('is paused in one project, and runs in another', async () => {
      const other = await createProject();
      await add(MOST_FAILURES + 1);
      await end(await claim(MOST_FAILURES), failed());
      await add(1, ['tone'], other);
      expect(await claim()).toMatchObject([{ projectId: other }]);
      expect(await pauses(other)).toEqual([]);
    });

    it('has the jobs kept that fail while it is paused, and not those that end otherwise', async () => {
      const [first, second] = await add(MOST_FAILURES + 2);
      const jobs = await claim();
      await end(jobs.slice(2), failed());
      await end(jobs.slice(0, 1), failed());
      await end(jobs.slice(1, 2), scored);
      expect(await pauses()).toHaveLength(1);
      expect(await store.jobs.ofLog(PROJECT, first!.id)).toMatchObject([{ state: 'pending', attempt: 0 }]);
      expect(await store.jobs.ofLog(PROJECT, second!.id)).toEqual([]);
      expect(await store.scores.list(PROJECT, second!.id)).toHaveLength(1);
    });

    it('goes on where it stopped when it is resumed, and is counted anew', async () => {
      await add(2 * MOST_FAILURES + 1);
      await end(await claim(MOST_FAILURES), failed());
      expect(await claim()).toEqual([]);
      expect(await store.pauses.resume(PROJECT, 'tone')).toBe(true);
      expect(await store.pauses.resume(PROJECT, 'tone')).toBe(false);
      const rest = await claim();
      expect(rest).toHaveLength(MOST_FAILURES + 1);
      await end(rest.slice(0, MOST_FAILURES - 1), failed());
      expect(await pauses()).toEqual([]);
      await end(rest.slice(MOST_FAILURES), failed());
      expect(await pauses()).toHaveLength(1);
    });

    it.each(['provider_unauthorized', 'provider_out_of_credit', 'provider_unknown_model'] as const)(
      'is paused at once where its provider says what the next would hear too: %s',
      async (code) => {
        const [log] = await add(3);
        await end(await claim(1), failed(code, 'The provider answered 4xx: no.'));
        const reason = 'The provider answered 4xx: no.';
        expect(await pauses()).toEqual([{ projectId: PROJECT, evaluator: 'tone', cause: code, reason, atMs: NOW }]);
        expect(await claim()).toEqual([]);
        expect(await store.jobs.ofLog(PROJECT, log!.id)).toMatchObject([{ state: 'pending', attempt: 0 }]);
        await store.pauses.resume(PROJECT, 'tone');
        expect((await claim()).map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
      },
    );
  });

  describe('a pause', () => {
    const byHand = {
      projectId: PROJECT,
      evaluator: 'tone',
      cause: 'by_hand',
      reason: 'Mended today.',
      atMs: NOW,
    } as const;

    it('by hand keeps the jobs, those that come and those of a long backlog too', async () => {
      await add(600);
      expect(await store.pauses.pause(byHand)).toEqual(byHand);
      expect(await pauses()).toEqual([byHand]);
      await add(3, ['tone', 'length']);
      expect(names(await claim())).toEqual(['length']);
      const lease = { projectId: PROJECT, evaluator: 'tone', limit: 5, nowMs: NOW, leaseUntilMs: NOW + 1 };
      expect(await store.jobs.lease(lease)).toEqual([]);
      await store.pauses.resume(PROJECT, 'tone');
      expect(await claim(1000, ['tone'])).toHaveLength(603);
    });

    it('stays the one that it was when it is paused again', async () => {
      await store.pauses.pause(byHand);
      expect(await store.pauses.pause({ ...byHand, reason: 'Other.', atMs: NOW + 1 })).toEqual(byHand);
      await add(1);
      expect(await store.pauses.resume(PROJECT, 'unknown')).toBe(false);
      expect(await claim()).toEqual([]);
    });

    it('ends when its evaluator is deleted, so that its jobs finish', async () => {
      await store.definitions.put(PROJECT, judgeDefinition({ name: 'tone' }), putOptions());
      await store.pauses.pause(byHand);
      await add(1);
      await store.definitions.remove(PROJECT, 'tone', { managedBy: 'api', waiting: 'finish', nowMs: NOW });
      expect(await pauses()).toEqual([]);
      expect(await claim()).toHaveLength(1);
    });

    it('that many at once bring about comes about once', async () => {
      await add(4 * MOST_FAILURES, ['tone', 'length']);
      const jobs = await claim();
      const parts = [...Map.groupBy(jobs, (_, index) => index % 8).values()];
      const fenced = await Promise.all(parts.map((some) => end(some, failed())));
      expect(fenced).toEqual(parts.map(() => ({ fenced: 0 })));
      expect((await pauses()).map(({ evaluator, cause }) => [evaluator, cause])).toEqual([
        ['length', 'failures'],
        ['tone', 'failures'],
      ]);
      // Of each, those that failed before are done, and those after are kept.
      expect(await store.jobs.backlog()).toMatchObject({ pending: 6 * MOST_FAILURES, leased: 0 });
    });
  });
}
