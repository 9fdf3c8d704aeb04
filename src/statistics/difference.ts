/**
 * How far apart two independent samples are: means by Welch, shares by Newcombe. Differences are the second less the first, "after"
 * less "before". What it amounts to is said in verdict.ts; pairs of the same datapoint are compared in paired.ts.
 */
import { normalTail, studentTail } from './distributions.ts';
import { checkShare, intervalAround, shareInterval, USUAL_LEVEL, type Interval } from './interval.ts';
import { sampleVariance, type Moments } from './moments.ts';

export interface Difference {
  /** Second less first; null when one of them is empty. */
  difference: number | null;
  /** Null where the samples do not tell: see each function. */
  interval: Interval | null;
  /** Two-sided probability of a difference at least this large if there were none; null where the interval is. */
  p: number | null;
}

/**
 * Welch's interval and test for two means ("The generalization of 'Student's' problem when several different population
 * variances are involved", 1947), in units of the values. Null interval for fewer than two values in a sample, and where all
 * values of both are the same. Where each sample repeats one value of its own, there is no spread to judge by: they are
 * compared as shares of the second value, scaled.
 */
export function meanDifference(before: Moments, after: Moments, level = USUAL_LEVEL): Difference {
  if (before.count === 0 || after.count === 0) return { difference: null, interval: null, p: null };
  const difference = after.mean - before.mean;
  const none = { difference: Number.isFinite(difference) ? difference : null, interval: null, p: null };
  const [first, second] = [sampleVariance(before), sampleVariance(after)];
  if (first === null || second === null || none.difference === null) return none;
  if (first === 0 && second === 0) {
    if (difference === 0) return none;
    const { interval, p } = shareDifference(0, before.count, after.count, after.count, level);
    return { difference, interval: interval && scaled(interval, difference), p };
  }
  const [a, b] = [first / before.count, second / after.count];
  const error = Math.sqrt(a + b);
  // As shares of the whole: squares of small variances would vanish.
  const [partA, partB] = [a / (a + b), b / (a + b)];
  const degrees = 1 / ((partA * partA) / (before.count - 1) + (partB * partB) / (after.count - 1));
  const interval = intervalAround(difference, error, degrees, level);
  return { difference, interval, p: interval && Math.min(1, 2 * studentTail(Math.abs(difference) / error, degrees)) };
}

/**
 * Newcombe's hybrid score interval for two shares ("Interval estimation for the difference between independent proportions", 1998, method
 * 10, without continuity correction), from -1 to 1, and the pooled score test's p (R: `prop.test(correct = FALSE)`). The two may differ where
 * a difference is barely shown. Null for an empty sample.
 */
export function shareDifference(
  successesBefore: number,
  countBefore: number,
  successesAfter: number,
  countAfter: number,
  level = USUAL_LEVEL,
): Difference {
  checkShare(successesBefore, countBefore);
  checkShare(successesAfter, countAfter);
  const before = shareInterval(successesBefore, countBefore, level);
  const after = shareInterval(successesAfter, countAfter, level);
  if (before === null || after === null) return { difference: null, interval: null, p: null };
  const [a, b] = [successesBefore / countBefore, successesAfter / countAfter];
  const interval = {
    low: Math.max(-1, b - a - Math.hypot(b - after.low, before.high - a)),
    high: Math.min(1, b - a + Math.hypot(after.high - b, a - before.low)),
    level,
  };
  const pooled = (successesBefore + successesAfter) / (countBefore + countAfter);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / countBefore + 1 / countAfter));
  return { difference: b - a, interval, p: error === 0 ? 1 : Math.min(1, 2 * normalTail(Math.abs(b - a) / error)) };
}

function scaled({ low, high, level }: Interval, factor: number): Interval {
  const [one, other] = [low * factor, high * factor];
  return { low: Math.min(one, other), high: Math.max(one, other), level };
}
