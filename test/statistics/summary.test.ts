import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binKey, highestOf, lowestOf } from '../../src/statistics/log-bins.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { quantileOf, quantilesOf } from '../../src/statistics/quantile.ts';
import {
  addValue,
  copySummary,
  countOf,
  emptySummary,
  EXACT_VALUES,
  FOLDED_BINS,
  mergeSummary,
  momentsOfSummary,
  removeValue,
  subtractSummary,
  summaryOf,
  type Summary,
} from '../../src/statistics/summary.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const few = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 60 });
/** Enough different values to be folded, of both signs. */
const many = fc.integer().map((seed) =>
  Array.from(
    { length: 400 },
    (
      (random) => () =>
        normalFrom(random) * 100
    )(seededRandom(seed)),
  ),
);

function sorted(summary: Summary): [number, number][] {
  return [...summary.bins].sort((a, b) => a[0] - b[0]);
}

describe('summary', () => {
  it('answers of nothing that there is nothing', () => {
    expect(countOf(emptySummary())).toBe(0);
    expect(momentsOfSummary(emptySummary())).toEqual(momentsOf([]));
    expect(quantileOf(emptySummary(), 0.5)).toBeNull();
  });

  it('keeps 256 different values as they are, and folds with the next', () => {
    const summary = summaryOf(Array.from({ length: EXACT_VALUES }, (_, index) => index / 7));
    expect(summary.folded).toBeNull();
    const before = momentsOfSummary(summary);
    addValue(summary, 1e6);
    expect(summary.folded?.precision).toBe(7);
    expect(countOf(summary)).toBe(EXACT_VALUES + 1);
    expect(momentsOfSummary(summary).min).toBe(before.min);
    expect(momentsOfSummary(summary).max).toBe(1e6);
  });

  it('counts -0 as 0', () => {
    expect([...summaryOf([-0, 0]).bins]).toEqual([[0, 2]]);
    expect(Object.is(momentsOfSummary(summaryOf([-0])).min, 0)).toBe(true);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s', (value) => {
    expect(() => addValue(emptySummary(), value)).toThrow(RangeError);
  });

  it.each([0, -1, 0.5, NaN, 2 ** 53])('refuses to add %s times', (times) => {
    expect(() => addValue(emptySummary(), 1, times)).toThrow(RangeError);
  });

  it('is the same in whatever order few values come', () => {
    fc.assert(
      fc.property(few, few, (a, b) => {
        const [one, other] = [summaryOf(a), summaryOf(b)];
        mergeSummary(one, summaryOf(b));
        mergeSummary(other, summaryOf(a));
        expect(sorted(one)).toEqual(sorted(other));
        expect(sorted(one)).toEqual(sorted(summaryOf([...a, ...b])));
      }),
    );
  });

  it('has the same bins, and nearly the same moments, in whatever order many values come', () => {
    fc.assert(
      fc.property(many, few, (a, b) => {
        const [one, other] = [summaryOf(a), summaryOf(b)];
        mergeSummary(one, summaryOf(b));
        mergeSummary(other, summaryOf(a));
        expect(sorted(one)).toEqual(sorted(other));
        const [left, right] = [momentsOfSummary(one), momentsOfSummary(other)];
        const truth = momentsOf([...a, ...b]);
        for (const moments of [left, right]) {
          expect(moments.count).toBe(truth.count);
          expect(moments.mean).toBeCloseTo(truth.mean, 9);
          expect(moments.squaredDeviations / truth.squaredDeviations).toBeCloseTo(1, 10);
          expect([moments.min, moments.max]).toEqual([truth.min, truth.max]);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('is what it was after something was added and removed again', () => {
    fc.assert(
      fc.property(few, few, (kept, gone) => {
        const summary = summaryOf([...kept, ...gone]);
        for (const value of gone) expect(removeValue(summary, value)).toBe(true);
        expect(sorted(summary)).toEqual(sorted(summaryOf(kept)));
        expect(momentsOfSummary(summary)).toEqual(momentsOf(kept));
      }),
    );
  });

  it('knows its extremes to a bin after they were removed from folded values', () => {
    const values = Array.from({ length: 1000 }, (_, index) => index + 1);
    const summary = summaryOf(values);
    expect(subtractSummary(summary, summaryOf([1, 2, 3, 999, 1000]))).toBe(true);
    const { count, min, max, mean, squaredDeviations } = momentsOfSummary(summary);
    const truth = momentsOf(values.slice(3, -2));
    expect(summary.folded?.extremesExact).toBe(false);
    expect([count, min]).toEqual([truth.count, 4]);
    expect(Math.abs(max / truth.max - 1)).toBeLessThan(0.008);
    expect(mean).toBeCloseTo(truth.mean, 9);
    expect(squaredDeviations / truth.squaredDeviations).toBeCloseTo(1, 10);
  });

  it('is empty and exact again when everything folded was removed', () => {
    const values = Array.from({ length: 300 }, (_, index) => index - 100);
    const summary = summaryOf(values);
    expect(subtractSummary(summary, summaryOf(values))).toBe(true);
    expect(summary).toEqual(emptySummary());
  });

  it('refuses to remove what it does not hold, and stays as it was', () => {
    const summary = summaryOf([1, 1, 2]);
    const before = copySummary(summary);
    expect(removeValue(summary, 3)).toBe(false);
    expect(removeValue(summary, 2, 2)).toBe(false);
    expect(subtractSummary(summary, summaryOf([1, 2, 2]))).toBe(false);
    expect(summary).toEqual(before);
  });

  it('leaves what is merged as it was', () => {
    const [exact, folded] = [summaryOf([1, 2]), summaryOf(Array.from({ length: 300 }, (_, index) => index))];
    const before = copySummary(exact);
    mergeSummary(folded, exact);
    expect(exact).toEqual(before);
  });

  it('never has more than 4,096 bins, from the least to the greatest double', () => {
    const random = seededRandom(7);
    const summary = emptySummary();
    for (let index = 0; index < 30_000; index++) {
      const value = (random.uniform() + 0.5) * 10 ** (random.uniform() * 600 - 300);
      addValue(summary, random.bits() % 2 ? value : -value);
    }
    expect(summary.bins.size).toBeLessThanOrEqual(FOLDED_BINS);
    expect(summary.folded!.precision).toBeLessThan(7);
    expect(countOf(summary)).toBe(30_000);
    expect([...summary.bins.values()].reduce((a, b) => a + b)).toBe(30_000);
  });
});

describe('a folded summary from which values are taken one by one', () => {
  it('has its extremes in bins that it holds, down to the last value', () => {
    const random = seededRandom(11);
    const values = Array.from({ length: 400 }, () => Math.round(random.uniform() * 20_000) / 1000 - 5);
    const summary = summaryOf(values);
    for (const value of values.slice(1)) {
      expect(removeValue(summary, value)).toBe(true);
      const { precision, moments } = summary.folded!;
      const keys = [...summary.bins.keys()];
      expect([binKey(moments.min, precision), binKey(moments.max, precision)]).toEqual([
        Math.min(...keys),
        Math.max(...keys),
      ]);
    }
  });
});

describe('bins', () => {
  it('hold what they say, at every precision', () => {
    fc.assert(
      fc.property(finite, fc.integer({ min: 0, max: 7 }), (value, precision) => {
        const key = binKey(value, precision);
        const [low, high] = [lowestOf(key, precision), highestOf(key, precision)];
        expect(low <= value && value <= high).toBe(true);
        expect([binKey(low, precision), binKey(high, precision)]).toEqual([key, key]);
      }),
      {
        numRuns: 2000,
        examples: [
          [5e-324, 7],
          [Number.MAX_VALUE, 7],
          [-Number.MAX_VALUE, 0],
          [0, 3],
          [1, 7],
        ],
      },
    );
  });

  it('order as their values do, and are at most 0.8 % wide', () => {
    fc.assert(
      fc.property(finite, finite, (a, b) => {
        expect(Math.sign(binKey(a, 7) - binKey(b, 7)) * Math.sign(a - b)).not.toBe(-1);
        const key = binKey(a, 7);
        const width = highestOf(key, 7) - lowestOf(key, 7);
        // Below 1e-300 doubles themselves are coarser.
        expect(width).toBeLessThanOrEqual(Math.max(Math.abs(a), 1e-300) / 127);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('quantiles', () => {
  it("are R's: quantile(1:10) is 1, 3.25, 5.5, 7.75, 10", () => {
    const summary = summaryOf([3, 1, 2, 10, 9, 8, 7, 6, 5, 4]);
    expect(quantilesOf(summary, [0, 0.25, 0.5, 0.75, 1])).toEqual([1, 3.25, 5.5, 7.75, 10]);
  });

  it('are right to a bin once values are folded', () => {
    fc.assert(
      fc.property(many, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const ordered = values.toSorted((a, b) => a - b);
        const rank = (ordered.length - 1) * share;
        const [low, high] = [ordered[Math.floor(rank)]!, ordered[Math.ceil(rank)]!];
        const answer = quantileOf(summaryOf(values), share)!;
        expect(answer).toBeGreaterThanOrEqual(low - Math.abs(low) / 127);
        expect(answer).toBeLessThanOrEqual(high + Math.abs(high) / 127);
      }),
      { numRuns: 200 },
    );
  });

  it('end at the least and the greatest value of folded ones', () => {
    const summary = summaryOf(Array.from({ length: 500 }, (_, index) => 1 + index));
    expect(quantileOf(summary, 0)!).toBeCloseTo(1, 1);
    expect(quantileOf(summary, 1)!).toBeLessThanOrEqual(500);
    expect(quantileOf(summary, 1)!).toBeGreaterThan(496);
  });

  it('lie between -1e308 and 1e308 where their distance is no number', () => {
    expect(quantileOf(summaryOf([-1.7e308, 1.7e308]), 0.5)).toBe(0);
  });

  it.each([-0.1, 1.1, NaN])('refuse the share %s', (share) => {
    expect(() => quantileOf(emptySummary(), share)).toThrow(RangeError);
  });
});
