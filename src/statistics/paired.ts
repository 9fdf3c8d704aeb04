/**
 * Two runs over the same datapoints, compared datapoint by datapoint: most of the spread is between datapoints, and drops out. Numbers
 * by Student's t on the differences, booleans by McNemar. Without assumptions about the distribution: resampling.ts.
 */
import { normalDeviate, studentTail } from './distributions.ts';
import type { Difference } from './difference.ts';
import { logGamma } from './gamma.ts';
import { checkLevel, intervalAround, USUAL_LEVEL } from './interval.ts';
import { sampleVariance, type Moments } from './moments.ts';

/**
 * The mean of paired differences (after less before, in units of the values), from their moments: interval and p by Student's
 * paired t. Null interval for fewer than two pairs, and where all differences are equal.
 */
export function pairedDifference(differences: Moments, level = USUAL_LEVEL): Difference {
  checkLevel(level);
  if (differences.count === 0) return { difference: null, interval: null, p: null };
  const { mean, count } = differences;
  const variance = sampleVariance(differences);
  if (variance === null || variance === 0) return { difference: mean, interval: null, p: null };
  const error = Math.sqrt(variance / count);
  const interval = intervalAround(mean, error, count - 1, level);
  return { difference: mean, interval, p: interval && Math.min(1, 2 * studentTail(Math.abs(mean) / error, count - 1)) };
}

/** How pairs of booleans fell out: whole numbers of datapoints. */
export interface BooleanPairs {
  /** False before, true after. */
  gained: number;
  /** True before, false after. */
  lost: number;
  /** The same before and after. */
  unchanged: number;
}

export interface McNemar extends Difference {
  /** Two-sided exact p: the binomial distribution of gains among changes. Never too small, often too large. */
  exactP: number | null;
  /** The mid-p variant (Fagerland, Lydersen & Laake 2013, "The McNemar test for binary matched-pairs data"), closer to its level; `p` is this one. */
  midP: number | null;
}

/**
 * The difference of two paired shares (after less before, -1 to 1): McNemar's test ("Note on the sampling error of the difference between
 * correlated proportions or percentages", 1947), and the interval of Bonett & Price (2012, "Adjusted Wald confidence interval
 * for a difference of binomial proportions based on paired data"), which holds for few pairs and without any change too.
 * Null where there are no pairs.
 */
export function mcNemar({ gained, lost, unchanged }: BooleanPairs, level = USUAL_LEVEL): McNemar {
  checkLevel(level);
  for (const count of [gained, lost, unchanged]) {
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is no number of pairs.`);
  }
  const count = gained + lost + unchanged;
  if (count === 0) return { difference: null, interval: null, p: null, exactP: null, midP: null };
  const [up, down] = [(gained + 1) / (count + 2), (lost + 1) / (count + 2)];
  const middle = up - down;
  const reach = normalDeviate((1 - level) / 2) * Math.sqrt((up + down - middle * middle) / (count + 2));
  const interval = { low: Math.max(-1, middle - reach), high: Math.min(1, middle + reach), level };
  const { exactP, midP } = binomialSides(Math.min(gained, lost), gained + lost);
  return { difference: (gained - lost) / count, interval, p: midP, exactP, midP };
}

/** Two-sided probabilities of at most `fewer` heads among `changes` throws of a fair coin. */
function binomialSides(fewer: number, changes: number): { exactP: number; midP: number } {
  if (changes === 0) return { exactP: 1, midP: 1 };
  const log = logGamma(changes + 1) - logGamma(fewer + 1) - logGamma(changes - fewer + 1) - changes * Math.LN2;
  const at = Math.exp(log);
  let below = 0;
  // Downwards each is smaller than the one before: stop where nothing is added any more.
  for (let [heads, probability] = [fewer, at]; heads > 0; heads--) {
    probability *= heads / (changes - heads + 1);
    below += probability;
    if (probability < below * 1e-17) break;
  }
  return { exactP: Math.min(1, 2 * (below + at)), midP: Math.min(1, 2 * below + at) };
}
