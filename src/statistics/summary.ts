/**
 * The numbers of one score in one stretch of time, in a value that merges with others: every question about a distribution is
 * answered from it. While there are at most 256 different values it holds each with its count, and every answer is exact;
 * beyond that, values are folded into bins of at most 0.8 % relative width (log-bins.ts), and what is asked of their places
 * (quantiles, histograms) is right to a bin, while count, mean and spread go on being kept in full (moments.ts).
 *
 * A summary is changed in place: rollups are written on the way of every log. What is asked of it stands in ascending.ts, quantile.ts and
 * histogram.ts, its bytes in summary-bytes.ts. Numbers only: booleans are 0 and 1, categories are counted in counts.ts.
 * Callers refuse NaN and the infinities with a message of theirs before they get here; -0 is 0.
 */
import { binKey, coarserKey, FINEST_PRECISION, highestOf, lowestOf } from './log-bins.ts';
import { mergedMoments, momentsOfCounted, momentsWithout, type Moments } from './moments.ts';

/** Different values that are kept as they are. */
export const EXACT_VALUES = 256;
/** Bins that values are folded into; precision is halved until they suffice. One bin a power of two always does. */
export const FOLDED_BINS = 4096;

export interface Summary {
  /** Value -> times while nothing is folded; bin's key -> times afterwards. */
  bins: Map<number, number>;
  /** Null while `bins` holds values as they are. */
  folded: Folded | null;
}

/** What is known beside the bins once they are no longer exact. */
export interface Folded {
  /** Each power of two has 2^precision bins. */
  precision: number;
  moments: Moments;
  /** False after a removal that may have taken the least or the greatest value: these are then known to a bin. */
  extremesExact: boolean;
}

/** A summary of nothing. */
export function emptySummary(): Summary {
  return { bins: new Map(), folded: null };
}

/** A summary of a list of finite numbers. */
export function summaryOf(values: Iterable<number>): Summary {
  const summary = emptySummary();
  for (const value of values) addValue(summary, value);
  return summary;
}

/** A copy that can be changed apart. */
export function copySummary(summary: Summary): Summary {
  const { bins, folded } = summary;
  return { bins: new Map(bins), folded: folded && { ...folded, moments: { ...folded.moments } } };
}

/** How many observations there are. */
export function countOf(summary: Summary): number {
  if (summary.folded) return summary.folded.moments.count;
  let count = 0;
  for (const times of summary.bins.values()) count += times;
  return count;
}

/** Count, mean, spread and extremes. While values are exact they are computed from them, so that removals leave no trace. */
export function momentsOfSummary(summary: Summary): Moments {
  return summary.folded ? { ...summary.folded.moments } : momentsOfCounted(summary.bins);
}

/** Adds `value` `times` times. Throws RangeError for a number that is not finite, or times that are no positive whole number. */
export function addValue(summary: Summary, value: number, times = 1): void {
  refuseOdd(value, times);
  if (summary.folded) {
    summary.folded.moments = mergedMoments(summary.folded.moments, momentsOfOne(value, times));
    increase(summary.bins, binKey(value, summary.folded.precision), times);
  } else {
    increase(summary.bins, value + 0, times);
  }
  keepBounded(summary);
}

/**
 * Takes `value` out `times` times. False, and nothing changed, when the summary does not hold it so often: it is then no summary
 * of the rows it was believed to be, and is to be built anew from them. What was folded stays folded.
 */
export function removeValue(summary: Summary, value: number, times = 1): boolean {
  refuseOdd(value, times);
  return subtractSummary(summary, { bins: new Map([[value + 0, times]]), folded: null });
}

/** Adds all that `from` holds to `into`. Order does not matter, but to the last digits of mean and spread once folded. */
export function mergeSummary(into: Summary, from: Summary): void {
  if (into.folded || from.folded) {
    if (from.bins.size === 0) return;
    const other = alignedPrecision(into, from);
    const moments = mergedMoments(into.folded!.moments, other.folded!.moments);
    const extremesExact = into.folded!.extremesExact && other.folded!.extremesExact;
    into.folded = { ...into.folded!, moments, extremesExact };
    for (const [key, times] of other.bins) increase(into.bins, key, times);
  } else {
    for (const [value, times] of from.bins) increase(into.bins, value, times);
  }
  keepBounded(into);
}

/** Takes out all that `part` holds. False, and nothing changed but precision, when it is not all there; see `removeValue`. */
export function subtractSummary(from: Summary, part: Summary): boolean {
  if (part.folded && !from.folded) return false;
  const other = from.folded ? alignedPrecision(from, part) : part;
  for (const [key, times] of other.bins) if ((from.bins.get(key) ?? 0) < times) return false;
  for (const [key, times] of other.bins) increase(from.bins, key, -times);
  if (from.folded) afterRemoval(from, from.folded, other.folded!.moments);
  return true;
}

function refuseOdd(value: number, times: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${value} has no place in a summary: only finite numbers have.`);
  if (!Number.isSafeInteger(times) || times < 1) throw new RangeError(`${times} times is no count.`);
}

function momentsOfOne(value: number, times: number): Moments {
  return { count: times, mean: value + 0, squaredDeviations: 0, min: value + 0, max: value + 0 };
}

function increase(bins: Map<number, number>, key: number, times: number): void {
  const sum = (bins.get(key) ?? 0) + times;
  if (sum === 0) bins.delete(key);
  else bins.set(key, sum);
}

function keepBounded(summary: Summary): void {
  if (!summary.folded && summary.bins.size > EXACT_VALUES) fold(summary);
  while (summary.folded && summary.bins.size > FOLDED_BINS) coarsen(summary, summary.folded.precision - 1);
}

function fold(summary: Summary): void {
  const moments = momentsOfCounted(summary.bins);
  const bins = new Map<number, number>();
  for (const [value, times] of summary.bins) increase(bins, binKey(value, FINEST_PRECISION), times);
  summary.bins = bins;
  summary.folded = { precision: FINEST_PRECISION, moments, extremesExact: true };
}

function coarsen(summary: Summary, precision: number): void {
  const folded = summary.folded!;
  const bins = new Map<number, number>();
  for (const [key, times] of summary.bins) increase(bins, coarserKey(key, folded.precision - precision), times);
  summary.bins = bins;
  summary.folded = { ...folded, precision };
}

/** Folds and coarsens `into` as far as `from` is, and gives `from` as far as `into` is: itself, or a changed copy. */
function alignedPrecision(into: Summary, from: Summary): Summary {
  if (!into.folded) fold(into);
  const precision = Math.min(into.folded!.precision, from.folded?.precision ?? FINEST_PRECISION);
  if (into.folded!.precision > precision) coarsen(into, precision);
  if (from.folded?.precision === precision) return from;
  const copy = copySummary(from);
  if (!copy.folded) fold(copy);
  if (copy.folded!.precision > precision) coarsen(copy, precision);
  return copy;
}

function afterRemoval(summary: Summary, folded: Folded, part: Moments): void {
  if (summary.bins.size === 0) {
    summary.folded = null;
    return;
  }
  const moments = momentsWithout(folded.moments, part);
  // Extremes that are no value's but a bin's stay only while that bin does.
  const touched = !folded.extremesExact || part.min <= moments.min || part.max >= moments.max;
  if (touched) {
    let [first, last] = [Infinity, -Infinity];
    for (const key of summary.bins.keys()) {
      if (key < first) first = key;
      if (key > last) last = key;
    }
    moments.min = Math.max(moments.min, lowestOf(first, folded.precision));
    moments.max = Math.min(moments.max, highestOf(last, folded.precision));
  }
  moments.mean = Math.min(Math.max(moments.mean, moments.min), moments.max);
  summary.folded = { ...folded, moments, extremesExact: folded.extremesExact && !touched };
}
