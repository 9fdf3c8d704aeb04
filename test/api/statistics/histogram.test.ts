/** Histograms and time series, against what a test counts by itself over the same logs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedApi, serveApi } from '../served-api.ts';
import { askStatistics } from './ask.ts';
import { addKnownLogs, type KnownLog, START_MS, STEP_MS } from './known-logs.ts';

interface Histogram {
  kind: string;
  group: string | null;
  other: boolean;
  count: number;
  bins: { from: number; to: number; count: number }[];
  below: number;
  above: number;
  exact: boolean;
}

let api: ServedApi;
let known: KnownLog[];
beforeAll(async () => {
  api = await serveApi();
  known = await addKnownLogs(api.store);
});
afterAll(() => api.close());

async function histograms(body: object): Promise<Histogram[]> {
  return ((await askStatistics(api, 'histogram', body)) as { histograms: Histogram[] }).histograms;
}

const durations = (logs: readonly KnownLog[]): number[] => logs.map(({ log }) => log.durationMs);
const countIn = (values: readonly number[], from: number, to: number, last: boolean): number =>
  values.filter((value) => value >= from && (value < to || (last && value === to))).length;

/** Every bin holds what lies in it, and no value lies outside. */
function holdTo({ bins, below, above, count }: Histogram, values: readonly number[]): void {
  for (const [index, { from, to, count: found }] of bins.entries())
    expect([index, found]).toEqual([index, countIn(values, from, to, index === bins.length - 1 || from === to)]);
  expect([below + above + bins.reduce((sum, bin) => sum + bin.count, 0), count]).toEqual([
    values.length,
    values.length,
  ]);
}

describe('histograms', () => {
  const measure = { log: 'durationMs' };

  it.each([
    { name: 'automatic', bins: undefined },
    { name: 'so many', bins: { count: 7 } },
    { name: 'of a width', bins: { width: 150 } },
  ])('count every value in bins that are $name', async ({ bins }) => {
    const [histogram, ...others] = await histograms({ measure, bins });
    expect(others).toEqual([]);
    expect(histogram).toMatchObject({ kind: 'number', group: null, other: false, below: 0, above: 0, exact: true });
    holdTo(histogram!, durations(known));
    const found = histogram!.bins;
    expect(found.slice(1).map(({ from }) => from)).toEqual(found.slice(0, -1).map(({ to }) => to));
    const widths = found.map(({ from, to }) => to - from);
    const width = bins?.width ?? widths[0]!;
    for (const one of widths) expect(one).toBeCloseTo(width, 8);
    expect(found).toHaveLength(bins?.count ?? found.length);
  });

  it('say what lies outside of given edges', async () => {
    const [histogram] = await histograms({ measure, bins: { edges: [100, 500, 900] } });
    const values = durations(known);
    expect(histogram!.bins).toEqual([
      { from: 100, to: 500, count: countIn(values, 100, 500, false) },
      { from: 500, to: 900, count: countIn(values, 500, 900, true) },
    ]);
    expect([histogram!.below, histogram!.above]).toEqual([
      values.filter((value) => value < 100).length,
      values.filter((value) => value > 900).length,
    ]);
  });

  it('have the same bins for every group', async () => {
    const found = await histograms({ measure, groupBy: { property: 'PromptVersion' }, bins: { count: 5 } });
    expect(new Set(found.map(({ group }) => group))).toEqual(new Set(['v1', 'v2']));
    expect(found[0]!.bins.map(({ from, to }) => [from, to])).toEqual(found[1]!.bins.map(({ from, to }) => [from, to]));
    for (const histogram of found)
      holdTo(histogram, durations(known.filter(({ version }) => version === histogram.group)));
  });

  it('give few values a bin each, in every group the same', async () => {
    const filter = { score: 'accuracy', in: [10, 20, 30, 40, 50] };
    const given = known.filter(({ scores }) => [10, 20, 30, 40, 50].includes(scores.get('accuracy') as number));
    const values = [...new Set(given.map(({ scores }) => scores.get('accuracy') as number))].toSorted((a, b) => a - b);
    const found = await histograms({ measure: { score: 'accuracy' }, filter, groupBy: { property: 'promptversion' } });
    for (const histogram of found) {
      expect(histogram.bins.map(({ from, to }) => [from, to])).toEqual(values.map((value) => [value, value]));
      const own = given.filter(({ version }) => version === histogram.group);
      holdTo(
        histogram,
        own.map(({ scores }) => scores.get('accuracy') as number),
      );
    }
    expect(found).toHaveLength(2);
  });

  it('count booleans and categories by value', async () => {
    const safe = known.flatMap(({ scores }) => (scores.has('rubric:safe') ? [scores.get('rubric:safe')] : []));
    const trueCount = safe.filter((value) => value === true).length;
    expect(await histograms({ measure: { score: 'rubric:safe' } })).toEqual([
      {
        kind: 'boolean',
        group: null,
        other: false,
        count: safe.length,
        trueCount,
        falseCount: safe.length - trueCount,
      },
    ]);
    const [tones] = await histograms({ measure: { score: 'rubric:tone' } });
    expect(tones).toMatchObject({ kind: 'category', count: safe.length });
  });

  it('are empty where there is nothing', async () => {
    expect(await histograms({ measure: { score: 'unheard' } })).toEqual([]);
    expect(await histograms({ measure, fromMs: 0, toMs: 1 })).toEqual([]);
  });

  it.each([
    { name: 'no bins', bins: { count: 0 } },
    { name: 'edges that descend', bins: { edges: [2, 1] } },
    { name: 'a width of nothing', bins: { width: 0 } },
    { name: 'a width that makes too many', bins: { width: 0.000001 } },
    { name: 'two wishes', bins: { width: 1, count: 1 } },
  ])('refuse $name with the place', async ({ bins }) => {
    const { status, json } = await api.call('POST', '/api/v1/statistics/histogram', { measure, bins });
    expect(status).toBe(422);
    expect(Object.keys((json as { error: { details: object } }).error.details)[0]).toMatch(/^body\.bins/);
  });
});

interface Series {
  buckets: { fromMs: number; toMs: number; whole: boolean }[];
  series: { measure: object; group: string | null; other: boolean; points: Record<string, unknown>[] }[];
}

describe('time series', () => {
  const series = async (body: object): Promise<Series> => (await askStatistics(api, 'series', body)) as Series;
  const range = { fromMs: START_MS - 3_600_000, toMs: START_MS + 240 * STEP_MS };

  it('count days as a zone has them, that of 23 hours too', async () => {
    const { buckets, series: lines } = await series({
      ...range,
      measures: [{ log: 'error' }],
      bucket: 'day',
      timeZone: 'Europe/Berlin',
    });
    // Midnight in Berlin is 23:00 UTC before the 29th, and 22:00 after it.
    const midnights = [26, 27, 28, 29, 30, 31, 32].map((day) => Date.UTC(2026, 2, day, day >= 29 ? 22 : 23));
    expect(buckets.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual(
      midnights.slice(0, -1).map((ms, index) => [ms, midnights[index + 1]]),
    );
    expect(buckets[2]).toEqual({ fromMs: Date.UTC(2026, 2, 28, 23), toMs: Date.UTC(2026, 2, 29, 22), whole: true });
    const errors = (from: number, to: number): object => {
      const logs = known.filter(({ log }) => log.startedAtMs >= from && log.startedAtMs < to);
      return {
        count: logs.length,
        trueCount: logs.filter(({ log }) => log.status === null || log.status >= 400).length,
      };
    };
    expect(lines).toMatchObject([
      { measure: { log: 'error' }, points: buckets.map(({ fromMs, toMs }) => errors(fromMs, toMs)) },
    ]);
  });

  it('are of the asked range alone, and say which buckets it cuts', async () => {
    const [fromMs, toMs] = [START_MS + 90 * 60_000, START_MS + 5.5 * 3_600_000];
    const { buckets, series: lines } = await series({
      fromMs,
      toMs,
      measures: [{ log: 'durationMs' }],
      bucket: 'hour',
    });
    expect(buckets.map(({ whole }) => whole)).toEqual([false, true, true, true, false]);
    const within = known.filter(({ log }) => log.startedAtMs >= fromMs && log.startedAtMs < toMs);
    expect(lines[0]!.points.reduce((sum, { count }) => sum + Number(count), 0)).toBe(within.length);
  });

  it('have a point for every bucket, with nulls where there is nothing', async () => {
    const day = 86_400_000;
    const { buckets, series: lines } = await series({
      fromMs: START_MS - 3 * day,
      toMs: START_MS + day,
      bucket: 'day',
      measures: [{ score: 'accuracy' }, { evaluation: 'accuracy' }, { log: 'costUsd' }],
    });
    expect(buckets).toHaveLength(4);
    expect(lines.map(({ points }) => points.map(({ count }) => Number(count) > 0))).toEqual(
      lines.map(() => [false, false, false, true]),
    );
    expect(lines.map(({ measure }) => measure)).toEqual([
      { score: 'accuracy' },
      { evaluation: 'accuracy' },
      { log: 'costUsd' },
    ]);
    expect(lines[0]!.points[0]).toMatchObject({ kind: 'number', count: 0, mean: null, median: null, sum: null });
    expect(lines[1]!.points[0]).toEqual({ kind: 'category', count: 0, categories: [], otherCount: 0 });
    const nothing = await series({
      fromMs: 0,
      toMs: 3_600_000,
      bucket: 'minute',
      measures: [{ score: 'unheard' }, { score: 'rubric:safe' }, { log: 'error' }],
    });
    expect(nothing.series.map(({ measure, points }) => [measure, points.length, points[0]!['share']])).toEqual([
      [{ score: 'rubric:safe' }, 60, null],
      [{ log: 'error' }, 60, null],
    ]);
  });

  it('are grouped, with the means of each group', async () => {
    const { buckets, series: lines } = await series({
      ...range,
      measures: [{ score: 'accuracy' }],
      bucket: 'week',
      groupBy: { property: 'PromptVersion' },
    });
    expect(new Set(lines.map(({ group }) => group))).toEqual(new Set(['v1', 'v2']));
    for (const { group, points } of lines)
      for (const [index, { count, mean }] of points.entries()) {
        const { fromMs, toMs } = buckets[index]!;
        const values = known
          .filter(({ version, log }) => version === group && log.startedAtMs >= fromMs && log.startedAtMs < toMs)
          .flatMap(({ scores }) => (scores.get('accuracy') as number | undefined) ?? []);
        expect([count, mean]).toEqual([
          values.length,
          expect.closeTo(values.reduce((a, b) => a + b, 0) / values.length, 8),
        ]);
      }
  });

  it.each([
    { name: 'no range', body: { measures: [{ log: 'error' }], bucket: 'day' }, at: 'body.fromMs' },
    {
      name: 'a zone that is none',
      body: { ...range, measures: [{ log: 'error' }], bucket: 'day', timeZone: 'Mars/Olympus' },
      at: 'body.timeZone',
    },
    {
      name: 'too many buckets',
      body: { fromMs: 0, toMs: 8e15, measures: [{ log: 'error' }], bucket: 'minute' },
      at: 'body.bucket',
    },
    {
      name: 'times beyond all',
      body: { fromMs: -8e15, toMs: 8e15, measures: [{ log: 'error' }], bucket: 'hour' },
      at: 'body.bucket',
    },
    {
      name: 'too many points',
      body: {
        fromMs: 0,
        toMs: 1000 * 60_000,
        measures: [{ log: 'error' }],
        bucket: 'minute',
        groupBy: { field: 'userId' },
        groupLimit: 100,
      },
      at: 'body',
    },
    {
      name: 'a measure that is none',
      body: { ...range, measures: [{ log: 'joy' }], bucket: 'day' },
      at: 'body.measures.0',
    },
  ])('refuse $name with the place', async ({ body, at }) => {
    const { status, json } = await api.call('POST', '/api/v1/statistics/series', body);
    expect(status).toBe(422);
    expect(Object.keys((json as { error: { details: object } }).error.details)[0]).toContain(at);
  });

  it('answer any time that can be written', async () => {
    for (const [fromMs, toMs] of [
      [-8.64e15, -8.63e15],
      [8.63e15, 8.64e15],
      [-8.64e15, 8.64e15],
    ] as const) {
      const { status } = await api.call('POST', '/api/v1/statistics/series', {
        fromMs,
        toMs,
        measures: [{ log: 'error' }],
        bucket: 'year',
        timeZone: 'Asia/Kathmandu',
      });
      expect([200, 422]).toContain(status);
    }
  });
});
