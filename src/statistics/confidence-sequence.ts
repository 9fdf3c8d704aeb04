/**
 * Intervals that hold at every moment at once, so that one may look at a live comparison as often as one likes and stop when it
 * tells: an ordinary interval that is watched errs far more often than it says. The price is width.
 *
 * They come from mixtures of likelihood ratios (Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, "Time-uniform, nonparametric,
 * nonasymptotic confidence sequences"), need nothing but running totals, and may be intersected over time.
 */
import { logGamma } from './gamma.ts';
import { checkLevel, USUAL_LEVEL, type Interval } from './interval.ts';
import { sampleVariance, type Moments } from './moments.ts';

/** Where sequences of unbounded means begin: before it the variance is a guess. */
export const FEWEST_WATCHED = 50;

/**
 * For shares, and for means of values known to lie between `from` and `to` (0 and 1 unless told; in the values' units). Exact at every
 * count: the mixture over all Bernoulli alternatives with the uniform prior, which by convexity bounds any values between 0 and 1. For values
 * of small spread it is wide, and `meanSequence` is narrower. Null for none.
 */
export function boundedMeanSequence(
  { count, mean }: Pick<Moments, 'count' | 'mean'>,
  { level = USUAL_LEVEL, from = 0, to = 1 }: { level?: number; from?: number; to?: number } = {},
): Interval | null {
  checkLevel(level);
  if (!(from < to)) throw new RangeError(`There is nothing between ${from} and ${to}.`);
  if (count === 0) return null;
  const share = (mean - from) / (to - from);
  if (!(share >= 0 && share <= 1)) throw new RangeError(`A mean of ${mean} does not lie between ${from} and ${to}.`);
  const [successes, failures] = [share * count, (1 - share) * count];
  const mixture = logGamma(successes + 1) + logGamma(failures + 1) - logGamma(count + 2);
  const limit = mixture + Math.log(1 - level);
  const holds = (p: number): boolean => logPower(p, successes) + logPower(1 - p, failures) >= limit;
  const low = share === 0 ? 0 : boundary(0, share, holds);
  const high = share === 1 ? 1 : boundary(1, share, holds);
  return { low: from + low * (to - from), high: from + high * (to - from), level };
}

/**
 * For means of any values with a variance, in their units: Robbins' normal mixture with the estimated variance (Waudby-Smith, Arbour, Sinha,
 * Kennedy & Ramdas 2024, "Time-uniform central limit theory and asymptotic confidence sequences", theorem 2.2). It holds asymptotically, so it is
 * null below 50 observations, and where all are equal. `tunedFor` is the count at which it is narrowest, to be chosen beforehand.
 */
export function meanSequence(
  moments: Moments,
  { level = USUAL_LEVEL, tunedFor = 1000 }: { level?: number; tunedFor?: number } = {},
): Interval | null {
  checkLevel(level);
  if (!(tunedFor > 0)) throw new RangeError(`A sequence cannot be tuned for ${tunedFor} observations.`);
  const variance = sampleVariance(moments);
  if (moments.count < FEWEST_WATCHED || variance === null || variance === 0) return null;
  const error = 1 - level;
  const odds = -2 * Math.log(error);
  const scale = (odds + Math.log(odds + 1)) / tunedFor;
  const { count, mean } = moments;
  const grown = count * scale + 1;
  const reach =
    Math.sqrt(variance) * Math.sqrt(((2 * grown) / (count * count * scale)) * (Math.log(grown) / 2 - Math.log(error)));
  return { low: mean - reach, high: mean + reach, level };
}

/**
 * The sequence of a difference, second less first, from those of two arms, each at the level `armLevel(level)`: they hold together at `level`,
 * whatever the arms' counts and however observations were assigned. Null where one is.
 */
export function sequenceDifference(before: Interval | null, after: Interval | null): Interval | null {
  if (before === null || after === null) return null;
  const level = Math.max(0, before.level + after.level - 1);
  return { low: after.low - before.high, high: after.high - before.low, level };
}

/** The level that each of two sequences needs for their difference to have `level`. */
export function armLevel(level: number): number {
  checkLevel(level);
  return 1 - (1 - level) / 2;
}

/** What two intervals of the same sequence say together: the truth lies in both. Null where they do not meet, which says that a condition does not hold. */
export function intersected(earlier: Interval, later: Interval): Interval | null {
  const [low, high] = [Math.max(earlier.low, later.low), Math.min(earlier.high, later.high)];
  return low <= high ? { low, high, level: Math.min(earlier.level, later.level) } : null;
}

/** The end of what holds, between `outside` and `inside`, on the outer side of the last double. */
function boundary(outside: number, inside: number, holds: (p: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let step = 0; step < 100; step++) {
    const middle = out + (within - out) / 2;
    if (middle === out || middle === within) break;
    if (holds(middle)) within = middle;
    else out = middle;
  }
  return out;
}

function logPower(p: number, times: number): number {
  return times === 0 ? 0 : times * Math.log(p);
}
