/**
 * That a filter means the same everywhere: random filters give the same logs from an engine as `matches` picks in memory. As
 * many as FILTER_TREES says, 5,000 else, from the seed FILTER_SEED, 1 else.
 */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EVALUATOR_NAMES,
  NASTY_NUMBERS,
  NASTY_TEXTS,
  nastyLogs,
  nastyScore,
  PROPERTY_NAMES,
  SCORE_NAMES,
} from '../fixtures/nasty-logs.ts';
import { FILTER_FIELDS, type Filter, filterSchema } from '../../src/model/filter.ts';
import { type Filterable, matches } from '../../src/model/filter-match.ts';
import { OUTCOMES, type Outcome } from '../../src/model/outcome.ts';
import { SCORE_SOURCES } from '../../src/model/score.ts';
import { filterable } from '../../src/evaluation/filterable.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { seededRandom } from '../fakes/random.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

const TREES = Number(process.env.FILTER_TREES ?? 5000);
/** Always the same trees unless told otherwise: what other seeds find is to be found by whoever looks for it. */
const SEED = Number(process.env.FILTER_SEED ?? 1);
/** Of a slow machine. */
const MS_A_TREE = 60;

/** `open` gives a store that reads texts with providers/log-texts.ts; `logs` says how many logs every filter is tried on. */
export function filterContract(open: () => Promise<Store>, { logs: count = 150 } = {}): void {
  describe('filters', () => {
    let store: Store;
    let known: { id: string; log: Filterable }[];
    beforeAll(async () => {
      store = await open();
      known = await fill(store, count);
    }, 60_000);
    afterAll(() => store.close());

    const list = async (filter: Filter): Promise<string[]> => {
      const { logs } = await store.questions.list({
        projectId: PROJECT,
        filter,
        fromMs: null,
        toMs: null,
        order: { by: 'startedAtMs', direction: 'desc' },
        after: null,
        offset: 0,
        limit: count + 1,
        bodies: false,
        timeLimitMs: 20_000,
      });
      return logs.map(({ id }) => id).toSorted();
    };
    const expected = (filter: Filter): string[] =>
      known
        .filter(({ log }) => matches(filter, log))
        .map(({ id }) => id)
        .toSorted();

    it(
      `of ${TREES} random trees give the same logs as in memory`,
      { timeout: 60_000 + TREES * MS_A_TREE },
      async () => {
        let [some, none] = [0, 0];
        await fc.assert(
          fc.asyncProperty(arbitraryFilter(known.map(({ id }) => id)), async (filter) => {
            const wanted = expected(filter);
            if (wanted.length === 0) none += 1;
            else some += 1;
            expect({ filter, ids: await list(filter) }).toEqual({ filter, ids: wanted });
            if (some % 4 > 0) return;
            const counted = await store.questions.count(
              { projectId: PROJECT, filter, fromMs: null, toMs: null },
              20_000,
            );
            expect({ filter, ...counted }).toEqual({ filter, count: wanted.length, complete: true });
          }),
          { numRuns: TREES, seed: SEED },
        );
        // A generator whose filters nearly all fit nothing, or everything, would show little.
        expect(Math.min(some, none)).toBeGreaterThan(TREES / 20);
      },
    );

    it('as deep and as large as they may be are answered', { timeout: 60_000 }, async () => {
      let deep: Filter = { field: 'status', gte: 400 };
      for (let depth = 1; depth < 32; depth += 1) deep = { not: deep };
      const leaf = (index: number): Filter => ({ property: 'n', equals: `${index % 50}` });
      const wide: Filter = { or: Array.from({ length: 499 }, (_, index) => leaf(index)) };
      // 499 of them are just below 10,000 items.
      const twenty = Array.from({ length: 20 }, (_, index) => index / 7);
      const lists: Filter = { or: Array.from({ length: 499 }, () => ({ field: 'costUsd' as const, in: twenty })) };
      const scores: Filter = {
        or: Array.from({ length: 499 }, (_, index) => ({
          score: SCORE_NAMES[index % 5]!,
          gt: index,
          source: 'api' as const,
        })),
      };
      const anyScore: Filter = {
        or: Array.from({ length: 499 }, (_, index) => ({ score: `s${index}`, present: true })),
      };
      for (const filter of [deep, wide, lists, scores, anyScore]) {
        expect(filterSchema.safeParse(filter).success).toBe(true);
        expect(await list(filter)).toEqual(expected(filter));
      }
    });

    it.each<{ name: string; filter: Filter }>([
      { name: 'a lone surrogate', filter: { property: 'env', equals: '\ud83d' } },
      { name: 'a bound that is a lone surrogate', filter: { property: 'env', gt: 'x\ud83d' } },
      { name: 'a field above a lone surrogate', filter: { field: 'userId', gte: '\udc00' } },
      { name: 'a field below a lone surrogate', filter: { field: 'userId', lte: '\ud800' } },
      { name: 'a part of a surrogate pair', filter: { field: 'userId', contains: '\ud83d' } },
      {
        name: 'U+0000',
        filter: {
          or: [
            { field: 'userId', equals: '\0' },
            { field: 'userId', gt: '\0' },
          ],
        },
      },
      { name: 'a score by a lone surrogate', filter: { not: { score: '\ud83d', present: false } } },
      { name: 'an infinite bound', filter: { field: 'durationMs', lt: Infinity } },
      { name: 'an empty list', filter: { not: { field: 'userId', in: [] } } },
      { name: 'nothing', filter: { and: [] } },
      { name: 'none', filter: { or: [] } },
    ])('that compare with $name mean what they mean in memory', async ({ filter }) => {
      expect(await list(filter)).toEqual(expected(filter));
    });
  });
}

/** Stores the logs with their scores and evaluations of two versions, and says what memory knows of each. */
async function fill(store: Store, count: number): Promise<{ id: string; log: Filterable }[]> {
  const nasty = nastyLogs(count);
  await store.logs.add(
    nasty.map(({ log }) => log),
    NOW,
  );
  for (const { log, scores } of nasty) if (scores.length > 0) await store.scores.put(PROJECT, log.id, scores, NOW);
  const random = seededRandom(3);
  for (const [round, version] of ['v1', 'v2'].entries()) {
    const jobs = await store.jobs.claim({
      evaluators: EVALUATOR_NAMES,
      limit: 1000,
      nowMs: NOW,
      leaseUntilMs: NOW + 1,
    });
    await store.jobs.complete(
      jobs.map((job) => ({
        job,
        evaluatorVersion: version,
        outcome: nastyOutcome(random),
        atMs: NOW + round,
        // Once more, by another version.
        retryAtMs: round === 0 && random.between(0, 1) === 0 ? NOW : undefined,
        dead: false,
      })),
    );
  }
  const stored = await store.logs.getMany(nasty.map(({ log }) => log.id));
  return Promise.all(
    stored.map(async (log) => {
      const scores = await store.scores.list(PROJECT, log.id);
      const evaluations = (await store.scores.evaluations(PROJECT, log.id)).toSorted((a, b) => a.atMs - b.atMs);
      return {
        id: log.id,
        log: {
          ...filterable(log),
          scores: (name: string) => scores.filter((score) => score.name === name),
          outcome: (name: string) => evaluations.findLast(({ evaluator }) => evaluator === name)?.outcome,
        },
      };
    }),
  );
}

export function nastyOutcome(random: ReturnType<typeof seededRandom>): Outcome {
  const ran = { durationMs: 1, printed: '' };
  const name = random.pick(SCORE_NAMES);
  return random.pick<Outcome>([
    { ...ran, outcome: 'scored', scores: [{ name, value: nastyScore(random), reason: null }] },
    { ...ran, outcome: 'scored', scores: [{ name, value: nastyScore(random), reason: null }] },
    { ...ran, outcome: 'abstained', reason: null },
    { ...ran, outcome: 'failed', code: 'threw', message: 'no', retryable: false },
  ]);
}

export function arbitraryFilter(ids: string[]): fc.Arbitrary<Filter> {
  const text = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  );
  const number = fc.oneof(fc.constantFrom(...NASTY_NUMBERS), fc.double({ noNaN: true, noDefaultInfinity: true }));
  const scalar = fc.oneof(
    { weight: 4, arbitrary: text },
    { weight: 2, arbitrary: number },
    { weight: 1, arbitrary: fc.boolean() },
  );
  const bound = fc.oneof(text, number);
  const some = { requiredKeys: [] as never[] };
  const comparisons = fc.record(
    {
      equals: scalar,
      in: fc.array(scalar, { maxLength: 6 }),
      gt: bound,
      gte: bound,
      lt: bound,
      lte: bound,
      present: fc.boolean(),
    },
    some,
  );
  // Mostly one comparison: several at once hold of hardly any value.
  const one = fc.oneof(
    fc.record({ equals: scalar }),
    fc.record({ in: fc.array(scalar, { maxLength: 12 }) }),
    fc.record({ gt: bound }),
    fc.record({ gte: bound, lt: bound }),
    fc.record({ lte: bound }),
    fc.record({ present: fc.boolean() }),
    fc.constant({}),
    comparisons,
  );
  const contains = fc.record({ contains: text.filter((part) => part !== '') });
  const field = fc
    .tuple(fc.constantFrom(...FILTER_FIELDS), fc.oneof(one, contains))
    .map(([name, rest]) => ({ field: name, ...rest }));
  const id = fc
    .tuple(fc.constantFrom('id', 'requestId'), fc.constantFrom(...ids), fc.constantFrom(...ids))
    .map(([name, first, second]) => ({ field: name, in: [first, second, 'none'] }));
  const property = fc
    .tuple(fc.constantFrom(...PROPERTY_NAMES, 'absent'), fc.oneof(one, contains))
    .map(([name, rest]) => ({ property: name, ...rest }));
  const scoreValue = fc.oneof(text, number, fc.boolean());
  const score = fc
    .tuple(
      fc.constantFrom(...SCORE_NAMES, 'absent'),
      fc.oneof(
        fc.record({ equals: scoreValue }),
        fc.record({ in: fc.array(scoreValue, { maxLength: 10 }) }),
        fc.record({ gt: number }),
        fc.record({ gte: number, lt: number, lte: number }, some),
        fc.record({ present: fc.boolean() }),
        fc.constant({}),
      ),
      fc.record(
        {
          source: fc.constantFrom(...SCORE_SOURCES),
          evaluator: fc.constantFrom(...EVALUATOR_NAMES, ''),
          evaluatorVersion: fc.constantFrom('v1', 'v2', ''),
        },
        some,
      ),
      fc.boolean(),
    )
    .map(([name, value, origin, anybody]) => ({ score: name, ...value, ...(anybody ? {} : origin) }));
  const evaluation = fc
    .tuple(
      fc.constantFrom(...EVALUATOR_NAMES, 'absent'),
      fc.record(
        {
          equals: fc.constantFrom(...OUTCOMES),
          in: fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 4 }),
          present: fc.boolean(),
        },
        some,
      ),
    )
    .map(([name, rest]) => ({ evaluation: name, ...rest }));
  const texts = fc
    .tuple(fc.constantFrom('input', 'output', 'any'), fc.oneof(contains, fc.record({ present: fc.boolean() })))
    .map(([which, rest]) => ({ text: which, ...rest }));
  const leaf = fc.oneof(
    { weight: 6, arbitrary: field },
    { weight: 6, arbitrary: property },
    { weight: 6, arbitrary: score },
    { weight: 3, arbitrary: evaluation },
    { weight: 2, arbitrary: texts },
    { weight: 1, arbitrary: id },
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: leaf },
      { weight: 1, arbitrary: fc.record({ and: fc.array(tie('tree'), { maxLength: 4 }) }) },
      { weight: 1, arbitrary: fc.record({ or: fc.array(tie('tree'), { maxLength: 4 }) }) },
      { weight: 1, arbitrary: fc.record({ not: tie('tree') }) },
    ),
  }));
  // As the API takes filters: refused ones (a number's bound that is a text, say) never reach a store.
  return tree
    .map((value) => filterSchema.safeParse(value))
    .filter(({ success }) => success)
    .map(({ data }) => data!);
}
