import { describe, expect, it } from 'vitest';
import { clusteredDifference, clusteredMean, clusteredShare, clustersOf } from '../../src/statistics/clustered.ts';
import { meanInterval, shareInterval } from '../../src/statistics/interval.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';

function sessions(seed: number, count: number, mean: number): { cluster: string; value: number }[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, session) => {
    const own = mean + normalFrom(random);
    const size = 1 + random.below(12);
    return Array.from({ length: size }, () => ({ cluster: `${session}`, value: own + normalFrom(random) }));
  }).flat();
}

describe('clustered mean', () => {
  it("is Student's where every group has one observation", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const clustered = clusteredMean(values.map((sum) => ({ count: 1, sum })));
    const plain = meanInterval(momentsOf(values))!;
    expect(clustered.interval!.low).toBeCloseTo(plain.low, 12);
    expect(clustered.interval!.high).toBeCloseTo(plain.high, 12);
  });

  it('counts each group once where its observations are the same', () => {
    const once = clusteredMean([1, 2, 4, 8].map((value) => ({ count: 1, sum: value })));
    const often = clusteredMean([1, 2, 4, 8].map((value) => ({ count: 50, sum: value * 50 })));
    expect(often.count).toBe(200);
    expect(often.mean).toBe(once.mean);
    expect(often.standardError).toBeCloseTo(once.standardError!, 12);
  });

  it('is the formula by hand for two groups', () => {
    // Mean 3; residual sums -3 and 3; sqrt(2/1 * 18) / 4.
    const clustered = clusteredMean(
      clustersOf([
        { cluster: 'a', value: 1 },
        { cluster: 'a', value: 2 },
        { cluster: 'b', value: 4 },
        { cluster: 'b', value: 5 },
      ]).values(),
    );
    expect(clustered).toMatchObject({ count: 4, clusters: 2, mean: 3 });
    expect(clustered.standardError).toBeCloseTo(1.5, 12);
  });

  it('covers the truth where an interval that takes observations as independent does not', () => {
    let [covered, naive] = [0, 0];
    for (let trial = 0; trial < 1500; trial++) {
      const observations = sessions(trial, 40, 7);
      const { low, high } = clusteredMean(clustersOf(observations).values()).interval!;
      if (low <= 7 && 7 <= high) covered++;
      const plain = meanInterval(momentsOf(observations.map(({ value }) => value)))!;
      if (plain.low <= 7 && 7 <= plain.high) naive++;
    }
    // Standard error 0.0056.
    expect(covered / 1500).toBeGreaterThan(0.93);
    expect(covered / 1500).toBeLessThan(0.97);
    expect(naive / 1500).toBeLessThan(0.8);
  });

  it('is not known for nothing, one group, or groups that do not differ', () => {
    expect(clusteredMean([])).toMatchObject({ count: 0, mean: null, interval: null });
    expect(clusteredMean([{ count: 9, sum: 3 }])).toMatchObject({ clusters: 1, standardError: null, interval: null });
    expect(
      clusteredMean([
        { count: 2, sum: 2 },
        { count: 1, sum: 1 },
      ]),
    ).toMatchObject({ standardError: 0, interval: null });
  });
});

describe('difference of clustered means', () => {
  it('covers the truth as often as it says', () => {
    let covered = 0;
    for (let trial = 0; trial < 1500; trial++) {
      const [before, after] = [sessions(2 * trial, 30, 0), sessions(2 * trial + 1, 50, 1)].map((one) =>
        clusteredMean(clustersOf(one).values()),
      );
      const { low, high } = clusteredDifference(before!, after!).interval!;
      if (low <= 1 && 1 <= high) covered++;
    }
    expect(covered / 1500).toBeGreaterThan(0.93);
    expect(covered / 1500).toBeLessThan(0.97);
  });

  it('is not known where one of them is not', () => {
    const known = clusteredMean([
      { count: 1, sum: 1 },
      { count: 1, sum: 2 },
    ]);
    expect(clusteredDifference(known, clusteredMean([]))).toEqual({ difference: null, interval: null, p: null });
    expect(clusteredDifference(known, clusteredMean([{ count: 1, sum: 5 }]))).toEqual({
      difference: 3.5,
      interval: null,
      p: null,
    });
  });
});

describe('clustered share', () => {
  it('stays within 0 and 1 where few groups differ, and is null for none', () => {
    const oneOfThirteen = [2, ...Array.from({ length: 12 }, () => 0)].map((sum) => ({ count: 2, sum }));
    const { low, high } = clusteredShare(oneOfThirteen)!;
    expect([low > 0, high < 1, high > 0.25]).toEqual([true, true, true]);
    expect(clusteredShare([])).toBeNull();
  });

  it("is Wilson's of the groups where all observations of each are the same, or all of them are", () => {
    const all = clusteredShare(Array.from({ length: 9 }, () => ({ count: 5, sum: 5 })))!;
    const plain = shareInterval(9, 9)!;
    expect(all.low).toBeCloseTo(plain.low, 12);
    expect(all.high).toBe(1);
  });

  it('holds the truth about as often as it says, where repetitions of a datapoint are alike', () => {
    const random = seededRandom(77);
    const rounds = 2000;
    let held = 0;
    for (let round = 0; round < rounds; round++) {
      // Datapoints of which the model solves three in ten nearly always, and the rest seldom: 0.3 * 0.9 + 0.7 * 0.1.
      const clusters = Array.from({ length: 60 }, () => {
        const chance = random.uniform() < 0.3 ? 0.9 : 0.1;
        return {
          count: 4,
          sum: Array.from({ length: 4 }, () => Number(random.uniform() < chance)).reduce((a, b) => a + b),
        };
      });
      const { low, high } = clusteredShare(clusters)!;
      if (low <= 0.34 && 0.34 <= high) held += 1;
    }
    expect(held / rounds).toBeGreaterThan(0.935);
    expect(held / rounds).toBeLessThan(0.97);
  });
});
