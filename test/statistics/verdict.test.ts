import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../../src/statistics/moments.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { detectableDifference, moreNeeded, pairsNeeded } from '../../src/statistics/sample-size.ts';
import { compareMeans, compareShares, sentenceOf } from '../../src/statistics/verdict.ts';

const LOW = momentsOf([1, 2, 3, 2, 1, 2, 3, 2]);
const HIGH = momentsOf([5, 6, 7, 6, 5, 6, 7, 6]);
const NAMES = { score: 'accuracy', before: 'v1', after: 'v2' };

describe('verdict', () => {
  it.each([
    { name: 'better', before: LOW, after: HIGH, higherIsBetter: true, verdict: 'better' },
    { name: 'worse', before: HIGH, after: LOW, higherIsBetter: true, verdict: 'worse' },
    { name: 'better where lower is', before: HIGH, after: LOW, higherIsBetter: false, verdict: 'better' },
    { name: 'worse where lower is better', before: LOW, after: HIGH, higherIsBetter: false, verdict: 'worse' },
    { name: 'different', before: LOW, after: HIGH, higherIsBetter: null, verdict: 'different' },
    {
      name: 'that nothing is shown',
      before: LOW,
      after: momentsOf([1, 3, 2, 2]),
      higherIsBetter: true,
      verdict: 'no_difference_shown',
    },
    {
      name: 'that nothing is shown of constants',
      before: momentsOf([1, 1]),
      after: momentsOf([1, 1]),
      higherIsBetter: true,
      verdict: 'no_difference_shown',
    },
    {
      name: 'better of constants',
      before: momentsOf([0, 0, 0]),
      after: momentsOf([1, 1, 1]),
      higherIsBetter: true,
      verdict: 'better',
    },
    {
      name: 'that nothing is there',
      before: momentsOf([]),
      after: HIGH,
      higherIsBetter: true,
      verdict: 'not_enough_data',
    },
    {
      name: 'that one value is not enough',
      before: momentsOf([1]),
      after: HIGH,
      higherIsBetter: true,
      verdict: 'not_enough_data',
    },
  ])('says $name', ({ before, after, higherIsBetter, verdict }) => {
    expect(compareMeans(before, after, { higherIsBetter }).verdict).toBe(verdict);
  });

  it('says how many more it takes, and that many do show it four times of five', () => {
    const before = { successes: 50, count: 100 };
    const first = compareShares(before, { successes: 60, count: 100 }, { higherIsBetter: true });
    expect(first.verdict).toBe('no_difference_shown');
    const count = 100 + first.neededPerSlice!;
    const random = seededRandom(3);
    const draw = (share: number): number =>
      Array.from({ length: count }, () => random.uniform() < share).filter(Boolean).length;
    let shown = 0;
    for (let trial = 0; trial < 1000; trial++) {
      const slices = [draw(0.5), draw(0.6)].map((successes) => ({ successes, count }));
      if (compareShares(slices[0]!, slices[1]!, { higherIsBetter: true }).verdict === 'better') shown++;
    }
    // Standard error 0.013.
    expect(shown / 1000).toBeGreaterThan(0.76);
    expect(shown / 1000).toBeLessThan(0.84);
  });

  it('plans for the difference that matters, if one is given', () => {
    const options = { higherIsBetter: true, minimumDifference: 0.5 };
    const slices = [
      { successes: 50, count: 100 },
      { successes: 52, count: 100 },
    ] as const;
    expect(compareShares(...slices, options).neededPerSlice).toBe(0);
    expect(compareShares(...slices, { ...options, minimumDifference: 0.05 }).neededPerSlice).toBeGreaterThan(1000);
  });

  it('plans for nothing where there is no difference at all', () => {
    const slice = { successes: 5, count: 10 };
    expect(compareShares(slice, slice, { higherIsBetter: true })).toMatchObject({
      difference: 0,
      neededPerSlice: null,
    });
  });

  it('asks for more even where every observation so far was true', () => {
    const compared = compareShares({ successes: 3, count: 3 }, { successes: 2, count: 3 }, { higherIsBetter: true });
    expect(compared.neededPerSlice).toBeGreaterThan(0);
  });

  it('is about 5 in 100 times wrong where there is no difference', () => {
    const random = seededRandom(9);
    let shown = 0;
    for (let trial = 0; trial < 3000; trial++) {
      const [a, b] = [1, 2].map(() => ({
        count: 60,
        successes: Array.from({ length: 60 }, () => random.uniform()).filter((one) => one < 0.7).length,
      }));
      if (compareShares(a!, b!, { higherIsBetter: null }).verdict === 'different') shown++;
    }
    expect(shown / 3000).toBeGreaterThan(0.035);
    expect(shown / 3000).toBeLessThan(0.065);
  });

  it('never holds NaN', () => {
    const values = fc.array(
      fc.oneof(fc.constantFrom(0, 1, 1e308), fc.double({ noNaN: true, noDefaultInfinity: true })),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(values, values, (before, after) => {
        const compared = compareMeans(momentsOf(before), momentsOf(after), { higherIsBetter: true });
        expect(
          JSON.stringify(Object.values(compared), (_, value: unknown) => (Number.isNaN(value) ? 'NaN' : value)),
        ).not.toContain('NaN');
        expect(sentenceOf(compared, NAMES)).not.toMatch(/NaN|Infinity|undefined|null/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('sentence', () => {
  it('says what is better, and how far', () => {
    expect(sentenceOf(compareMeans(LOW, HIGH, { higherIsBetter: true }), NAMES)).toBe(
      'accuracy is better in v2 than in v1: the difference is +4, 95 % interval +3.19 to +4.81.',
    );
  });

  it('says what is different where neither direction is good', () => {
    expect(sentenceOf(compareMeans(HIGH, LOW, { higherIsBetter: null }), NAMES)).toBe(
      'accuracy is different in v2 from v1: the difference is -4, 95 % interval -4.81 to -3.19.',
    );
  });

  it('says how many more it takes', () => {
    const compared = compareShares(
      { successes: 50, count: 100 },
      { successes: 60, count: 100 },
      { higherIsBetter: true },
    );
    expect(sentenceOf(compared, NAMES)).toMatch(
      /^No difference of accuracy between v1 and v2 is shown: the difference is \+0\.1, 95 % interval -0\.0\d+ to \+0\.\d+\. To show one of 0\.1, each needs about \d+ more\.$/,
    );
  });

  it('says that there is not enough', () => {
    expect(sentenceOf(compareMeans(momentsOf([]), HIGH, { higherIsBetter: true }), NAMES)).toBe(
      'Not enough data to compare accuracy in v2 with v1.',
    );
  });
});

describe('sample size', () => {
  it("is Cohen's: 63 in each sample for a medium difference, 16 s^2 / d^2 by Lehr's rule", () => {
    // Cohen 1988 has 64 by the t distribution; the normal approximation asks for one less.
    expect(moreNeeded({ variance: 1, count: 0 }, { variance: 1, count: 0 }, 0.5)).toBe(63);
    expect(pairsNeeded(1, 0.5)).toBe(32);
  });

  it('is what makes a difference detectable', () => {
    const [a, b] = [
      { variance: 4, count: 10 },
      { variance: 1, count: 50 },
    ];
    const more = moreNeeded(a, b, 0.3)!;
    const after = (count: number): number =>
      detectableDifference({ ...a, count: a.count + count }, { ...b, count: b.count + count });
    expect(after(more)).toBeLessThanOrEqual(0.3);
    expect(after(more - 1)).toBeGreaterThan(0.3);
  });

  it('is null where nobody could wait for it', () => {
    expect(moreNeeded({ variance: 1, count: 5 }, { variance: 1, count: 5 }, 1e-9)).toBeNull();
    expect(moreNeeded({ variance: 1, count: 5 }, { variance: 1, count: 5 }, 0)).toBeNull();
    expect(pairsNeeded(1, 0)).toBeNull();
  });
});
