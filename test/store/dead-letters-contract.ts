/** What every engine's store does with dead letters. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import { actOnDeadLetters } from '../../src/store/dead-letters.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { BURIED_AT_MS, bury } from '../fixtures/bury.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

export function deadLettersContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const claim = (nowMs = NOW): Promise<ClaimedJob[]> =>
    store.jobs.claim({ evaluators: ['tone', 'length'], limit: 1000, nowMs, leaseUntilMs: nowMs + 30_000 });

  const list = (evaluator: string | null = null, projectId: string = PROJECT) =>
    store.deadLetters.list(projectId, { evaluator, after: null, limit: 1000 });

  describe('dead letters', () => {
    it('say which log, evaluator and version it was, and why', async () => {
      const log = newLog({ evaluators: ['tone'] });
      await bury(store, [log]);
      const [letter] = await list();
      expect(letter).toEqual({
        id: expect.any(Number),
        logId: log.id,
        evaluator: 'tone',
        attempts: 1,
        reason: 'boom',
        evaluatorVersion: 'v1',
        code: 'threw',
        failedAtMs: BURIED_AT_MS,
        printed: 'seen\n',
      });
      expect(await store.deadLetters.find(PROJECT, letter!.id)).toEqual(letter);
    });

    it('are listed the youngest first, page by page, of one evaluator where it is named', async () => {
      await bury(
        store,
        Array.from({ length: 5 }, () => newLog({ evaluators: ['tone', 'length'] })),
      );
      const all = (await list()).map(({ id }) => id);
      expect(all).toHaveLength(10);
      expect(all).toEqual(all.toSorted((one, other) => other - one));
      const second = await store.deadLetters.list(PROJECT, { evaluator: null, after: all[3]!, limit: 4 });
      expect(second.map(({ id }) => id)).toEqual(all.slice(4, 8));
      expect((await list('length')).map(({ evaluator }) => evaluator)).toEqual(Array(5).fill('length'));
      expect(await list('unknown')).toEqual([]);
    });

    it('that are retried are due at once, as if never tried, and fence off whoever held them before', async () => {
      const log = newLog({ evaluators: ['tone'] });
      await bury(store, [log]);
      const [letter] = await list();
      expect(await store.deadLetters.retry(PROJECT, [letter!.id, letter!.id + 1000], NOW + 10)).toBe(1);
      expect(await list()).toEqual([]);
      expect(await claim(NOW + 9)).toEqual([]);
      const [job] = await claim(NOW + 10);
      expect(job).toMatchObject({ id: letter!.id, logId: log.id, attempt: 1, token: 2 });
      const outcome = {
        outcome: 'scored',
        scores: [{ name: 'tone', value: 1, reason: null }],
        durationMs: 1,
        printed: '',
      } as const;
      const effect = {
        evaluatorVersion: 'v1',
        outcome: { ...outcome, scores: [...outcome.scores] },
        atMs: NOW + 11,
        retryAtMs: undefined,
        dead: false,
      };
      expect(await store.jobs.complete([{ ...effect, job: { ...job!, token: 1 } }])).toEqual({ fenced: 1 });
      expect(await store.jobs.complete([{ ...effect, job: job! }])).toEqual({ fenced: 0 });
      expect(await store.scores.list(PROJECT, log.id)).toMatchObject([{ name: 'tone', value: 1 }]);
      expect(await store.scores.evaluations(PROJECT, log.id)).toMatchObject([{ outcome: 'scored' }]);
    });

    it('that are dropped are gone, and their logs keep the outcome', async () => {
      const log = newLog({ evaluators: ['tone'] });
      await bury(store, [log]);
      const [letter] = await list();
      expect(await store.deadLetters.drop(PROJECT, [letter!.id])).toBe(1);
      expect(await store.deadLetters.drop(PROJECT, [letter!.id])).toBe(0);
      expect(await store.deadLetters.find(PROJECT, letter!.id)).toBeUndefined();
      expect(await store.jobs.backlog()).toMatchObject({ pending: 0, dead: 0 });
      expect(await store.scores.evaluations(PROJECT, log.id)).toMatchObject([{ outcome: 'failed', code: 'threw' }]);
    });

    it('are told from jobs that are pending or leased, which neither retry nor drop touches', async () => {
      await store.logs.add([newLog({ evaluators: ['tone'] })], NOW);
      const [leased] = await claim();
      await store.logs.add([newLog({ evaluators: ['other'] })], NOW);
      const ids = [leased!.id, leased!.id + 1];
      expect(await list()).toEqual([]);
      expect(await store.deadLetters.find(PROJECT, leased!.id)).toBeUndefined();
      expect(await store.deadLetters.retry(PROJECT, ids, NOW)).toBe(0);
      expect(await store.deadLetters.drop(PROJECT, ids)).toBe(0);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 1, leased: 1 });
    });

    it('of another project are neither shown nor changed', async () => {
      const other = await store.keys.create(
        { id: newId(), project: 'other', name: '', hash: '0'.repeat(64), last4: 'abcd', scopes: [], createdAtMs: NOW },
        newId(),
      );
      await bury(store, [newLog({ evaluators: ['tone'], projectId: other.projectId })]);
      const [letter] = await list(null, other.projectId);
      expect(await list()).toEqual([]);
      expect(await store.deadLetters.find(PROJECT, letter!.id)).toBeUndefined();
      expect(await store.deadLetters.retry(PROJECT, [letter!.id], NOW)).toBe(0);
      expect(await store.deadLetters.drop(PROJECT, [letter!.id])).toBe(0);
      expect(await list(null, other.projectId)).toHaveLength(1);
    });

    it('go with their log', async () => {
      const log = newLog({ evaluators: ['tone'] });
      await bury(store, [log]);
      const act = { id: newId(), actor: 'local', keyId: null, atMs: NOW, target: null, details: null } as const;
      await store.removals.removeLogs(PROJECT, [log.id], act);
      expect(await list()).toEqual([]);
    });

    it('are each met once by what is done to all of an evaluator, more than one page of them', async () => {
      await bury(
        store,
        Array.from({ length: 300 }, () => newLog({ evaluators: ['tone', 'length'] })),
      );
      const retry = (ids: number[]): Promise<number> => store.deadLetters.retry(PROJECT, ids, NOW);
      const of = { projectId: PROJECT, evaluator: 'tone' };
      expect(await actOnDeadLetters(store.deadLetters, of, retry)).toBe(300);
      expect(await actOnDeadLetters(store.deadLetters, of, retry)).toBe(0);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 300, dead: 300 });
    });
  });
}
