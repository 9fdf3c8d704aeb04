/** What every engine's store does with evaluations that come with their log. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/model/outcome.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import type { NewEvaluation } from '../../src/store/evaluations.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

const ran = { durationMs: 1.5, printed: 'seen\n' };

function evaluation(outcome: Outcome, changes: Partial<NewEvaluation> = {}): NewEvaluation {
  const tone = { evaluator: 'tone', evaluatorVersion: 'v1', source: 'evaluator', givenBy: null } as const;
  return { ...tone, outcome, attempt: 1, atMs: NOW, ...changes };
}

export function evaluationsContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe('evaluations that come with their log', () => {
    it('are there with their scores as soon as the log is, and have no job', async () => {
      const scores = [
        { name: 'tone', value: 'rude', reason: 'it swears' },
        { name: 'tone.sure', value: 0.75, reason: null },
      ];
      const log = newLog({ evaluations: [evaluation({ outcome: 'scored', scores, ...ran })] });
      expect(await store.logs.add([newLog(), log, newLog()], NOW)).toMatchObject({ inserted: 3, jobs: 0 });
      expect(await store.scores.evaluations(PROJECT, log.id)).toEqual([
        {
          evaluator: 'tone',
          evaluatorVersion: 'v1',
          outcome: 'scored',
          code: null,
          reason: null,
          ...ran,
          attempt: 1,
          atMs: NOW,
          givenBy: null,
        },
      ]);
      const stored = await store.scores.list(PROJECT, log.id);
      expect(
        stored.map(({ name, value, reason, source, evaluator }) => [name, value, reason, source, evaluator]),
      ).toEqual([
        ['tone', 'rude', 'it swears', 'evaluator', 'tone'],
        ['tone.sure', 0.75, null, 'evaluator', 'tone'],
      ]);
    });

    it('keep what failed, was skipped or had nothing to say apart, without a score', async () => {
      const log = newLog({
        evaluators: ['length'],
        evaluations: [
          evaluation({ outcome: 'failed', code: 'timeout', message: 'late', retryable: true, ...ran }),
          evaluation({ outcome: 'abstained', reason: 'no text', ...ran }, { evaluator: 'pii' }),
          evaluation({ outcome: 'skipped', reason: 'too large', ...ran }, { evaluator: 'size' }),
        ],
      });
      expect(await store.logs.add([log], NOW)).toMatchObject({ inserted: 1, jobs: 1 });
      const rows = await store.scores.evaluations(PROJECT, log.id);
      expect(
        Object.fromEntries(rows.map(({ evaluator, outcome, code, reason }) => [evaluator, [outcome, code, reason]])),
      ).toEqual({
        pii: ['abstained', null, 'no text'],
        size: ['skipped', null, 'too large'],
        tone: ['failed', 'timeout', 'late'],
      });
      expect(await store.scores.list(PROJECT, log.id)).toEqual([]);
    });

    it('are not written again with a log that is there already', async () => {
      const of = (value: number): NewEvaluation =>
        evaluation({ outcome: 'scored', scores: [{ name: 'tone', value, reason: null }], ...ran });
      const log = newLog({ evaluations: [of(1)] });
      await store.logs.add([log], NOW);
      expect(await store.logs.add([{ ...log, evaluations: [of(2)] }], NOW)).toMatchObject({ inserted: 0 });
      expect((await store.scores.list(PROJECT, log.id)).map(({ value }) => value)).toEqual([1]);
    });

    it('are superseded by a later look, as those of jobs are', async () => {
      const of = (value: number): Outcome => ({
        outcome: 'scored',
        scores: [{ name: 'tone', value, reason: null }],
        ...ran,
      });
      const log = newLog({ evaluators: ['tone'], evaluations: [evaluation(of(1))] });
      await store.logs.add([log], NOW);
      const [job] = await store.jobs.claim({
        evaluators: ['tone'],
        limit: 1,
        nowMs: NOW,
        leaseUntilMs: NOW + 30_000,
      });
      await store.jobs.complete([
        { job: job!, evaluatorVersion: 'v2', outcome: of(2), atMs: NOW + 1, retryAtMs: undefined, dead: false },
      ]);
      expect((await store.scores.list(PROJECT, log.id)).map(({ value }) => value)).toEqual([2]);
    });
  });
}
