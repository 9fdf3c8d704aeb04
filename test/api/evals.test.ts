import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewLog } from '../../src/store/store.ts';
import { seededRandom } from '../fakes/random.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const START = Date.parse('2026-07-01T10:00:00Z');
const HOUR_MS = 3_600_000;
const HOURS = 5;
/** From within the first hour to within the last one; the third has no logs. */
const RANGE = { start: '2026-07-01T10:10:00Z', end: '2026-07-01T14:50:00Z' };

interface Scored {
  log: NewLog;
  scores: Record<string, number | boolean | string>;
}
interface Eval {
  name: string;
  averageScore: number | null;
  minScore: number | null;
  maxScore: number | null;
  count: number;
  overTime: { date: string; count: number }[];
  averageOverTime: { date: string; value: number }[];
}

let api: ServedApi;
let scored: Scored[];
beforeAll(async () => {
  api = await serveApi();
  const random = seededRandom(3);
  scored = Array.from({ length: 120 }, () => {
    const at = Math.floor(random.next() * HOURS * HOUR_MS);
    const skipped = at >= 2 * HOUR_MS && at < 3 * HOUR_MS;
    return {
      log: newLog({
        startedAtMs: START + at + (skipped ? HOUR_MS : 0),
        model: random.pick(['small', 'large']),
      }),
      scores: {
        ...(random.next() < 0.8 ? { accuracy: random.between(-50, 100) } : {}),
        ...(random.next() < 0.5 ? { safe: random.next() < 0.7 } : {}),
        ...(random.next() < 0.5 ? { tone: random.pick(['calm', 'rude']) } : {}),
      },
    };
  });
  await api.store.logs.add(
    scored.map(({ log }) => log),
    START,
  );
  for (const { log, scores } of scored) await api.call('POST', `/v1/request/${log.id}/score`, { scores });
  const other = newLog({ startedAtMs: START - 100 * HOUR_MS });
  await api.store.logs.add([other], START);
  await api.call('POST', `/v1/request/${other.id}/score`, { scores: { early: 5 } });
  await api.call('POST', `/v1/request/${other.id}/feedback`, { rating: true });
}, 60_000);
afterAll(() => api.close());

const post = async (path: string, body: unknown): Promise<unknown> => {
  const { status, json } = await api.call('POST', path, body);
  expect([status, (json as { error: unknown }).error]).toEqual([200, null]);
  return (json as { data: unknown }).data;
};
const evalsOf = async (changes: object = {}): Promise<Map<string, Eval>> => {
  const rows = (await post('/v1/evals/query', { filter: 'all', timeFilter: RANGE, ...changes })) as Eval[];
  return new Map(rows.map((row) => [row.name, row]));
};
/** The numbers of a score by bucket, counted here. */
const valuesOf = (name: string, edges: number[], holds = (_log: NewLog): boolean => true): number[][] =>
  edges.slice(1).map((to, index) =>
    scored
      .filter(({ log }) => holds(log) && log.startedAtMs >= edges[index]! && log.startedAtMs < to)
      .filter(({ log }) => log.startedAtMs >= Date.parse(RANGE.start) && log.startedAtMs <= Date.parse(RANGE.end))
      .flatMap(({ scores }) => (scores[name] === undefined ? [] : [Number(scores[name])])),
  );
const meanOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Sums may be added up in another order. */
const near = (value: number): number => expect.closeTo(value, 10) as number;
const hours = Array.from({ length: HOURS + 1 }, (_, index) => START + index * HOUR_MS);

describe('POST /v1/evals/query', () => {
  it.each([
    { name: 'accuracy', on: 'accuracy' },
    { name: 'safe', on: 'safe-hcone-bool' },
  ])('gives the true average, least, greatest and count of $on, and its hours without a gap', async ({ name, on }) => {
    const row = (await evalsOf()).get(on)!;
    const byHour = valuesOf(name, hours);
    const all = byHour.flat();
    expect(all.length).toBeGreaterThan(30);
    expect(byHour[2]).toEqual([]);
    expect(row).toMatchObject({ count: all.length, minScore: Math.min(...all), maxScore: Math.max(...all) });
    expect(row.averageScore).toBeCloseTo(meanOf(all), 10);
    expect(row.overTime).toEqual(
      byHour.map((values, index) => ({ date: new Date(hours[index]!).toISOString(), count: values.length })),
    );
    expect(row.averageOverTime.map(({ date }) => date)).toEqual(row.overTime.map(({ date }) => date));
    for (const [index, values] of byHour.entries())
      expect(row.averageOverTime[index]!.value).toBeCloseTo(values.length === 0 ? 0 : meanOf(values), 10);
  });

  it('names every score that has numbers, also one without any in this time', async () => {
    const found = await evalsOf();
    expect([...found.keys()].toSorted()).toEqual(['accuracy', 'early', 'helicone-score-feedback', 'safe-hcone-bool']);
    expect(found.get('early')).toMatchObject({ averageScore: null, minScore: null, maxScore: null, count: 0 });
    expect(found.get('early')!.overTime).toHaveLength(HOURS);
  });

  it('holds to the filter, and to the ends of the range to the millisecond', async () => {
    const large = await evalsOf({ filter: { request_response_rmt: { model: { equals: 'large' } } } });
    const expected = valuesOf('accuracy', hours, ({ model }) => model === 'large').flat();
    expect(large.get('accuracy')!.count).toBe(expected.length);
    expect(large.get('accuracy')!.averageScore).toBeCloseTo(meanOf(expected), 10);
    const one = scored.find(({ scores }) => scores['accuracy'] !== undefined);
    const at = new Date(one!.log.startedAtMs).toISOString();
    const found = await evalsOf({ timeFilter: { start: at, end: at } });
    expect(found.get('accuracy')!.count).toBeGreaterThan(0);
    const after = new Date(one!.log.startedAtMs + 1).toISOString();
    const gone = (await evalsOf({ timeFilter: { start: after, end: RANGE.end } })).get('accuracy')!.count;
    const still = (await evalsOf({ timeFilter: { start: at, end: RANGE.end } })).get('accuracy')!.count;
    expect(still - gone).toBe(found.get('accuracy')!.count);
  });

  it("has hours begin by the client's clocks", async () => {
    const { overTime } = (await evalsOf({ timeZoneDifference: -330 })).get('accuracy')!;
    expect(overTime[0]!.date).toBe('2026-07-01T09:30:00.000Z');
    expect(overTime).toHaveLength(6);
  });

  it('counts the hours of a year', async () => {
    const year = (await evalsOf({ timeFilter: { start: '2026-01-01', end: '2026-12-31T23:59:59Z' } })).get('accuracy')!;
    expect(year.overTime).toHaveLength(365 * 24);
    expect(year.count).toBe(scored.filter(({ scores }) => scores['accuracy'] !== undefined).length);
    expect(year.overTime.reduce((sum, { count }) => sum + count, 0)).toBe(year.count);
  });

  it.each([
    { name: 'no filter', body: { timeFilter: RANGE }, at: 'requestBody.filter' },
    { name: 'no range', body: { filter: 'all' }, at: 'requestBody.timeFilter' },
    {
      name: 'a range that ends before it starts',
      body: { filter: 'all', timeFilter: { start: RANGE.end, end: RANGE.start } },
      at: 'requestBody.timeFilter',
    },
    {
      name: 'more hours than anybody can look at',
      body: { filter: 'all', timeFilter: { start: '1970-01-01', end: RANGE.end } },
      at: 'requestBody.timeFilter',
    },
    {
      name: 'a zone of 25 hours',
      body: { filter: 'all', timeFilter: RANGE, timeZoneDifference: 1500 },
      at: 'requestBody.timeZoneDifference',
    },
  ])('refuses $name with 422 and the place', async ({ body, at }) => {
    const { status, json } = await api.call('POST', '/v1/evals/query', body);
    expect([status, Object.keys((json as { details: object }).details)]).toEqual([422, [at]]);
  });
});

describe('POST /v1/evals/score-distributions/query', () => {
  it('counts every score in one of at most ten bins, and names none without scores', async () => {
    const rows = (await post('/v1/evals/score-distributions/query', { filter: 'all', timeFilter: RANGE })) as {
      name: string;
      distribution: { lower: number; upper: number; value: number }[];
    }[];
    const found = new Map(rows.map(({ name, distribution }) => [name, distribution]));
    expect([...found.keys()].toSorted()).toEqual(['accuracy', 'safe-hcone-bool']);
    for (const [name, on] of [
      ['accuracy', 'accuracy'],
      ['safe', 'safe-hcone-bool'],
    ] as const) {
      const all = valuesOf(name, hours).flat();
      const bins = found.get(on)!;
      expect(bins).toHaveLength(10);
      expect([bins[0]!.lower, bins.at(-1)!.upper]).toEqual([Math.min(...all), Math.max(...all)]);
      for (const [index, { lower, upper, value }] of bins.entries())
        expect(value).toBe(all.filter((one) => one >= lower && (one < upper || (index === 9 && one === upper))).length);
    }
  });
});

describe('POST /v1/dashboard/scores/query', () => {
  const points = async (changes: object): Promise<unknown> =>
    post('/v1/dashboard/scores/query', {
      userFilter: 'all',
      timeFilter: RANGE,
      dbIncrement: 'hour',
      timeZoneDifference: 0,
      ...changes,
    });

  it('gives the average of each score in each stretch, and a point without a name for one without scores', async () => {
    const rows = (await points({})) as { score_key: string; score_sum: number; created_at_trunc: string }[];
    const created = hours.slice(0, -1).map((at) => new Date(at).toISOString());
    const names = { accuracy: 'accuracy', 'safe-hcone-bool': 'safe' };
    const expected = created.flatMap((created_at_trunc, index) =>
      index === 2
        ? [{ score_key: '', score_sum: 0, created_at_trunc }]
        : Object.entries(names).map(([score_key, name]) => ({
            score_key,
            score_sum: near(meanOf(valuesOf(name, hours)[index]!)),
            created_at_trunc,
          })),
    );
    expect(rows).toEqual(expected);
  });

  it('takes other stretches, and needs all of its fields', async () => {
    const rows = (await points({ dbIncrement: 'month' })) as { created_at_trunc: string }[];
    expect(new Set(rows.map(({ created_at_trunc }) => created_at_trunc))).toEqual(
      new Set(['2026-07-01T00:00:00.000Z']),
    );
    const { status, json } = await api.call('POST', '/v1/dashboard/scores/query', {});
    expect([status, Object.keys((json as { details: object }).details)]).toEqual([
      422,
      ['userFilter', 'timeFilter', 'dbIncrement', 'timeZoneDifference'].map((name) => `requestBody.${name}`),
    ]);
  });
});
