/**
 * What every engine's answers to questions about numbers must be: what is counted in memory over the logs, whether they
 * are folded into rollups, wait for it, or were changed since. As many questions a state as AGGREGATE_QUESTIONS says, 100 else,
 * from the seed AGGREGATE_SEED, 1 else.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Filterable, matches } from '../../src/model/filter-match.ts';
import { newId } from '../../src/model/id.ts';
import { filterable } from '../../src/evaluation/filterable.ts';
import type { AggregateQuestion } from '../../src/store/aggregates.ts';
import { describedRows } from '../../src/store/describing.ts';
import { DEFAULT_PROJECT, type NewScore, type Store } from '../../src/store/store.ts';
import { seededRandom } from '../fakes/random.ts';
import {
  EVALUATOR_NAMES,
  NASTY_TEXTS,
  nastyLogs,
  nastyScore,
  PROPERTY_NAMES,
  SCORE_NAMES,
} from '../fixtures/nasty-logs.ts';
import { newLog } from '../fixtures/new-log.ts';
import { arbitraryQuestion, HOUR_MS, START_MS } from './arbitrary-aggregate.ts';
import { aggregated, cellsOf, type KnownLog } from './known-logs.ts';
import { nastyOutcome } from './filter-contract.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = START_MS + 10 * HOUR_MS;
const LOGS = 120;
const QUESTIONS = Number(process.env.AGGREGATE_QUESTIONS ?? 100);
const SEED = Number(process.env.AGGREGATE_SEED ?? 1);

export interface AggregatingStore {
  store: Store;
  /** Folds all that waits into rollups, where the engine has them. Nothing is folded at other times. */
  fold: () => Promise<void>;
}

/** `open` gives a store that reads texts with providers/log-texts.ts. */
export function aggregatesContract(open: () => Promise<AggregatingStore>): void {
  describe('numbers of many logs', () => {
    let opened: AggregatingStore;
    let ids: string[];
    beforeAll(async () => {
      opened = await open();
      ids = [];
    }, 60_000);
    afterAll(() => opened.store.close());

    const random = seededRandom(5);
    const add = async (count: number, seed: number): Promise<void> => {
      const nasty = nastyLogs(count, seed);
      for (const { log, scores } of nasty) {
        const startedAtMs = START_MS + random.pick([0, HOUR_MS - 1, HOUR_MS, random.between(0, 4 * HOUR_MS)]);
        await opened.store.logs.add([{ ...log, startedAtMs }], NOW);
        if (scores.length > 0) await opened.store.scores.put(PROJECT, log.id, scores, NOW);
        ids.push(log.id);
      }
    };
    const evaluate = async (version: string, again: boolean): Promise<void> => {
      const lease = { evaluators: EVALUATOR_NAMES, nowMs: NOW, leaseUntilMs: NOW + 1 };
      const jobs = await opened.store.jobs.claim({ ...lease, limit: 1000 });
      await opened.store.jobs.complete(
        jobs.map((job) => ({
          job,
          evaluatorVersion: version,
          outcome: nastyOutcome(random),
          atMs: NOW + Number(version.slice(1)),
          retryAtMs: again && random.between(0, 2) > 0 ? NOW : undefined,
          dead: false,
        })),
      );
    };
    const edit = async (): Promise<void> => {
      const { edits, scores } = opened.store;
      for (const id of ids) {
        const [name, given] = [random.pick(SCORE_NAMES), random.between(0, 5)];
        if (given === 0)
          await edits.setProperty(PROJECT, id, random.pick(PROPERTY_NAMES), random.pick(NASTY_TEXTS), NOW);
        if (given === 1) await edits.removeScores(PROJECT, id, name, null, NOW);
        if (given === 2) await scores.put(PROJECT, id, [scoreOf(name, nastyScore(random), 'human')], NOW);
      }
    };

    // One after the other: each state is made of the one before.
    it.each<{ state: string; make: () => Promise<void> }>([
      { state: 'none of them folded', make: () => add(LOGS / 2, 21) },
      { state: 'evaluated, none of them folded', make: () => evaluate('v1', true) },
      { state: 'all of them folded', make: () => opened.fold() },
      { state: 'changed since they were folded', make: edit },
      { state: 'followed by others', make: () => add(LOGS / 2, 22) },
      { state: 'evaluated by another version', make: () => evaluate('v2', false) },
      { state: 'folded once more', make: () => opened.fold() },
      { state: 'changed once more', make: edit },
    ])('are what is counted in memory: $state', { timeout: 60_000 + QUESTIONS * 200 }, async ({ make }) => {
      await make();
      const known = await knownLogs(opened.store, ids);
      let some = 0;
      await fc.assert(
        fc.asyncProperty(arbitraryQuestion(PROJECT, ids), async (question) => {
          const wanted = aggregated(known, question);
          const { rows } = await opened.store.questions.aggregate(question);
          expect({ question, cells: cellsOf(rows) }).toEqual({ question, cells: wanted });
          if (wanted.length > 0) some += 1;
        }),
        { numRuns: QUESTIONS, seed: SEED },
      );
      expect(some).toBeGreaterThan(QUESTIONS / 4);
    });

    it('are described where they are found, as they would be afterwards', async () => {
      for (const measures of [
        'scoresAndOutcomes' as const,
        [{ log: 'error' as const }, { log: 'durationMs' as const }],
      ]) {
        const question = {
          ...everything,
          measures,
          groupBy: { property: 'env' },
          edgesMs: [START_MS, START_MS + HOUR_MS],
        };
        const { rows, plan } = await opened.store.questions.aggregate(question);
        expect(rows.length).toBeGreaterThan(2);
        expect(await opened.store.questions.describe(question, 0.9)).toEqual({ rows: describedRows(rows, 0.9), plan });
      }
    });

    it('are nothing for a project that is not there, and never of another', async () => {
      const none = await opened.store.questions.aggregate({ ...everything, projectId: newId() });
      expect(none.rows).toEqual([]);
    });
  });

  describe('groups', () => {
    it('beyond the limit share one, by count and then by name', async () => {
      const { store, fold } = await open();
      const plans = ['a', 'b', 'b', 'c', 'c', 'd', 'e', 'e', 'e'];
      await store.logs.add(plans.map(ofPlan), NOW);
      const ask = async (groupLimit: number): Promise<unknown[]> => {
        const { rows } = await store.questions.aggregate({ ...everything, groupBy: { property: 'plan' }, groupLimit });
        return rows.map(({ group, other, numbers }) => [other ? 'other' : group, ...numbers!.bins.values()]);
      };
      const expected = [
        ['e', 3],
        ['b', 2],
        ['other', 4],
      ];
      expect(await ask(2)).toEqual(expected);
      await fold();
      expect(await ask(2)).toEqual(expected);
      expect(await ask(0)).toEqual([['other', 9]]);
      expect(await ask(5)).toHaveLength(5);
      await store.close();
    });

    it('of a name with more values than are rolled up are counted all the same, before and after', async () => {
      const { store, fold } = await open();
      const question: AggregateQuestion = { ...everything, groupBy: { property: 'plan' }, groupLimit: 1000 };
      const counts = async (): Promise<unknown> => {
        const { rows } = await store.questions.aggregate(question);
        return rows.map(({ group, numbers }) => `${group} ${[...numbers!.bins.values()].join()}`).toSorted();
      };
      const values = Array.from({ length: 199 }, (_, index) => `plan-${index}`);
      const expected = (): unknown => values.map((value) => `${value} 1`).toSorted();
      await store.logs.add(values.map(ofPlan), NOW);
      await fold();
      expect(await counts()).toEqual(expected());
      const more = Array.from({ length: 100 }, (_, index) => `plan-${index + 199}`);
      values.push(...more);
      await store.logs.add(more.map(ofPlan), NOW);
      expect(await counts()).toEqual(expected());
      await fold();
      expect(await counts()).toEqual(expected());
      await store.close();
    });
  });

  describe('a question about numbers', () => {
    it('ends with a plain message when the time is over', async () => {
      const { store } = await open();
      await store.logs.add(
        Array.from({ length: 200 }, () => ofPlan('a')),
        NOW,
      );
      const filter = {
        and: [
          { text: 'any' as const, contains: 'l' },
          { field: 'durationMs' as const, gte: 0 },
        ],
      };
      await expect(store.questions.aggregate({ ...everything, filter, timeLimitMs: 0 })).rejects.toMatchObject({
        code: 'question_too_large',
      });
      const { rows } = await store.questions.aggregate({ ...everything, filter });
      expect(rows.map(({ numbers }) => [...numbers!.bins])).toEqual([[[0, 200]]]);
      await store.close();
    });

    it('sees whole commits, and what was committed before it, while logs come and are folded', async () => {
      const { store, fold } = await open();
      let last = 0;
      let folding: Promise<void> = Promise.resolve();
      for (let round = 1; round <= 12; round += 1) {
        const added = store.logs.add(
          Array.from({ length: 50 }, () => ofPlan(`${round}`)),
          NOW,
        );
        if (round % 3 === 0) folding = folding.then(fold);
        const during = await store.questions.aggregate(everything);
        const count = during.rows[0]?.numbers?.bins.get(0) ?? 0;
        expect(count % 50).toBe(0);
        expect(count).toBeGreaterThanOrEqual(last);
        await added;
        const after = await store.questions.aggregate(everything);
        last = after.rows[0]!.numbers!.bins.get(0)!;
        expect(last).toBe(round * 50);
      }
      await folding;
      await store.close();
    });
  });
}

const everything: AggregateQuestion = {
  projectId: PROJECT,
  filter: null,
  fromMs: null,
  toMs: null,
  measures: [{ log: 'error' }],
  groupBy: null,
  edgesMs: null,
  groupLimit: 10,
  timeLimitMs: 20_000,
};

function ofPlan(plan: string): ReturnType<typeof newLog> {
  return newLog({ id: newId(), startedAtMs: START_MS + 1, properties: new Map([['plan', plan]]) });
}

function scoreOf(name: string, value: NewScore['value'], source: 'api' | 'human'): NewScore {
  return { name, value, source, reason: null, evaluator: null, evaluatorVersion: null, durationMs: null, atMs: NOW };
}

/** The logs as the store gives them one by one. */
async function knownLogs(store: Store, ids: string[]): Promise<KnownLog[]> {
  const stored = await store.logs.getMany(ids);
  return Promise.all(
    stored.map(async (log) => {
      const scores = await store.scores.list(PROJECT, log.id);
      const last = new Map<string, { outcome: string; version: string }>();
      for (const row of (await store.scores.evaluations(PROJECT, log.id)).toSorted((a, b) => a.atMs - b.atMs))
        last.set(row.evaluator, { outcome: row.outcome, version: row.evaluatorVersion });
      const seen: Filterable = {
        ...filterable(log),
        scores: (name: string) => scores.filter((score) => score.name === name),
        outcome: (name: string) => last.get(name)?.outcome as ReturnType<NonNullable<Filterable['outcome']>>,
      };
      return { log, scores, outcomes: last, satisfies: (filter) => filter === null || matches(filter, seen) };
    }),
  );
}
