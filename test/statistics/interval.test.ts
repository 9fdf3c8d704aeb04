import { describe, expect, it } from 'vitest';
import { meanInterval, shareInterval } from '../../src/statistics/interval.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';

describe('interval of a mean', () => {
  it("is R's: t.test(extra) of the first group of the dataset sleep", () => {
    const interval = meanInterval(momentsOf([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]))!;
    expect(interval.low).toBeCloseTo(-0.5297804, 7);
    expect(interval.high).toBeCloseTo(2.0297804, 7);
  });

  it('is not known for fewer than two values, nor where all are equal', () => {
    for (const values of [[], [3], [3, 3, 3, 3]]) expect(meanInterval(momentsOf(values))).toBeNull();
  });

  it('is not known where it would be no number', () => {
    expect(meanInterval(momentsOf([1e308, -1e308]))).toBeNull();
    expect(meanInterval(momentsOf([1e153, -1e153]))).not.toBeNull();
  });

  it('has a width at a large offset', () => {
    const interval = meanInterval(momentsOf([1e9 + 0.25, 1e9 + 0.5, 1e9 + 0.75]))!;
    // 4.3027 * 0.25 / sqrt(3)
    expect(interval.high - interval.low).toBeCloseTo(2 * 0.621, 3);
  });

  it('covers the mean as often as it says', () => {
    const random = seededRandom(11);
    let covered = 0;
    for (let trial = 0; trial < 5000; trial++) {
      const interval = meanInterval(momentsOf(Array.from({ length: 8 }, () => 5 + normalFrom(random))), 0.9)!;
      if (interval.low <= 5 && 5 <= interval.high) covered++;
    }
    // Standard error 0.0042.
    expect(covered / 5000).toBeGreaterThan(0.887);
    expect(covered / 5000).toBeLessThan(0.913);
  });

  it.each([0, 1, -1, NaN, 95])('refuses the level %s', (level) => {
    expect(() => meanInterval(momentsOf([1, 2]), level)).toThrow(RangeError);
    expect(() => shareInterval(1, 2, level)).toThrow(RangeError);
  });
});

describe('interval of a share', () => {
  /** Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3. */
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("is Newcombe's published one for %d of %d", (successes, count, low, high) => {
    const interval = shareInterval(successes, count)!;
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('holds at none and at all', () => {
    expect(shareInterval(0, 3)!.low).toBe(0);
    expect(shareInterval(3, 3)!.high).toBe(1);
    expect(shareInterval(1, 1)!.low).toBeCloseTo(0.2065, 4);
    expect(shareInterval(0, 0)).toBeNull();
  });

  it('is mirrored for what did not succeed', () => {
    for (const [successes, count] of [
      [3, 10],
      [0, 7],
      [499, 1000],
    ] as const) {
      const [one, other] = [shareInterval(successes, count)!, shareInterval(count - successes, count)!];
      expect(one.low).toBeCloseTo(1 - other.high, 14);
      expect(one.high).toBeCloseTo(1 - other.low, 14);
    }
  });

  it('holds the share itself, also of huge counts', () => {
    for (const count of [10, 1e6, 9e15]) {
      const interval = shareInterval(count / 2, count)!;
      expect(interval.low).toBeLessThan(0.5);
      expect(interval.high).toBeGreaterThan(0.5);
    }
  });

  it('covers the truth 94 to 96 times of a hundred, on average over all shares, by the binomial distribution itself', () => {
    for (const count of [20, 100, 400]) expect(Math.abs(meanCoverage(count) - 0.95)).toBeLessThan(0.01);
  });

  it.each([
    [-1, 3],
    [4, 3],
    [0.5, 3],
    [1, NaN],
  ])('refuses %s of %s', (successes, count) => {
    expect(() => shareInterval(successes, count)).toThrow(RangeError);
  });
});

/** Not simulated: the probability of every outcome at which the interval holds the share, over shares from 0.005 to 0.995. */
function meanCoverage(count: number): number {
  const intervals = Array.from({ length: count + 1 }, (_, successes) => shareInterval(successes, count)!);
  let sum = 0;
  for (let step = 0; step < 100; step++) {
    const share = (step + 0.5) / 100;
    let logProbability = count * Math.log1p(-share);
    for (let successes = 0; successes <= count; successes++) {
      const { low, high } = intervals[successes]!;
      if (low <= share && share <= high) sum += Math.exp(logProbability);
      logProbability += Math.log(((count - successes) / (successes + 1)) * (share / (1 - share)));
    }
  }
  return sum / 100;
}
