/**
 * Intervals of one sample: of a mean, and of a share. Two samples are compared in difference.ts.
 *
 * A level is the probability, 0 to 1 exclusive, with which the procedure covers the truth; 0.95 unless told.
 * Where an interval is null it is not known, which is not the same as narrow.
 */
import { normalDeviate, studentDeviate } from './distributions.ts';
import { sampleVariance, type Moments } from './moments.ts';

export interface Interval {
  low: number;
  high: number;
  /** With which probability such intervals hold the truth, 0 to 1. */
  level: number;
}

export const USUAL_LEVEL = 0.95;

/**
 * Student's t interval of a mean ("The probable error of a mean", 1908), in units of the values. Null for fewer than two values, and where all are
 * equal: there is then no spread to judge by, and an interval of no width would claim certainty. It asks that values are
 * independent: see clustered.ts where they are not.
 */
export function meanInterval(moments: Moments, level = USUAL_LEVEL): Interval | null {
  checkLevel(level);
  const variance = sampleVariance(moments);
  if (variance === null || variance === 0) return null;
  const error = Math.sqrt(variance / moments.count);
  return intervalAround(moments.mean, error, moments.count - 1, level);
}

/** Estimate and standard error to an interval, by Student's t; null where it would not be finite. */
export function intervalAround(mean: number, error: number, degrees: number, level: number): Interval | null {
  const reach = studentDeviate((1 - level) / 2, degrees) * error;
  const interval = { low: mean - reach, high: mean + reach, level };
  return Number.isFinite(interval.low) && Number.isFinite(interval.high) ? interval : null;
}

/**
 * Wilson's score interval of a share ("Probable inference, the law of succession, and statistical inference", 1927), without
 * continuity correction, as a share from 0 to 1. It holds at 0 and at all of them, where the textbook's has no width. Null for none.
 */
export function shareInterval(successes: number, count: number, level = USUAL_LEVEL): Interval | null {
  checkLevel(level);
  checkShare(successes, count);
  return count === 0 ? null : wilsonInterval(successes / count, count, level);
}

/** The same of a share that was seen over `count` independent observations, which need not be whole: a sample of groups is worth so many. */
export function wilsonInterval(share: number, count: number, level: number): Interval {
  const z = normalDeviate((1 - level) / 2);
  const square = (z * z) / count;
  const middle = (share + square / 2) / (1 + square);
  const reach = (z / (1 + square)) * Math.sqrt((share * (1 - share)) / count + square / (4 * count));
  // At the ends the difference of two equal numbers is exactly the end, but not in doubles.
  return {
    low: share === 0 ? 0 : Math.max(0, middle - reach),
    high: share === 1 ? 1 : Math.min(1, middle + reach),
    level,
  };
}

/** Throws RangeError for a level outside 0 to 1. */
export function checkLevel(level: number): void {
  if (!(level > 0 && level < 1)) throw new RangeError(`${level} is no level: give one between 0 and 1, such as 0.95.`);
}

/** Throws RangeError unless both are whole numbers and there are no more successes than observations. */
export function checkShare(successes: number, count: number): void {
  if (!Number.isSafeInteger(successes) || !Number.isSafeInteger(count) || successes < 0 || successes > count) {
    throw new RangeError(`${successes} of ${count} is no share.`);
  }
}
