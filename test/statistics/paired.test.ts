import { describe, expect, it } from 'vitest';
import { momentsOf } from '../../src/statistics/moments.ts';
import { benjaminiHochberg, holm, holmLevels } from '../../src/statistics/multiple.ts';
import { mcNemar, pairedDifference } from '../../src/statistics/paired.ts';
import { seededRandom } from '../../src/statistics/random.ts';

/** R's dataset sleep: the second drug less the first, for ten patients. */
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];

describe('paired difference', () => {
  it("is R's: t.test(sleep2 - sleep1), t = 4.0621, p = 0.002833", () => {
    const { difference, interval, p } = pairedDifference(momentsOf(SLEEP));
    expect(difference).toBeCloseTo(1.58, 12);
    expect(interval!.low).toBeCloseTo(0.7001142, 7);
    expect(interval!.high).toBeCloseTo(2.4598858, 7);
    expect(p).toBeCloseTo(0.002833, 6);
  });

  it('is not known for no or one pair, or differences that are all equal', () => {
    expect(pairedDifference(momentsOf([]))).toEqual({ difference: null, interval: null, p: null });
    expect(pairedDifference(momentsOf([2]))).toEqual({ difference: 2, interval: null, p: null });
    expect(pairedDifference(momentsOf([2, 2]))).toEqual({ difference: 2, interval: null, p: null });
  });
});

describe('McNemar', () => {
  it("has the published p of the airways' hyper-responsiveness (Fagerland, Lydersen & Laake 2013): exact 0.0703, mid-p 0.0391", () => {
    const test = mcNemar({ gained: 7, lost: 1, unchanged: 13 });
    expect(test.exactP).toBeCloseTo(18 / 256, 12);
    expect(test.midP).toBeCloseTo(10 / 256, 12);
    expect(test.p).toBe(test.midP);
    expect(test.difference).toBeCloseTo(6 / 21, 14);
    // Bonett & Price by hand: 6/23 -+ 1.96 * sqrt((10/23 - (6/23)^2) / 23).
    expect(test.interval!.low).toBeCloseTo(6 / 23 - 1.959964 * Math.sqrt((10 / 23 - 36 / 529) / 23), 6);
    expect(test.interval!.high).toBeCloseTo(6 / 23 + 1.959964 * Math.sqrt((10 / 23 - 36 / 529) / 23), 6);
  });

  it("has scipy's exact p for the approval ratings in R's documentation of mcnemar.test", () => {
    // scipy 1.17: binomtest(86, 236).pvalue
    expect(mcNemar({ gained: 86, lost: 150, unchanged: 1364 }).exactP! / 3.7159361395713866e-5).toBeCloseTo(1, 10);
    expect(mcNemar({ gained: 150, lost: 86, unchanged: 0 }).exactP! / 3.7159361395713866e-5).toBeCloseTo(1, 10);
  });

  it('finds nothing where nothing changed, or as much in both directions', () => {
    expect(mcNemar({ gained: 0, lost: 0, unchanged: 40 })).toMatchObject({ difference: 0, p: 1, exactP: 1 });
    expect(mcNemar({ gained: 5, lost: 5, unchanged: 0 })).toMatchObject({ difference: 0, p: 1, exactP: 1 });
    const { low, high } = mcNemar({ gained: 0, lost: 0, unchanged: 40 }).interval!;
    expect(low).toBeLessThan(0);
    expect(high).toBe(-low);
  });

  it('is not known without pairs, and refuses what are no counts', () => {
    expect(mcNemar({ gained: 0, lost: 0, unchanged: 0 })).toEqual({
      difference: null,
      interval: null,
      p: null,
      exactP: null,
      midP: null,
    });
    expect(() => mcNemar({ gained: 0.5, lost: 0, unchanged: 0 })).toThrow(RangeError);
    expect(() => mcNemar({ gained: -1, lost: 0, unchanged: 4 })).toThrow(RangeError);
  });

  it('answers for a million changes', () => {
    const test = mcNemar({ gained: 502_000, lost: 498_000, unchanged: 1e9 });
    // Normal approximation: z = 4, 6.33e-5.
    expect(test.midP! / 6.334e-5).toBeCloseTo(1, 1);
  });

  it('covers the truth as often as it says, and errs no more than that', () => {
    const random = seededRandom(21);
    for (const [up, down] of [
      [0.2, 0.1],
      [0.05, 0.05],
    ] as const) {
      let [covered, shown] = [0, 0];
      for (let trial = 0; trial < 3000; trial++) {
        const pairs = { gained: 0, lost: 0, unchanged: 0 };
        for (let pair = 0; pair < 80; pair++) {
          const drawn = random.uniform();
          pairs[drawn < up ? 'gained' : drawn < up + down ? 'lost' : 'unchanged']++;
        }
        const { interval, midP } = mcNemar(pairs);
        if (interval!.low <= up - down && up - down <= interval!.high) covered++;
        if (midP! < 0.05) shown++;
      }
      expect(covered / 3000).toBeGreaterThan(0.935);
      expect(covered / 3000).toBeLessThan(0.98);
      expect(shown / 3000 > 0.06).toBe(up !== down);
    }
  });
});

describe('several tests at once', () => {
  it('are adjusted by Holm as by hand', () => {
    // 4 * 0.005, 3 * 0.01, 2 * 0.03, then no less than the one before.
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(holm([0.6, 0.9])).toEqual([1, 1]);
  });

  it('are each looked at with a level that says the same as the adjusted p', () => {
    for (const [index, level] of holmLevels([0.01, 0.04, 0.03, 0.005], 0.95).entries())
      expect(level).toBeCloseTo([1 - 0.05 / 3, 0.975, 0.975, 0.9875][index]!, 14);
    const random = seededRandom(11);
    for (let round = 0; round < 500; round++) {
      const values = Array.from({ length: 1 + random.below(9) }, () => random.uniform() ** 3);
      const adjusted = holm(values);
      for (const [index, level] of holmLevels(values, 0.9).entries())
        expect([values[index]! < 1 - level, index]).toEqual([adjusted[index]! < 0.1, index]);
    }
  });

  it("are adjusted by Benjamini and Hochberg as scipy's false_discovery_control does", () => {
    for (const [values, adjusted] of [
      [
        [0.01, 0.02, 0.03, 0.04, 0.05],
        [0.05, 0.05, 0.05, 0.05, 0.05],
      ],
      [
        [0.01, 0.04, 0.03, 0.005, 0.5],
        [0.025, 0.05, 0.05, 0.025, 0.5],
      ],
    ] as const) {
      for (const [index, value] of benjaminiHochberg(values).entries()) expect(value).toBeCloseTo(adjusted[index]!, 14);
    }
  });

  it("find what Benjamini and Hochberg's own example finds: 4 of 15, where Holm finds 3", () => {
    const published = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ];
    expect(benjaminiHochberg(published).filter((p) => p <= 0.05)).toHaveLength(4);
    expect(holm(published).filter((p) => p <= 0.05)).toHaveLength(3);
  });

  it('may be none, and refuse what is no p value', () => {
    expect([holm([]), benjaminiHochberg([])]).toEqual([[], []]);
    for (const bad of [NaN, -0.1, 1.1]) expect(() => holm([bad])).toThrow(RangeError);
  });
});
