import { describe, expect, it } from 'vitest';
import {
  armLevel,
  boundedMeanSequence,
  FEWEST_WATCHED,
  intersected,
  meanSequence,
  sequenceDifference,
} from '../../src/statistics/confidence-sequence.ts';
import { meanInterval, shareInterval } from '../../src/statistics/interval.ts';
import { momentsOf, noMoments, type Moments } from '../../src/statistics/moments.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';

/** Welford's step: thousands of looks are asked for. */
function observe(moments: Moments, value: number): void {
  moments.count++;
  const shift = value - moments.mean;
  moments.mean += shift / moments.count;
  moments.squaredDeviations += shift * (value - moments.mean);
  moments.min = Math.min(moments.min, value);
  moments.max = Math.max(moments.max, value);
}

describe('sequence of a share', () => {
  it('holds the truth at 1,000 looks at once, where an ordinary interval does not', () => {
    const random = seededRandom(17);
    const outside = { sequence: 0, ordinary: 0 };
    for (let trial = 0; trial < 300; trial++) {
      let [successes, missed, missedOrdinary] = [0, false, false];
      for (let count = 1; count <= 1000; count++) {
        if (random.uniform() < 0.3) successes++;
        const interval = missed || count % 3 ? null : boundedMeanSequence({ count, mean: successes / count })!;
        if (interval && (interval.low > 0.3 || interval.high < 0.3)) missed = true;
        const ordinary = missedOrdinary || count < 20 ? null : shareInterval(successes, count)!;
        if (ordinary && (ordinary.low > 0.3 || ordinary.high < 0.3)) missedOrdinary = true;
      }
      if (missed) outside.sequence++;
      if (missedOrdinary) outside.ordinary++;
    }
    expect(outside.sequence / 300).toBeLessThanOrEqual(0.05);
    expect(outside.ordinary / 300).toBeGreaterThan(0.15);
  });

  it('is where the mixture has 20 times the likelihood, by hand: 0 of 10', () => {
    // (1 - p)^10 = 0.05 * B(1, 11) = 0.05 / 11.
    const interval = boundedMeanSequence({ count: 10, mean: 0 })!;
    expect(interval.low).toBe(0);
    expect(interval.high).toBeCloseTo(1 - (0.05 / 11) ** 0.1, 12);
  });

  it('is wider than an ordinary interval, by less than twice at 1,000', () => {
    const [sequence, ordinary] = [boundedMeanSequence({ count: 1000, mean: 0.4 })!, shareInterval(400, 1000)!];
    const ratio = (sequence.high - sequence.low) / (ordinary.high - ordinary.low);
    expect(ratio).toBeGreaterThan(1.2);
    expect(ratio).toBeLessThan(2);
  });

  it('scales with the bounds, holds for huge counts, and is not known for nothing', () => {
    const [unit, scaled] = [
      boundedMeanSequence({ count: 50, mean: 0.5 })!,
      boundedMeanSequence({ count: 50, mean: 5 }, { from: 0, to: 10 })!,
    ];
    expect(scaled.low).toBeCloseTo(unit.low * 10, 12);
    const huge = boundedMeanSequence({ count: 1e12, mean: 0.25 })!;
    expect(huge.low).toBeLessThan(0.25);
    expect(huge.high - huge.low).toBeLessThan(1e-5);
    expect(boundedMeanSequence({ count: 0, mean: 0 })).toBeNull();
  });

  it('refuses means outside its bounds, and bounds that hold nothing', () => {
    expect(() => boundedMeanSequence({ count: 3, mean: 1.2 })).toThrow(RangeError);
    expect(() => boundedMeanSequence({ count: 3, mean: 1 }, { from: 1, to: 1 })).toThrow(RangeError);
  });

  it('holds the mean of values between 0 and 1 that are no booleans', () => {
    const random = seededRandom(23);
    let outside = 0;
    for (let trial = 0; trial < 200; trial++) {
      let [sum, missed] = [0, false];
      for (let count = 1; count <= 600; count++) {
        // A mean of 0.5, nearly all at the ends: the hardest case.
        sum += random.uniform() < 0.5 ? 0.02 * random.uniform() : 1 - 0.02 * random.uniform();
        if (missed || count % 4) continue;
        const interval = boundedMeanSequence({ count, mean: sum / count })!;
        missed = interval.low > 0.5 || interval.high < 0.5;
      }
      if (missed) outside++;
    }
    expect(outside / 200).toBeLessThanOrEqual(0.05);
  });
});

describe('sequence of a mean', () => {
  it.each([
    { name: 'normal', draw: normalFrom, mean: 0 },
    {
      name: 'exponential',
      draw: (random: ReturnType<typeof seededRandom>) => -Math.log(1 - random.uniform()),
      mean: 1,
    },
  ])('errs at most 5 times of 100 over 1,000 looks: $name values', ({ draw, mean }) => {
    const random = seededRandom(31);
    let outside = 0;
    for (let trial = 0; trial < 600; trial++) {
      const moments = noMoments();
      let missed = false;
      for (let count = 1; count <= 1050 && !missed; count++) {
        observe(moments, draw(random));
        const interval = meanSequence(moments);
        missed = interval !== null && (interval.low > mean || interval.high < mean);
      }
      if (missed) outside++;
    }
    expect(outside / 600).toBeLessThanOrEqual(0.05);
    expect(outside).toBeGreaterThan(0);
  });

  it('is less than twice as wide as an ordinary one where it is tuned', () => {
    const random = seededRandom(3);
    const moments = momentsOf(Array.from({ length: 1000 }, () => normalFrom(random)));
    const [sequence, plain] = [meanSequence(moments, { tunedFor: 1000 })!, meanInterval(moments)!];
    const ratio = (sequence.high - sequence.low) / (plain.high - plain.low);
    expect(ratio).toBeGreaterThan(1.3);
    expect(ratio).toBeLessThan(1.7);
    for (const tunedFor of [10, 100_000]) {
      const other = meanSequence(moments, { tunedFor })!;
      expect(other.high - other.low).toBeGreaterThan(sequence.high - sequence.low);
    }
  });

  it('does not begin before 50, nor where nothing varies', () => {
    const random = seededRandom(3);
    const values = Array.from({ length: FEWEST_WATCHED }, () => normalFrom(random));
    expect(meanSequence(momentsOf(values.slice(1)))).toBeNull();
    expect(meanSequence(momentsOf(values))).not.toBeNull();
    expect(meanSequence(momentsOf(Array.from({ length: 100 }, () => 1)))).toBeNull();
    expect(() => meanSequence(noMoments(), { tunedFor: 0 })).toThrow(RangeError);
  });
});

describe('difference of two sequences', () => {
  it('has the level that its arms leave', () => {
    const level = armLevel(0.95);
    const before = boundedMeanSequence({ count: 500, mean: 0.2 }, { level });
    const after = boundedMeanSequence({ count: 400, mean: 0.6 }, { level });
    const difference = sequenceDifference(before, after)!;
    expect(difference.level).toBeCloseTo(0.95, 12);
    expect(difference.low).toBe(after!.low - before!.high);
    expect(difference.low).toBeGreaterThan(0.2);
    expect(difference.high).toBeLessThan(0.6);
    expect(sequenceDifference(null, after)).toBeNull();
  });

  it('may be intersected with what was known before, and says when the two do not meet', () => {
    const level = 0.9;
    expect(intersected({ low: 0, high: 2, level }, { low: 1, high: 3, level })).toEqual({ low: 1, high: 2, level });
    expect(intersected({ low: 0, high: 1, level }, { low: 2, high: 3, level })).toBeNull();
  });
});
