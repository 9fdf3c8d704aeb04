/** Comparisons of two slices, against tests computed by hand over the same logs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pair, judgedTogether } from '../../../src/api/statistics/compared.ts';
import { seededRandom } from '../../../src/statistics/random.ts';
import { summaryOf } from '../../../src/statistics/summary.ts';
import { type ServedApi, serveApi } from '../served-api.ts';
import { askStatistics } from './ask.ts';
import { deviationOf, meanOf, studentDeviate, wilson } from './by-hand.ts';
import { booleans, numbers } from './expected.ts';
import { addKnownLogs, type KnownLog, START_MS, STEP_MS } from './known-logs.ts';

interface Compared {
  measure: { score?: string; log?: string };
  kind: string | null;
  verdict: string;
  difference: number | null;
  interval: { low: number; high: number; level: number } | null;
  level: number;
  p: number | null;
  adjustedP: number | null;
  neededPerSlice: number | null;
  sentence: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}
interface Answer {
  comparisons: Compared[];
  correction: object;
}

let api: ServedApi;
let known: KnownLog[];
beforeAll(async () => {
  api = await serveApi();
  known = await addKnownLogs(api.store);
});
afterAll(() => api.close());

const version = (value: string): object => ({ name: value, filter: { property: 'PromptVersion', equals: value } });
const versions = { before: version('v1'), after: version('v2') };
const compare = async (body: object): Promise<Answer> => (await askStatistics(api, 'compare', body)) as Answer;
const valuesOf = <Value>(score: string, of: string): Value[] =>
  known.flatMap((one) => (one.version === of && one.scores.has(score) ? [one.scores.get(score) as Value] : []));

function welch(before: number[], after: number[]): object {
  const parts = [before, after].map((values) => deviationOf(values) ** 2 / values.length) as [number, number];
  const error = Math.sqrt(parts[0] + parts[1]);
  const degrees =
    (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / (before.length - 1) + parts[1] ** 2 / (after.length - 1));
  const difference = meanOf(after) - meanOf(before);
  const reach = studentDeviate(degrees) * error;
  const close = (value: number): unknown => expect.closeTo(value, 4);
  return {
    difference: close(difference),
    interval: { low: close(difference - reach), high: close(difference + reach), level: 0.95 },
  };
}

describe('two slices', () => {
  it('are compared by means, with the interval of the difference', async () => {
    const { comparisons, correction } = await compare({ ...versions, measures: [{ score: 'accuracy' }] });
    const [before, after] = [valuesOf<number>('accuracy', 'v1'), valuesOf<number>('accuracy', 'v2')];
    expect(comparisons).toMatchObject([
      {
        ...welch(before, after),
        measure: { score: 'accuracy' },
        kind: 'number',
        verdict: 'better',
        neededPerSlice: null,
        before: { statistics: numbers(before) },
        after: { statistics: numbers(after) },
      },
    ]);
    const looks = (of: string, outcome: string): number =>
      known.filter((one) => one.version === of && one.outcomes.get('accuracy') === outcome).length;
    expect(comparisons[0]!.before['evaluations']).toMatchObject({
      failed: looks('v1', 'failed'),
      skipped: looks('v1', 'skipped'),
    });
    expect(comparisons[0]!.after['evaluations']).toMatchObject({ abstained: looks('v2', 'abstained') });
    expect(correction).toEqual({ method: 'none', tests: 1 });
    expect(comparisons[0]!.sentence).toMatch(/^accuracy is better in v2 than in v1: the difference is \+\d/);
  });

  it('are compared by shares of true', async () => {
    const { comparisons } = await compare({ ...versions, measures: [{ score: 'rubric:safe' }] });
    const [before, after] = [valuesOf<boolean>('rubric:safe', 'v1'), valuesOf<boolean>('rubric:safe', 'v2')];
    const [p1, p2] = [before, after].map((values) => values.filter(Boolean).length / values.length) as [number, number];
    const [w1, w2] = [before, after].map((values) => wilson(values.filter(Boolean).length, values.length)) as [
      { low: number; high: number },
      { low: number; high: number },
    ];
    expect(comparisons[0]).toMatchObject({
      kind: 'boolean',
      difference: expect.closeTo(p2 - p1, 12),
      interval: {
        low: expect.closeTo(p2 - p1 - Math.hypot(p2 - w2.low, w1.high - p1), 8),
        high: expect.closeTo(p2 - p1 + Math.hypot(w2.high - p2, p1 - w1.low), 8),
      },
      before: { statistics: booleans(before) },
      after: { statistics: booleans(after) },
    });
  });

  it.each([
    { name: 'more is better', higherIsBetter: true, verdict: 'better' },
    { name: 'less is better', higherIsBetter: false, verdict: 'worse' },
    { name: 'neither is', higherIsBetter: null, verdict: 'different' },
  ])('are judged by which direction is good: $name', async ({ higherIsBetter, verdict }) => {
    const { comparisons } = await compare({ ...versions, measures: [{ score: 'accuracy', higherIsBetter }] });
    expect(comparisons[0]!.verdict).toBe(verdict);
    const { comparisons: back } = await compare({
      before: versions.after,
      after: versions.before,
      measures: [{ score: 'accuracy', higherIsBetter }],
    });
    expect(back[0]!.verdict).toBe({ better: 'worse', worse: 'better', different: 'different' }[verdict]);
  });

  it('say how many more logs it takes where no difference is shown, of the size that matters', async () => {
    const { comparisons } = await compare({ ...versions, measures: [{ log: 'durationMs', minimumDifference: 100 }] });
    const [found] = comparisons as [Compared];
    expect([found.verdict, found.kind]).toEqual(['no_difference_shown', 'number']);
    const durations = (of: string): number[] =>
      known.filter((one) => one.version === of).map(({ log }) => log.durationMs);
    const variance = deviationOf(durations('v1')) ** 2 + deviationOf(durations('v2')) ** 2;
    // With 0.8416 for a power of 0.8.
    const needed = Math.ceil(variance * ((1.959964 + 0.841621) / 100) ** 2) - 120;
    expect(found.neededPerSlice).toBe(needed);
    expect(found.sentence).toContain(`To show one of 100, each needs about ${needed} more.`);
  });

  it('are compared by what logs have, where less is better', async () => {
    const { comparisons, correction } = await compare({
      before: { toMs: START_MS + 120 * STEP_MS },
      after: { fromMs: START_MS + 120 * STEP_MS },
      measures: [{ log: 'error' }, { log: 'costUsd' }, { log: 'totalTokens' }],
    });
    expect(comparisons.map(({ measure, kind }) => [measure.log, kind])).toEqual([
      ['error', 'boolean'],
      ['costUsd', 'number'],
      ['totalTokens', 'number'],
    ]);
    expect(correction).toEqual({ method: 'holm', tests: 3 });
    for (const { sentence } of comparisons) expect(sentence).toMatch(/(after|before)/);
  });

  it('are compared by all scores, corrected for their number', async () => {
    const { comparisons, correction } = await compare(versions);
    expect(comparisons.map(({ measure }) => measure.score)).toEqual(['accuracy', 'rubric:safe', 'rubric:tone']);
    expect(correction).toEqual({ method: 'holm', tests: 3 });
    for (const { p, adjustedP, level } of comparisons) {
      expect(adjustedP).toBeGreaterThanOrEqual(p!);
      expect(level).toBeGreaterThanOrEqual(0.95);
    }
    for (const { level, verdict, interval } of comparisons.slice(0, 2)) {
      expect(interval!.level).toBe(level);
      expect(verdict === 'no_difference_shown').toBe(interval!.low <= 0 && interval!.high >= 0);
    }
    const accuracy = comparisons[0]!;
    // Nobody said that more of it is better.
    expect(accuracy.verdict).toBe('different');
    expect(accuracy.level).toBeCloseTo(1 - 0.05 / 3, 12);
    const tone = comparisons[2]!;
    expect(tone).toMatchObject({ kind: 'category', difference: null, interval: null });
    expect(tone.sentence).toMatch(/tone/);
  });

  it('are not judged where there is not enough', async () => {
    const { comparisons, correction } = await compare({
      before: { filter: { field: 'userId', equals: 'nobody' } },
      after: {},
      measures: [
        { score: 'accuracy' },
        { score: 'rubric:tone' },
        { score: 'rubric:safe' },
        { score: 'unheard' },
        { log: 'costUsd' },
      ],
    });
    for (const found of comparisons)
      expect(found).toMatchObject({
        verdict: 'not_enough_data',
        difference: null,
        p: null,
        adjustedP: null,
        neededPerSlice: null,
      });
    expect(comparisons.map(({ kind }) => kind)).toEqual(['number', 'category', 'boolean', null, 'number']);
    expect(comparisons[3]!.before).toEqual({ statistics: null, evaluations: null });
    expect(comparisons[0]!.before).toMatchObject({ statistics: { count: 0, mean: null }, evaluations: null });
    expect(correction).toEqual({ method: 'none', tests: 0 });
  });

  it.each([
    { name: 'one slice twice', body: { before: {}, after: { name: 'the same' } }, at: 'body.after' },
    { name: 'one slice alone', body: { before: {} }, at: 'body.after' },
    { name: 'an empty range', body: { before: { fromMs: 2, toMs: 1 }, after: {} }, at: 'body.before.toMs' },
    {
      name: 'a measure that is none',
      body: { before: {}, after: { toMs: 1 }, measures: [{ log: 'joy' }] },
      at: 'body.measures.0',
    },
    {
      name: 'a difference of nothing',
      body: { before: {}, after: { toMs: 1 }, measures: [{ log: 'error', minimumDifference: 0 }] },
      at: 'body.measures.0',
    },
  ])('refuse $name with the place', async ({ body, at }) => {
    const { status, json } = await api.call('POST', '/api/v1/statistics/compare', body);
    expect(status).toBe(422);
    expect(Object.keys((json as { error: { details: object } }).error.details)[0]).toContain(at);
  });
});

describe('many scores of two slices that are alike', () => {
  it('are called different in no more than one comparison of twenty', () => {
    const random = seededRandom(5);
    let alarms = 0;
    for (let round = 0; round < 200; round++) {
      const pairs = Array.from({ length: 20 }, (_, index): Pair => {
        const values = (): Pair['before'] => ({
          numbers: summaryOf(Array.from({ length: 40 }, () => Math.round(random.uniform() * 100))),
          categories: null,
        });
        return {
          kind: 'number',
          name: String(index),
          before: values(),
          after: values(),
          higherIsBetter: true,
          minimumDifference: undefined,
        };
      });
      const { judged } = judgedTogether(pairs, 0.95, { before: 'a', after: 'b' });
      if (judged.some(({ verdict }) => verdict === 'better' || verdict === 'worse')) alarms += 1;
      for (const { verdict, adjustedP } of judged) expect(verdict === 'no_difference_shown').toBe(adjustedP! >= 0.05);
    }
    // Without the correction they would be about 128 of 200; with it at most 10 on average.
    expect(alarms).toBeLessThanOrEqual(20);
  });
});

// The last: from here on every call needs a key.
describe('statistics of another project', () => {
  it('are of its own logs, and need the scope', async () => {
    const { token } = await api.createKey(['read'], 'elsewhere');
    const headers = { authorization: `Bearer ${token}` };
    const ask = (path: string, body: unknown, given = headers): ReturnType<ServedApi['call']> =>
      api.call('POST', `/api/v1/statistics/${path}`, body, given);
    const range = { fromMs: START_MS, toMs: START_MS + 240 * STEP_MS };
    const bodies: [string, object][] = [
      ['scores', {}],
      ['logs', {}],
      ['histogram', { measure: { log: 'durationMs' } }],
      ['series', { ...range, bucket: 'day', measures: [{ score: 'accuracy' }, { log: 'error' }] }],
      ['compare', versions],
    ];
    const answers = await Promise.all(bodies.map(([path, body]) => ask(path, body)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.map(({ json }) => json)).toMatchObject([
      { rows: [] },
      { rows: [{ logs: 0 }] },
      { histograms: [] },
      { series: [{ measure: { log: 'error' }, points: Array.from({ length: 6 }, () => ({ count: 0 })) }] },
      { comparisons: [] },
    ]);
    const score = await api.createKey(['score']);
    for (const [path, body] of bodies) {
      expect((await ask(path, body, { authorization: `Bearer ${score.token}` })).status).toBe(403);
      expect((await api.call('POST', `/api/v1/statistics/${path}`, body)).status).toBe(401);
    }
  });
});
