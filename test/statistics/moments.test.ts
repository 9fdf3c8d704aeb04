import { describe, expect, it } from 'vitest';
import {
  mergedMoments,
  momentsOf,
  momentsOfCounted,
  momentsWithout,
  noMoments,
  sampleVariance,
  standardDeviation,
} from '../../src/statistics/moments.ts';

/** NIST's statistical reference datasets, univariate: one value, then two others in turn; certified mean and deviation. */
function alternating(first: number, low: number, high: number): number[] {
  return [first, ...Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? low : high))];
}

describe('moments', () => {
  it.each([
    { name: 'NumAcc1', values: [10000001, 10000003, 10000002], mean: 10000002, deviation: 1, digits: 12 },
    { name: 'NumAcc2', values: alternating(1.2, 1.1, 1.3), mean: 1.2, deviation: 0.1, digits: 12 },
    {
      name: 'NumAcc3',
      values: alternating(1000000.2, 1000000.1, 1000000.3),
      mean: 1000000.2,
      deviation: 0.1,
      digits: 8,
    },
    {
      name: 'NumAcc4',
      values: alternating(10000000.2, 10000000.1, 10000000.3),
      mean: 10000000.2,
      deviation: 0.1,
      digits: 7,
    },
  ])("have NIST's certified values for $name, at once and merged", ({ values, mean, deviation, digits }) => {
    const merged = values.reduce((sum, value) => mergedMoments(sum, momentsOf([value])), noMoments());
    for (const moments of [momentsOf(values), merged]) {
      expect(moments.mean / mean).toBeCloseTo(1, 14);
      expect(standardDeviation(moments)).toBeCloseTo(deviation, digits);
    }
  });

  it('lose no tiny differences at a large offset', () => {
    const values = [1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75];
    expect(sampleVariance(momentsOf(values))).toBe(0.0625);
    expect(sampleVariance(mergedMoments(momentsOf(values.slice(0, 1)), momentsOf(values.slice(1))))).toBe(0.0625);
  });

  it('find no spread where all values are equal', () => {
    for (const value of [0.1, 1e308, 5e-324, -1e-3]) {
      const moments = momentsOfCounted(new Map([[value, 1_000_003]]));
      expect([moments.mean, sampleVariance(moments)]).toEqual([value, 0]);
    }
  });

  it('do not know a variance of fewer than two, nor one beyond or below all doubles', () => {
    expect(sampleVariance(momentsOf([]))).toBeNull();
    expect(sampleVariance(momentsOf([3]))).toBeNull();
    expect(sampleVariance(momentsOf([1e308, -1e308]))).toBeNull();
    expect(sampleVariance(momentsOf([1e-200, 2e-200]))).toBeNull();
  });

  it('have a mean where the sum is no number', () => {
    expect(momentsOf([1.5e308, 1.7e308]).mean).toBeCloseTo(1.6e308, -294);
    expect(mergedMoments(momentsOf([1.5e308]), momentsOf([-1.5e308])).mean).toBe(0);
  });

  it('count in the thousands of billions', () => {
    const moments = momentsOfCounted(
      new Map([
        [0, 4e15],
        [1, 4e15],
      ]),
    );
    expect([moments.count, moments.mean, moments.squaredDeviations]).toEqual([8e15, 0.5, 2e15]);
  });

  it('are what they were after a part was taken out', () => {
    const [kept, gone] = [momentsOf([1, 5, 9, 2.5]), momentsOf([100, 3])];
    const left = momentsWithout(mergedMoments(kept, gone), gone);
    expect(left.count).toBe(4);
    expect(left.mean).toBeCloseTo(kept.mean, 12);
    expect(left.squaredDeviations).toBeCloseTo(kept.squaredDeviations, 9);
  });

  it('never have a negative spread', () => {
    const [kept, gone] = [momentsOf([1e-9, 2e-9]), momentsOf([1e9, -1e9])];
    expect(momentsWithout(mergedMoments(kept, gone), gone).squaredDeviations).toBeGreaterThanOrEqual(0);
    expect(momentsWithout(kept, kept)).toEqual(noMoments());
  });

  it('have a spread that is not known, and no NaN, when a part is taken out of too large a spread', () => {
    const left = momentsWithout(momentsOf([1e200, -1e200, 3e200]), momentsOf([3e200]));
    expect(left.squaredDeviations).toBe(Infinity);
    expect(standardDeviation(left)).toBeNull();
  });
});
