import { describe, expect, it } from 'vitest';
import { meanInterval } from '../../src/statistics/interval.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';
import { bootstrapInterval, permutationP } from '../../src/statistics/resampling.ts';

const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];

/** Both generators written down in Python from their authors' C, with seed 42. */
const REFERENCE = [660444221, 3652823732, 77672526, 910233633];
/** scipy 1.17: bootstrap((d,), np.mean, n_resamples=200000, method='BCa'). */
const SCIPY_BCA = [1.05, 2.62];

describe('random numbers', () => {
  it('are those of xoshiro128** and splitmix32, the same for the same seed', () => {
    const [one, other, third] = [seededRandom(42), seededRandom(42), seededRandom(43)];
    const numbers = Array.from({ length: 4 }, () => one.bits());
    expect(Array.from({ length: 4 }, () => other.bits())).toEqual(numbers);
    expect(Array.from({ length: 4 }, () => third.bits())).not.toEqual(numbers);
    expect(numbers).toEqual(REFERENCE);
  });

  it('are even: chi-square of 64 cells', () => {
    const random = seededRandom(1);
    const cells = Array.from({ length: 64 }, () => 0);
    for (let draw = 0; draw < 64_000; draw++) cells[random.below(64)]!++;
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 63 degrees of freedom: 0.1 % and 99.9 %.
    expect(chiSquare).toBeGreaterThan(32);
    expect(chiSquare).toBeLessThan(104);
  });

  it('have the mean and spread of their distributions', () => {
    const random = seededRandom(2);
    const uniform = momentsOf(Array.from({ length: 50_000 }, () => random.uniform()));
    const normal = momentsOf(Array.from({ length: 50_000 }, () => normalFrom(random)));
    expect(uniform.min).toBeGreaterThanOrEqual(0);
    expect(uniform.max).toBeLessThan(1);
    expect(Math.abs(uniform.mean - 0.5)).toBeLessThan(0.005);
    expect(Math.abs(normal.mean)).toBeLessThan(0.018);
    expect(Math.abs(normal.squaredDeviations / 50_000 - 1)).toBeLessThan(0.025);
  });
});

describe('bootstrap', () => {
  it("is near scipy's BCa interval of the same differences", () => {
    const interval = bootstrapInterval(SLEEP, { seed: 1, resamples: 50_000 })!;
    expect(Math.abs(interval.low - SCIPY_BCA[0]!)).toBeLessThan(0.03);
    expect(Math.abs(interval.high - SCIPY_BCA[1]!)).toBeLessThan(0.05);
  });

  it('is the same for the same seed', () => {
    expect(bootstrapInterval(SLEEP, { seed: 5 })).toEqual(bootstrapInterval(SLEEP, { seed: 5 }));
    expect(bootstrapInterval(SLEEP, { seed: 5 })).not.toEqual(bootstrapInterval(SLEEP, { seed: 6 }));
  });

  it("comes near Student's for many differences", () => {
    const random = seededRandom(8);
    const values = Array.from({ length: 400 }, () => 3 + normalFrom(random));
    const [drawn, plain] = [bootstrapInterval(values, { seed: 1 })!, meanInterval(momentsOf(values))!];
    expect(Math.abs(drawn.low - plain.low)).toBeLessThan(0.01);
    expect(Math.abs(drawn.high - plain.high)).toBeLessThan(0.01);
  });

  it('covers the mean of a skewed distribution nearly as often as it says', () => {
    const random = seededRandom(4);
    let covered = 0;
    for (let trial = 0; trial < 500; trial++) {
      const values = Array.from({ length: 60 }, () => -Math.log(1 - random.uniform()));
      const { low, high } = bootstrapInterval(values, { seed: trial, resamples: 500 })!;
      if (low <= 1 && 1 <= high) covered++;
    }
    expect(covered / 500).toBeGreaterThan(0.9);
    expect(covered / 500).toBeLessThan(0.98);
  });

  it('is not known for fewer than two differences, or all equal ones', () => {
    for (const values of [[], [1], [2, 2, 2]]) expect(bootstrapInterval(values, { seed: 1 })).toBeNull();
  });

  it('refuses fewer than 100 resamples', () => {
    expect(() => bootstrapInterval(SLEEP, { seed: 1, resamples: 99 })).toThrow(RangeError);
  });
});

describe('permutation', () => {
  it('tries all signs of few differences', () => {
    // All nine that are not 0 are positive: 2 of 2^9. Also by enumeration in Python.
    expect(permutationP(SLEEP, { seed: 1 })).toBe(2 / 512);
    expect(permutationP([1, 2, -3], { seed: 1 })).toBe(1);
  });

  it('is near the exact answer where it draws', () => {
    const values = [...SLEEP, -1, -0.9, -2, 0.3, -1.7, -0.2];
    const exact = permutationP(values, { seed: 1, resamples: 100_000 })!;
    const drawn = permutationP(values, { seed: 1, resamples: 20_000 })!;
    expect(drawn).not.toBe(exact);
    expect(Math.abs(drawn - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 20_000));
  });

  it('counts an order of digits as no difference: 0.1, 0.2 and 0.3 against each other', () => {
    // Of 8 ways, 0.1 + 0.2 - 0.3 = 0 and its mirror are not smaller than what is observed.
    expect(permutationP([0.1, 0.2, -0.3], { seed: 1 })).toBe(1);
    expect(permutationP([0.1, 0.2, 0.3], { seed: 1 })).toBe(0.25);
  });

  it('is 1 where nothing differs, null for nothing, and never 0', () => {
    expect(permutationP([0, 0], { seed: 1 })).toBe(1);
    expect(permutationP([], { seed: 1 })).toBeNull();
    expect(
      permutationP(
        Array.from({ length: 100 }, () => 1e308),
        { seed: 1, resamples: 100 },
      ),
    ).toBe(1 / 101);
  });
});
