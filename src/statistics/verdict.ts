/**
 * What a comparison of one score in two slices amounts to, as one of five words, and as a sentence. The interval decides: a
 * difference is shown when the interval does not hold 0. Where none is shown it says how many more observations it would take.
 */
import { meanDifference, shareDifference, type Difference } from './difference.ts';
import { checkShare, USUAL_LEVEL, type Interval } from './interval.ts';
import { sampleVariance, type Moments } from './moments.ts';
import { moreNeeded, shareVariance, USUAL_POWER, type Sample } from './sample-size.ts';

/** `different` stands for better or worse where nobody said which direction is good. */
export type Verdict = 'better' | 'worse' | 'different' | 'no_difference_shown' | 'not_enough_data';

export interface Comparison {
  verdict: Verdict;
  /** After less before: in units of the values, or as a share from -1 to 1. Null when a slice is empty. */
  difference: number | null;
  interval: Interval | null;
  p: number | null;
  /**
   * About how many more observations each slice needs to show a difference of `minimumDifference`, or else of the size observed; 0
   * when they would have shown it; null when a difference is shown already, or none can be planned for.
   */
  neededPerSlice: number | null;
}

export interface ComparisonOptions {
  /** Null when neither direction is good. */
  higherIsBetter: boolean | null;
  level?: number;
  power?: number;
  /** The smallest difference that matters; without it the observed one is planned for. */
  minimumDifference?: number;
}

/** Compares the means of two slices of numbers; `not_enough_data` where Welch's interval is not known. */
export function compareMeans(before: Moments, after: Moments, options: ComparisonOptions): Comparison {
  const difference = meanDifference(before, after, options.level);
  const constant = before.squaredDeviations === 0 && after.squaredDeviations === 0;
  if (constant && before.count > 1 && after.count > 1 && difference.difference === 0) {
    return { verdict: 'no_difference_shown', ...difference, neededPerSlice: null };
  }
  const samples = [before, after].map((one) => ({ variance: sampleVariance(one), count: one.count }));
  return judged(difference, samples, options);
}

/** Compares the shares of true of two slices; `not_enough_data` where one is empty. */
export function compareShares(
  before: { successes: number; count: number },
  after: { successes: number; count: number },
  options: ComparisonOptions,
): Comparison {
  const slices = [before, after];
  for (const { successes, count } of slices) checkShare(successes, count);
  const difference = shareDifference(before.successes, before.count, after.successes, after.count, options.level);
  // One more of each kind (Agresti & Coull's idea): a slice of nothing but true would promise that no more were needed.
  const samples = slices.map(({ successes, count }) => ({
    variance: shareVariance((successes + 1) / (count + 2)),
    count,
  }));
  return judged(difference, samples, options);
}

/** A comparison as a sentence for people. `name` is the score's; the slices are named as they are to be read. */
export function sentenceOf(
  comparison: Comparison,
  names: { score: string; before: string; after: string },
  options: Pick<ComparisonOptions, 'minimumDifference'> = {},
): string {
  const { verdict, difference, interval, neededPerSlice } = comparison;
  const { score, before, after } = names;
  if (verdict === 'not_enough_data') return `Not enough data to compare ${score} in ${after} with ${before}.`;
  const found = `the difference is ${signed(difference!)}${interval ? `, ${described(interval)}` : ''}`;
  if (verdict !== 'no_difference_shown') {
    const word =
      verdict === 'different' ? `different in ${after} from ${before}` : `${verdict} in ${after} than in ${before}`;
    return `${score} is ${word}: ${found}.`;
  }
  const none = `No difference of ${score} between ${before} and ${after} is shown: ${found}.`;
  if (neededPerSlice === null) return none;
  const size = options.minimumDifference ?? difference!;
  if (neededPerSlice === 0) return `${none} One of ${rounded(Math.abs(size))} would probably have been.`;
  return `${none} To show one of ${rounded(Math.abs(size))}, each needs about ${neededPerSlice} more.`;
}

function judged(
  { difference, interval, p }: Difference,
  [before, after]: { variance: number | null; count: number }[],
  options: ComparisonOptions,
): Comparison {
  const { higherIsBetter, level = USUAL_LEVEL, power = USUAL_POWER, minimumDifference } = options;
  if (difference === null || interval === null) {
    return { verdict: 'not_enough_data', difference, interval, p, neededPerSlice: null };
  }
  if (interval.low > 0 || interval.high < 0) {
    const better = higherIsBetter === interval.low > 0;
    const verdict = higherIsBetter === null ? 'different' : better ? 'better' : 'worse';
    return { verdict, difference, interval, p, neededPerSlice: null };
  }
  const size = minimumDifference ?? difference;
  const neededPerSlice =
    before!.variance === null || after!.variance === null
      ? null
      : moreNeeded(before as Sample, after as Sample, size, { level, power });
  return { verdict: 'no_difference_shown', difference, interval, p, neededPerSlice };
}

function described({ low, high, level }: Interval): string {
  return `${rounded(level * 100)} % interval ${signed(low)} to ${signed(high)}`;
}

function signed(value: number): string {
  return value > 0 ? `+${rounded(value)}` : rounded(value);
}

/** Three digits: what follows is not known. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
