import { describe, expect, it } from 'vitest';
import { agreementOf, ratesOf } from '../../src/statistics/agreement.ts';
import { meanInterval } from '../../src/statistics/interval.ts';
import { momentsOf } from '../../src/statistics/moments.ts';
import { correctedMean } from '../../src/statistics/prediction-powered.ts';
import { normalFrom, seededRandom, type Random } from '../../src/statistics/random.ts';
import { expectedError, spreadParts } from '../../src/statistics/repetitions.ts';

function pairsOf(table: number[][]): (readonly [string, string])[] {
  return table.flatMap((row, first) =>
    row.flatMap((times, second) => Array.from({ length: times }, () => [`${first}`, `${second}`] as const)),
  );
}

describe('agreement', () => {
  // Kappas by definition; intervals by the delta method with numerical derivatives in Python, which knows nothing of the closed form.
  it.each([
    {
      name: 'two labels',
      table: [
        [20, 5],
        [10, 15],
      ],
      agreed: 0.7,
      kappa: 0.4,
      low: 0.1510922904751236,
      high: 0.6489077095248762,
    },
    {
      name: 'three labels',
      table: [
        [30, 4, 1],
        [6, 25, 3],
        [2, 5, 24],
      ],
      agreed: 0.79,
      kappa: 0.6840204634366537,
      low: 0.563948338005092,
      high: 0.8040925888682153,
    },
  ])('is that of independent computation: $name', ({ table, agreed, kappa, low, high }) => {
    const agreement = agreementOf(pairsOf(table));
    expect(agreement.agreed).toBeCloseTo(agreed, 14);
    expect(agreement.kappa).toBeCloseTo(kappa, 12);
    expect(agreement.kappaInterval!.low).toBeCloseTo(low, 8);
    expect(agreement.kappaInterval!.high).toBeCloseTo(high, 8);
  });

  it('is high and yet worth nothing where both nearly always say the same', () => {
    const agreement = agreementOf(
      pairsOf([
        [90, 5],
        [5, 0],
      ]),
    );
    expect(agreement.agreed).toBe(0.9);
    expect(agreement.kappa).toBeLessThan(0);
  });

  it('is 1 where they always agree, and knows no kappa where there is one label', () => {
    expect(
      agreementOf(
        pairsOf([
          [5, 0],
          [0, 5],
        ]),
      ),
    ).toMatchObject({ agreed: 1, kappa: 1, kappaInterval: null });
    expect(agreementOf(pairsOf([[5]]))).toMatchObject({ agreed: 1, kappa: null, kappaInterval: null });
    expect(agreementOf([])).toEqual({ count: 0, agreed: null, agreedInterval: null, kappa: null, kappaInterval: null });
  });

  it('does not care which judge comes first', () => {
    const pairs = pairsOf([
      [7, 2, 4],
      [1, 9, 0],
      [3, 3, 8],
    ]);
    const turned = agreementOf(pairs.map(([first, second]) => [second, first] as const));
    expect(turned.kappa).toBeCloseTo(agreementOf(pairs).kappa!, 14);
    expect(turned.kappaInterval!.low).toBeCloseTo(agreementOf(pairs).kappaInterval!.low, 12);
  });

  it('has rates of what is true and what is false, and none where there is none', () => {
    const rates = ratesOf({ truePositive: 81, falseNegative: 182, trueNegative: 0, falsePositive: 0 });
    expect(rates.truePositiveRate.share).toBeCloseTo(81 / 263, 14);
    // Newcombe 1998.
    expect(rates.truePositiveRate.interval!.low).toBeCloseTo(0.2553, 4);
    expect(rates.trueNegativeRate).toEqual({ count: 0, share: null, interval: null });
  });
});

/** A judge that calls 90 % of the good ones and 30 % of the bad ones good, over subjects of which 60 % are good. */
function subject(random: Random): { human: number; judge: number } {
  const human = random.uniform() < 0.6 ? 1 : 0;
  return { human, judge: random.uniform() < (human ? 0.9 : 0.3) ? 1 : 0 };
}

describe('mean put right by people', () => {
  it('covers the truth 94 to 96 times of 100, narrower than people alone, where the judge alone is off', () => {
    const random = seededRandom(13);
    let [covered, width, alone] = [0, 0, 0];
    const trials = 4000;
    for (let trial = 0; trial < trials; trial++) {
      const labelled = Array.from({ length: 100 }, () => subject(random));
      // As many draws of the judge as one has money for; 0.66 is what it says of all.
      const others = { count: 400, successes: 0 };
      for (let other = 0; other < 400; other++) others.successes += subject(random).judge;
      const share = others.successes / 400;
      const unlabelled = { count: 400, mean: share, squaredDeviations: 400 * share * (1 - share), min: 0, max: 1 };
      const { interval } = correctedMean(labelled, unlabelled);
      if (interval!.low <= 0.6 && 0.6 <= interval!.high) covered++;
      const people = meanInterval(momentsOf(labelled.map(({ human }) => human)))!;
      width += interval!.high - interval!.low;
      alone += people.high - people.low;
    }
    // Standard error 0.0034.
    expect(covered / trials).toBeGreaterThan(0.935);
    expect(covered / trials).toBeLessThan(0.965);
    expect(width / alone).toBeLessThan(0.9);
  });

  it('is the formula by hand', () => {
    const labelled = [
      { human: 1, judge: 1 },
      { human: 0, judge: 1 },
      { human: 1, judge: 1 },
      { human: 0, judge: 0 },
    ];
    const unlabelled = momentsOf([1, 1, 0, 1, 0, 1]);
    // Covariance 1/6; judge's variance over all ten 0.7 * 0.3 * 10/9; weight (1/6) / ((1 + 4/6) * 0.2333) = 3/7.
    const corrected = correctedMean(labelled, unlabelled);
    expect(corrected.weight).toBeCloseTo(3 / 7, 12);
    expect(corrected.mean).toBeCloseTo(0.5 + (3 / 7) * (4 / 6 - 3 / 4), 12);
    expect(corrected.judgeMean).toBeCloseTo(0.7, 12);
    expect(corrected.judgeBias).toBe(0.25);
  });

  it('leaves out a judge that says always the same, or the contrary', () => {
    const unlabelled = momentsOf(Array.from({ length: 50 }, () => 1));
    const labelled = [1, 0, 1, 1].map((human) => ({ human, judge: 1 }));
    const plain = meanInterval(momentsOf([1, 0, 1, 1]))!;
    expect(correctedMean(labelled, unlabelled)).toMatchObject({ weight: 0, mean: 0.75 });
    expect(correctedMean(labelled, unlabelled).interval!.low).toBeCloseTo(plain.low, 12);
    const contrary = [1, 0, 1, 1].map((human) => ({ human, judge: 1 - human }));
    expect(correctedMean(contrary, momentsOf([0, 1, 1, 0])).weight).toBe(0);
  });

  it('is not known without people, and has no interval of one', () => {
    expect(correctedMean([], momentsOf([1, 0]))).toEqual({
      mean: null,
      interval: null,
      judgeMean: 0.5,
      judgeBias: null,
      weight: 0,
    });
    expect(correctedMean([{ human: 1, judge: 0 }], momentsOf([]))).toMatchObject({
      mean: 1,
      interval: null,
      judgeBias: -1,
    });
    expect(correctedMean([], momentsOf([])).judgeMean).toBeNull();
  });
});

describe('repetitions', () => {
  it("split the spread as the analysis of variance of R's PlantGrowth does: within 0.38860, F = 4.8461", () => {
    const control = [4.17, 5.58, 5.18, 6.11, 4.5, 4.61, 5.17, 4.53, 5.33, 5.14];
    const first = [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69];
    const second = [6.31, 5.12, 5.54, 5.5, 5.37, 5.29, 4.92, 6.15, 5.8, 5.26];
    const parts = spreadParts([control, first, second].map(momentsOf));
    expect(parts.within).toBeCloseTo(0.3886, 4);
    // (F - 1) * within / 10
    expect(parts.between).toBeCloseTo((3.8461 * 0.3886) / 10, 4);
  });

  it('find what was put in', () => {
    const random = seededRandom(6);
    const datapoints = Array.from({ length: 4000 }, () => {
      const own = 2 * normalFrom(random);
      return momentsOf(Array.from({ length: 2 + random.below(3) }, () => own + normalFrom(random)));
    });
    const parts = spreadParts(datapoints);
    expect(Math.abs(parts.within! - 1)).toBeLessThan(0.06);
    expect(Math.abs(parts.between! - 4)).toBeLessThan(0.4);
    expect(parts.shareBetween).toBeCloseTo(parts.between! / (parts.within! + parts.between!), 14);
  });

  it('never find less than nothing between datapoints', () => {
    expect(spreadParts([momentsOf([0, 2]), momentsOf([0, 2])])).toMatchObject({
      within: 2,
      between: 0,
      shareBetween: 0,
    });
  });

  it('know nothing of outputs that were not repeated, or of one datapoint', () => {
    expect(spreadParts([momentsOf([1]), momentsOf([2])])).toMatchObject({ within: null, between: null });
    expect(spreadParts([momentsOf([1, 3])])).toMatchObject({ within: 2, between: null });
    expect(spreadParts([])).toEqual({
      datapoints: 0,
      observations: 0,
      within: null,
      between: null,
      shareBetween: null,
    });
    expect(spreadParts([momentsOf([1, 1]), momentsOf([1, 1])]).shareBetween).toBeNull();
  });

  it('make only their own part of the error smaller', () => {
    expect(expectedError({ within: 4, between: 0 }, 100, 4)).toBe(0.1);
    expect(expectedError({ within: 0, between: 4 }, 100, 1000)).toBe(0.2);
  });
});
