import { describe, expect, it } from 'vitest';
import { binnedOf } from '../../../src/api/statistics/binned.ts';
import { Evaluations, evaluatorsOf } from '../../../src/api/statistics/evaluations.ts';
import { ascendingOf } from '../../../src/statistics/ascending.ts';
import { describedCategories, describedNumbers } from '../../../src/statistics/description.ts';
import { seededRandom } from '../../../src/statistics/random.ts';
import { summaryOf } from '../../../src/statistics/summary.ts';
import type { AggregateRow, DescribedRow } from '../../../src/store/aggregates.ts';
import { deviationOf, meanOf, quantileOf } from './by-hand.ts';

const random = seededRandom(3);
const values = Array.from({ length: 3000 }, () => 50 + random.uniform() * 1000);

describe('numbers of more values than are kept', () => {
  it('have an exact count, mean, spread, sum and extremes, and quantiles to 0.8 %', () => {
    const found = describedNumbers(ascendingOf(summaryOf(values)), 0.95);
    expect(found).toMatchObject({ count: 3000, exact: false, min: Math.min(...values), max: Math.max(...values) });
    expect(found.mean).toBeCloseTo(meanOf(values), 8);
    expect(found.standardDeviation).toBeCloseTo(deviationOf(values), 8);
    expect(found.sum! / (meanOf(values) * 3000)).toBeCloseTo(1, 12);
    for (const [share, name] of [
      [0.1, 'p10'],
      [0.5, 'median'],
      [0.9, 'p90'],
    ] as const)
      expect(Math.abs(found[name]! / quantileOf(values, share) - 1)).toBeLessThan(0.008);
  });

  it('are counted at most a bin beside their own', () => {
    const groups = [values.slice(0, 1000), values.slice(1000)];
    const rows = groups.map((own, index) => row(String(index), own));
    const found = binnedOf(rows, { count: 10 }, 0.95);
    expect(found).toMatchObject([
      { count: 1000, exact: false },
      { count: 2000, exact: false },
    ]);
    for (const [index, histogram] of found.entries()) {
      if (histogram.kind !== 'number') throw new Error('these are numbers');
      expect(histogram.bins.reduce((sum, { count }) => sum + count, 0)).toBe(groups[index]!.length);
      for (const { from, to, count } of histogram.bins) {
        // What lies within 0.8 % of an edge may be on its other side.
        const surely = groups[index]!.filter((value) => value >= from * 1.008 && value < to / 1.008).length;
        const possibly = groups[index]!.filter((value) => value >= from / 1.008 && value <= to * 1.008).length;
        expect(count).toBeGreaterThanOrEqual(surely);
        expect(count).toBeLessThanOrEqual(possibly);
      }
    }
  });
});

describe('numbers at the end of what a double can say', () => {
  it('have no sum and no interval rather than a wrong one', () => {
    expect(describedNumbers(ascendingOf(summaryOf([1.5e308, 1.6e308])), 0.95)).toMatchObject({
      count: 2,
      sum: null,
      meanInterval: null,
      standardDeviation: null,
      min: 1.5e308,
      max: 1.6e308,
    });
    expect(JSON.stringify(describedNumbers(ascendingOf(summaryOf([1.5e308, 1.6e308])), 0.95))).not.toContain(
      'Infinity',
    );
  });

  it('keep the digits of small values beside large ones', () => {
    expect(describedNumbers(ascendingOf(summaryOf([1e16, 1, -1e16, 1])), 0.95).sum).toBe(2);
  });
});

describe('evaluators of a score', () => {
  it('are those whose name it has, alone or before a colon', () => {
    expect(evaluatorsOf('rubric')).toEqual(['rubric']);
    expect(evaluatorsOf('rubric:tone:fit')).toEqual(['rubric:tone:fit', 'rubric:tone', 'rubric']);
    expect(evaluatorsOf(':a')).toEqual([':a']);
  });

  it('are the nearest that looked', () => {
    const cell = { group: null, other: false, bucket: 0 };
    const looks = new Evaluations([outcomes('a', { failed: 2 }), outcomes('a:b', { scored: 3 })]);
    expect(looks.of('a:b', cell)).toEqual({ scored: 3, abstained: 0, skipped: 0, failed: 0 });
    expect(looks.of('a:c', cell)).toEqual({ scored: 0, abstained: 0, skipped: 0, failed: 2 });
    expect(looks.of('b', cell)).toBeNull();
    expect(looks.without(['a:c'])).toEqual(['a:b']);
  });
});

function row(group: string, own: readonly number[]): AggregateRow {
  const measure = { log: 'durationMs' } as const;
  return { measure, kind: 'number', group, other: false, bucket: 0, numbers: summaryOf(own), categories: null };
}

function outcomes(evaluator: string, counts: Record<string, number>): DescribedRow {
  const categories = { byCategory: new Map(Object.entries(counts)), other: 0 };
  const description = describedCategories(categories, 0.95);
  return { measure: { outcomes: evaluator }, kind: 'category', group: null, other: false, bucket: 0, description };
}
