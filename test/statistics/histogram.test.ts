import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { histogramOf, MOST_BINS, type Histogram, type HistogramBins } from '../../src/statistics/histogram.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';
import { emptySummary, summaryOf } from '../../src/statistics/summary.ts';

function normals(count: number, seed = 1): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => normalFrom(random));
}

function totalOf({ bins, below, above }: Histogram): number {
  return bins.reduce((sum, bin) => sum + bin.count, below + above);
}

function rows({ bins }: Histogram): number[][] {
  return bins.map(({ from, to, count }) => [from, to, count]);
}

describe('histogram', () => {
  it('of few different values has a bin for each', () => {
    expect(histogramOf(summaryOf([1, 0, 1, 1]))).toEqual({
      bins: [
        { from: 0, to: 0, count: 1 },
        { from: 1, to: 1, count: 3 },
      ],
      below: 0,
      above: 0,
      exact: true,
    });
  });

  it('chooses edges that can be read', () => {
    const edges = rows(histogramOf(summaryOf(Array.from({ length: 101 }, (_, index) => index / 100)))).map(
      ([from]) => from,
    );
    // 2 * 0.5 / 101^(1/3) = 0.215, rounded up to 0.5.
    expect(edges).toEqual([0, 0.5]);
  });

  it("follows Freedman and Diaconis: as many bins as twice the quartiles' distance over the cube root of the count makes", () => {
    const { bins } = histogramOf(summaryOf(normals(10_000)));
    // 2 * 1.349 / 10000^(1/3) = 0.125, rounded up to 0.2.
    expect(bins[0]!.to - bins[0]!.from).toBeCloseTo(0.2, 12);
  });

  it('puts a value at an edge into the upper bin, and the greatest into the last', () => {
    expect(rows(histogramOf(summaryOf([0, 1, 1, 2]), { edges: [0, 1, 2] }))).toEqual([
      [0, 1, 1],
      [1, 2, 3],
    ]);
  });

  it('says how many lie outside given edges', () => {
    const histogram = histogramOf(summaryOf([-5, 0, 0.5, 1, 7, 8]), { edges: [0, 1] });
    expect(histogram).toEqual({ bins: [{ from: 0, to: 1, count: 3 }], below: 1, above: 2, exact: true });
  });

  it('has bins of the asked width, at multiples of it, empty ones included', () => {
    expect(rows(histogramOf(summaryOf([3, 12, 47]), { width: 10 }))).toEqual([
      [0, 10, 1],
      [10, 20, 1],
      [20, 30, 0],
      [30, 40, 0],
      [40, 50, 1],
    ]);
  });

  it('has as many bins as were asked for, from the least to the greatest value', () => {
    expect(rows(histogramOf(summaryOf([0, 1, 2, 3, 10]), { count: 2 }))).toEqual([
      [0, 5, 4],
      [5, 10, 1],
    ]);
  });

  it('has one bin where all values are equal', () => {
    for (const asked of ['automatic', { count: 10 }] as HistogramBins[]) {
      expect(rows(histogramOf(summaryOf([4, 4]), asked))).toEqual([[4, 4, 2]]);
    }
  });

  it.each(['automatic', { width: 1 }, { count: 3 }] as HistogramBins[])('of nothing has no bins: %j', (asked) => {
    expect(histogramOf(emptySummary(), asked).bins).toEqual([]);
  });

  it('counts folded values within a bin of their place', () => {
    const histogram = histogramOf(summaryOf(normals(5000)), { edges: [-10, 0, 10] });
    expect(histogram.exact).toBe(false);
    expect(totalOf(histogram)).toBe(5000);
    expect(histogram.bins[1]!.count).toBe(normals(5000).filter((value) => value > 0).length);
  });

  it('loses no observation, whatever the values and the bins', () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 400 });
    const asked = fc.oneof(
      fc.constant('automatic' as const),
      fc.integer({ min: 1, max: MOST_BINS }).map((count) => ({ count })),
      fc.uniqueArray(fc.integer(), { minLength: 2 }).map((edges) => ({ edges: edges.sort((a, b) => a - b) })),
    );
    fc.assert(
      fc.property(values, asked, (list, bins) => {
        const histogram = histogramOf(summaryOf(list), bins);
        expect(totalOf(histogram)).toBe(list.length);
        expect(histogram.bins.length).toBeLessThanOrEqual(MOST_BINS);
        expect(histogram.bins.every(({ from, to }) => Number.isFinite(from) && Number.isFinite(to))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('has at most 101 bins when nobody chose them, also of values far apart or close together', () => {
    for (const [offset, scale] of [
      [0, 1],
      [0, 1e300],
      [1e15, 1],
      [0, 1e-300],
      [1, 1e-13],
    ] as const) {
      const list = [...normals(300).map((value) => offset + value * scale), offset + 1e3 * scale];
      const histogram = histogramOf(summaryOf(list));
      expect(totalOf(histogram)).toBe(301);
      expect(histogram.bins.length).toBeLessThanOrEqual(101);
    }
  });

  it.each([
    { name: 'no width', bins: { width: 0 } },
    { name: 'a negative width', bins: { width: -1 } },
    { name: 'a width that makes too many', bins: { width: 1e-9 } },
    { name: 'no bins', bins: { count: 0 } },
    { name: 'half a bin', bins: { count: 1.5 } },
    { name: 'too many bins', bins: { count: MOST_BINS + 1 } },
    { name: 'one edge', bins: { edges: [1] } },
    { name: 'edges that stand still', bins: { edges: [1, 1] } },
    { name: 'an edge that is no number', bins: { edges: [0, NaN] } },
  ] as { name: string; bins: HistogramBins }[])('refuses $name', ({ bins }) => {
    expect(() => histogramOf(summaryOf([0, 1, 2]), bins)).toThrow(RangeError);
  });
});
