import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareCategories } from '../../src/statistics/category-difference.ts';
import { addCategory, noCounts, type Counts } from '../../src/statistics/counts.ts';
import { meanDifference, shareDifference } from '../../src/statistics/difference.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';

const SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

function countsOf(entries: Record<string, number>): Counts {
  const counts = noCounts();
  for (const [category, times] of Object.entries(entries)) if (times > 0) addCategory(counts, category, times);
  return counts;
}

describe('difference of means', () => {
  it("is R's: t.test(extra ~ group, data = sleep), from its documentation", () => {
    const { difference, interval, p } = meanDifference(momentsOf(SLEEP_1), momentsOf(SLEEP_2));
    expect(difference).toBeCloseTo(1.58, 10);
    expect(interval!.low).toBeCloseTo(-0.2054832, 7);
    expect(interval!.high).toBeCloseTo(3.3654832, 7);
    expect(p).toBeCloseTo(0.07939, 5);
  });

  it('turns round with its samples', () => {
    const one = meanDifference(momentsOf(SLEEP_1), momentsOf(SLEEP_2));
    const other = meanDifference(momentsOf(SLEEP_2), momentsOf(SLEEP_1));
    expect(other.difference).toBe(-one.difference!);
    expect(other.interval!.low).toBe(-one.interval!.high);
    expect(other.p).toBe(one.p);
  });

  it('covers the truth as often as it says, with unequal spreads and sizes', () => {
    const random = seededRandom(5);
    let covered = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const before = momentsOf(Array.from({ length: 6 }, () => 3 * normalFrom(random)));
      const after = momentsOf(Array.from({ length: 20 }, () => 2 + normalFrom(random)));
      const { low, high } = meanDifference(before, after).interval!;
      if (low <= 2 && 2 <= high) covered++;
    }
    // Standard error 0.0034.
    expect(covered / 4000).toBeGreaterThan(0.938);
    expect(covered / 4000).toBeLessThan(0.962);
  });

  it('has no interval where there is nothing to judge by', () => {
    expect(meanDifference(momentsOf([]), momentsOf([1, 2]))).toEqual({ difference: null, interval: null, p: null });
    expect(meanDifference(momentsOf([1]), momentsOf([1, 2])).interval).toBeNull();
    expect(meanDifference(momentsOf([2, 2]), momentsOf([2, 2, 2])).interval).toBeNull();
    expect(meanDifference(momentsOf([1.5e308, 1.5e308]), momentsOf([-1.5e308, -1.5e308])).difference).toBeNull();
  });

  it('is one of shares where each sample repeats a value of its own', () => {
    const { difference, interval } = meanDifference(momentsOf([4, 4, 4]), momentsOf([2, 2, 2]));
    const shares = shareDifference(0, 3, 3, 3).interval!;
    expect(difference).toBe(-2);
    expect([interval!.low, interval!.high]).toEqual([-2 * shares.high, -2 * shares.low]);
  });

  it('never is NaN', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 5 });
    fc.assert(
      fc.property(values, values, (before, after) => {
        const { difference, interval, p } = meanDifference(momentsOf(before), momentsOf(after));
        for (const value of [difference, interval?.low, interval?.high, p]) expect(value).not.toBeNaN();
      }),
      {
        numRuns: 1000,
        examples: [
          [
            [5e-324, 0],
            [5e-324, 5e-324],
          ],
          [
            [1e-160, 2e-160],
            [0, 1e154],
          ],
        ],
      },
    );
  });
});

describe('difference of shares', () => {
  /** Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10. */
  it.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [0, 10, 0, 10, -0.2775, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
    [10, 10, 0, 10, 0.6075, 1],
  ])("is Newcombe's published one for %d of %d less %d of %d", (a, m, b, n, low, high) => {
    const { difference, interval } = shareDifference(b, n, a, m);
    expect(difference).toBeCloseTo(a / m - b / n, 14);
    expect(interval!.low).toBeCloseTo(low, 4);
    expect(interval!.high).toBeCloseTo(high, 4);
  });

  it("has the p of Pearson's chi-square without correction", () => {
    // scipy 1.17: chi2_contingency([[56, 14], [48, 32]], correction=False)
    expect(shareDifference(48, 80, 56, 70).p).toBeCloseTo(0.008045081368196585, 12);
    expect(shareDifference(0, 5, 0, 9).p).toBe(1);
  });

  it('is not known where a sample is empty', () => {
    expect(shareDifference(0, 0, 1, 2)).toEqual({ difference: null, interval: null, p: null });
  });
});

describe('difference of categories', () => {
  it("has scipy's chi-square", () => {
    const compared = compareCategories(countsOf({ a: 15, b: 25, c: 10 }), countsOf({ a: 30, b: 12, c: 8 }));
    expect(compared.chiSquare).toBeCloseTo(9.78978978978979, 12);
    expect(compared.p).toBeCloseTo(0.007484695862303319, 13);
    expect(compared).toMatchObject({ degreesOfFreedom: 2, chiSquareReliable: true, verdict: 'different' });
    expect(compared.categories.map(({ category }) => category)).toEqual(['a', 'b', 'c']);
  });

  it('has wider intervals the more categories there are', () => {
    const two = compareCategories(countsOf({ a: 50, b: 50 }), countsOf({ a: 50, b: 50 })).categories[0]!.interval;
    expect(two.level).toBeCloseTo(0.975, 12);
    expect(two.high).toBeGreaterThan(shareDifference(50, 100, 50, 100).interval!.high);
  });

  it('goes by the intervals where counts are too small for chi-square', () => {
    const compared = compareCategories(countsOf({ a: 3, b: 1 }), countsOf({ a: 1, b: 3 }));
    expect(compared).toMatchObject({ chiSquareReliable: false, verdict: 'no_difference_shown' });
    expect(compareCategories(countsOf({ a: 8 }), countsOf({ b: 7 }))).toMatchObject({
      chiSquareReliable: false,
      verdict: 'different',
    });
  });

  it('shows none where both hold one category alone, and has not enough where one is empty', () => {
    expect(compareCategories(countsOf({ a: 9 }), countsOf({ a: 4 })).verdict).toBe('no_difference_shown');
    expect(compareCategories(noCounts(), countsOf({ a: 4 })).verdict).toBe('not_enough_data');
    expect(compareCategories(noCounts(), noCounts()).verdict).toBe('not_enough_data');
  });

  it('compares others as one category without a name', () => {
    const before = { byCategory: new Map([['a', 50]]), other: 50 };
    expect(compareCategories(before, countsOf({ a: 100 })).categories.map(({ category }) => category)).toContain(null);
  });
});
