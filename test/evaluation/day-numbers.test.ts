/** Numbers a day, over simulated days. That replicas keep to them is held by test/store/rule-days-contract.ts. */
import { describe, expect, it } from 'vitest';
import { DayNumbers } from '../../src/evaluation/day-numbers.ts';
import { type Day, dateBefore, daysOf } from '../../src/model/day.ts';
import { type RuleDay, ruleDayKey, type RuleDayStore } from '../../src/store/rule-days.ts';
import { seededRandom } from '../fakes/random.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-03-02T00:00:00Z');
const KEY = { projectId: 'p', rule: 'r', stratum: '' };
const dayOf = daysOf(undefined);

interface Look {
  atMs: number;
  probability: number;
}

/** A log at each of these times: which were taken, with which probability. Taken ones are few enough to be stored. */
function simulate(times: readonly number[], perDay: number, seed: number, numbers = new DayNumbers()): Look[] {
  const random = seededRandom(seed);
  const looks: Look[] = [];
  for (const atMs of times) {
    const day: Day = dayOf(atMs);
    const key = { ...KEY, date: day.date };
    const probability = numbers.rate(key, { day, perDay, atMs });
    if (random.next() >= probability) continue;
    numbers.took(key);
    looks.push({ atMs, probability });
  }
  return looks;
}

const ofDay = (looks: readonly Look[], day: number): Look[] =>
  looks.filter(({ atMs }) => Math.floor((atMs - START) / DAY) === day);

/** So many an hour, by the hour of the day. */
function traffic(days: number, anHour: (hour: number, day: number) => number): number[] {
  const times: number[] = [];
  for (let day = 0; day < days; day += 1)
    for (let hour = 0; hour < 24; hour += 1) {
      const count = anHour(hour, day);
      for (let index = 0; index < count; index += 1)
        times.push(START + day * DAY + hour * HOUR + (index * HOUR) / count);
    }
  return times;
}

const office = (hour: number): number => (hour >= 9 && hour < 17 ? 1000 : 20);

describe('a number a day', () => {
  it.each([
    { name: 'steady', anHour: () => 500 },
    { name: 'by day alone', anHour: office },
    { name: 'ten times as much on the second day', anHour: (_: number, day: number) => (day === 1 ? 5000 : 500) },
    { name: 'a tenth on the second day', anHour: (_: number, day: number) => (day === 1 ? 50 : 500) },
    { name: 'all in the evening', anHour: (hour: number) => (hour === 20 ? 10_000 : 1) },
    // More was to be expected.
    { name: 'all in the first hour', anHour: (hour: number) => (hour === 0 ? 10_000 : 0), least: 20 },
  ])('is not exceeded, and nearly reached: $name', ({ anHour, least = 60 }) => {
    const looks = simulate(traffic(4, anHour), 100, 1);
    for (let day = 0; day < 4; day += 1) {
      expect(ofDay(looks, day).length).toBeLessThanOrEqual(100);
      expect(ofDay(looks, day).length).toBeGreaterThanOrEqual(least);
    }
  });

  it.each([
    { name: 'steady', anHour: () => 500 },
    { name: 'by day alone', anHour: office },
  ])('is spread over the day as logs are: $name', ({ anHour }) => {
    const times = traffic(3, anHour);
    const looks = ofDay(simulate(times, 400, 2), 2);
    const half = (hours: number): number => looks.filter(({ atMs }) => (atMs - START) % DAY < hours * HOUR).length;
    // As many logs before as after 13:00, or 12:00.
    const middle = anHour === office ? 13 : 12;
    expect(half(middle) / looks.length).toBeGreaterThan(0.3);
    expect(half(middle) / looks.length).toBeLessThan(0.8);
  });

  it('takes all of a day that has fewer', () => {
    const looks = simulate(
      traffic(3, () => 2),
      100,
      3,
    );
    expect(ofDay(looks, 1)).toHaveLength(48);
    expect(ofDay(looks, 2)).toHaveLength(48);
  });

  it('leaves each log a known chance: weighted by it, those taken stand for all', () => {
    const times = traffic(1, office);
    const estimates = Array.from({ length: 100 }, (_, seed) =>
      simulate(times, 200, seed).reduce((sum, { probability }) => sum + 1 / probability, 0),
    );
    const mean = estimates.reduce((sum, one) => sum + one, 0) / estimates.length;
    const deviation = Math.sqrt(estimates.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (estimates.length - 1));
    expect(Math.abs(mean - times.length)).toBeLessThan((4 * deviation) / Math.sqrt(estimates.length));
    expect(deviation / times.length).toBeLessThan(0.5);
  });

  it('has few different chances', () => {
    const looks = simulate(traffic(2, office), 300, 5);
    for (const { probability } of looks) expect(Number(probability.toPrecision(1))).toBe(probability);
    expect(new Set(looks.map(({ probability }) => probability)).size).toBeLessThan(40);
  });

  it('is shared by replicas that tell each other what they saw', async () => {
    const store = storeInMemory();
    const replicas = [1, 2, 3].map(() => new DayNumbers());
    const taken: Look[] = [];
    const times = traffic(2, () => 300);
    for (let from = 0; from < times.length; from += 30) {
      for (const [index, numbers] of replicas.entries()) {
        const looks = simulate(times.slice(from, from + 30), 100, from * 3 + index, numbers);
        taken.push(...looks);
        for (const { atMs } of looks) store.take({ ...KEY, date: dayOf(atMs).date });
      }
      for (const numbers of replicas) await numbers.share(store, times[from]!);
    }
    // Of three times as many logs as each sees, together about the number.
    expect(ofDay(taken, 1).length).toBeGreaterThan(60);
    expect(ofDay(taken, 1).length).toBeLessThan(115);
  });

  it('goes on after a restart where it was', async () => {
    const store = storeInMemory();
    const times = traffic(2, () => 300);
    const [before, after] = [new DayNumbers(), new DayNumbers()];
    const early = simulate(times.slice(0, 10_000), 50, 6, before);
    for (const { atMs } of early) store.take({ ...KEY, date: dayOf(atMs).date });
    await before.share(store, times[9_999]!);
    await after.begin(store, times[10_000]!);
    const late = simulate(times.slice(10_000), 50, 7, after);
    expect(late.length + ofDay(early, 1).length).toBeLessThanOrEqual(50);
    expect(late[0]!.probability).toBeLessThan(0.1);
  });

  it('loses nothing that the store did not take', async () => {
    const store = storeInMemory();
    const numbers = new DayNumbers();
    simulate(
      traffic(1, () => 1),
      5,
      8,
      numbers,
    );
    const failing = { count: () => Promise.reject(new Error('no')) };
    await expect(numbers.share(failing, START)).rejects.toThrow('no');
    await numbers.share(store, START);
    await numbers.share(store, START);
    expect([...store.rows.values()]).toMatchObject([{ matched: 24 }]);
  });
});

describe('days', () => {
  it.each([
    { zone: undefined, at: '2026-03-29T23:59:59Z', date: '2026-03-29', start: '2026-03-29T00:00:00Z', hours: 24 },
    { zone: 'Europe/Berlin', at: '2026-03-29T22:30:00Z', date: '2026-03-30', start: '2026-03-29T22:00:00Z', hours: 24 },
    { zone: 'Europe/Berlin', at: '2026-03-29T05:00:00Z', date: '2026-03-29', start: '2026-03-28T23:00:00Z', hours: 23 },
    { zone: 'Asia/Tokyo', at: '2026-12-31T15:00:00Z', date: '2027-01-01', start: '2026-12-31T15:00:00Z', hours: 24 },
    {
      zone: 'America/New_York',
      at: '2026-11-01T12:00:00Z',
      date: '2026-11-01',
      start: '2026-11-01T04:00:00Z',
      hours: 25,
    },
  ])('are those of a zone: $zone at $at', ({ zone, at, date, start, hours }) => {
    const startMs = Date.parse(start);
    expect(daysOf(zone)(Date.parse(at))).toEqual({ date, startMs, endMs: startMs + hours * HOUR });
  });

  it('follow each other', () => {
    expect([dateBefore('2026-03-01'), dateBefore('2026-01-01')]).toEqual(['2026-02-28', '2025-12-31']);
  });
});

type InMemory = Pick<RuleDayStore, 'count' | 'since'> & {
  rows: Map<string, RuleDay>;
  take(key: { projectId: string; rule: string; stratum: string; date: string }): void;
};

/** As the stores do it, for many rounds in no time. */
function storeInMemory(): InMemory {
  const rows = new Map<string, RuleDay>();
  const of = (key: Parameters<InMemory['take']>[0]): RuleDay => {
    const there = rows.get(ruleDayKey(key)) ?? { ...key, matched: 0, taken: 0, firstMs: null, usedUpAtMs: null };
    rows.set(ruleDayKey(key), there);
    return there;
  };
  return {
    rows,
    take: (key) => {
      of(key).taken += 1;
    },
    since: async (date) => [...rows.values()].filter((row) => row.date >= date).map((row) => ({ ...row })),
    count: async (seen) => {
      const answers: RuleDay[] = [];
      for (const { matched, firstMs, ...key } of seen) {
        const row = of(key);
        row.matched += matched;
        row.firstMs = Math.min(row.firstMs ?? firstMs, firstMs);
        const before = rows.get(ruleDayKey({ ...key, date: dateBefore(key.date) }));
        answers.push({ ...row }, ...(before ? [{ ...before }] : []));
      }
      return answers;
    },
  };
}
