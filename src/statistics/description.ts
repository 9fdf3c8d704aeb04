/**
 * What is said of many values of one kind: from a summary of them, or counts. What is not known is null: the mean of nothing,
 * the interval of one value. Nothing here is 0 for want of data. How each number is found stands in the files it comes from.
 */
import { type Ascending, ascendingOf, momentsOfAscending, sumOfAscending } from './ascending.ts';
import { type Counts, noCounts, totalOf } from './counts.ts';
import { type Interval, meanInterval, shareInterval } from './interval.ts';
import { type Moments, standardDeviation } from './moments.ts';
import { quantilesOfAscending } from './quantile.ts';
import { countOf, emptySummary, type Summary } from './summary.ts';

const DECILES_AND_MEDIAN = [0.1, 0.5, 0.9];

export interface NumberDescription {
  kind: 'number';
  count: number;
  mean: number | null;
  meanInterval: Interval | null;
  standardDeviation: number | null;
  sum: number | null;
  min: number | null;
  max: number | null;
  p10: number | null;
  median: number | null;
  p90: number | null;
  /** Whether the summary held every value: otherwise the quantiles are right to a bin. */
  exact: boolean;
}

export interface BooleanDescription {
  kind: 'boolean';
  count: number;
  trueCount: number;
  /** Of true, 0 to 1. */
  share: number | null;
  shareInterval: Interval | null;
}

export interface CategoryDescription {
  kind: 'category';
  count: number;
  /** The most frequent first. */
  categories: { category: string; count: number; share: number; shareInterval: Interval | null }[];
  /** Of categories that were not told apart. */
  otherCount: number;
}

export type Description = NumberDescription | BooleanDescription | CategoryDescription;

/** Values of one kind: numbers, and booleans as 1 and 0, are in `numbers`. */
export interface Values {
  numbers: Summary | null;
  categories: Counts | null;
}

export const NO_VALUES: Values = { numbers: null, categories: null };

/** `level` is that of the intervals. */
export function described(kind: Description['kind'], { numbers, categories }: Values, level: number): Description {
  if (kind === 'category') return describedCategories(categories ?? noCounts(), level);
  const summary = numbers ?? emptySummary();
  if (kind === 'number') return describedNumbers(ascendingOf(summary), level);
  const { count, trueCount } = booleansOf(summary);
  return describedBooleans(count, trueCount, level);
}

export function describedNumbers(values: Ascending, level: number): NumberDescription {
  const moments = momentsOfAscending(values);
  const quantiles = quantilesOfAscending(values, moments.count, DECILES_AND_MEDIAN);
  const [p10, median, p90] = quantiles as [number | null, number | null, number | null];
  return {
    kind: 'number',
    count: moments.count,
    ...centreOf(moments),
    meanInterval: meanInterval(moments, level),
    standardDeviation: standardDeviation(moments),
    sum: sumOfAscending(values),
    p10,
    median,
    p90,
    exact: values.folded === null,
  };
}

export function describedBooleans(count: number, trueCount: number, level: number): BooleanDescription {
  const share = count === 0 ? null : trueCount / count;
  return { kind: 'boolean', count, trueCount, share, shareInterval: shareInterval(trueCount, count, level) };
}

export function booleansOf(summary: Summary): { count: number; trueCount: number } {
  return { count: countOf(summary), trueCount: summary.bins.get(1) ?? 0 };
}

export function describedCategories(counts: Counts, level: number): CategoryDescription {
  const total = totalOf(counts);
  const categories = [...counts.byCategory]
    .toSorted(([one, often], [other, less]) => less - often || (one < other ? -1 : 1))
    .map(([category, count]) => ({
      category,
      count,
      share: count / total,
      shareInterval: shareInterval(count, total, level),
    }));
  return { kind: 'category', count: total, categories, otherCount: counts.other };
}

function centreOf({ count, mean, min, max }: Moments): Pick<NumberDescription, 'mean' | 'min' | 'max'> {
  if (count === 0) return { mean: null, min: null, max: null };
  return { mean: Number.isFinite(mean) ? mean : null, min, max };
}
