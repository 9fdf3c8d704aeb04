/**
 * Histograms of a summary: bins by given edges, of a given width, so many of them, or chosen here. Counting is exact while the
 * summary's values are; a folded bin is counted whole, where its middle lies.
 */
import { highestOf, lowestOf } from './log-bins.ts';
import { between } from './moments.ts';
import { quantilesOf } from './quantile.ts';
import { countOf, momentsOfSummary, type Summary } from './summary.ts';

/** What a caller may ask for: ascending edges, a width (in the values' units), a number of bins, or nothing. */
export type HistogramBins = { edges: readonly number[] } | { width: number } | { count: number } | 'automatic';

export interface HistogramBin {
  from: number;
  /** Values equal to it belong to the next bin, but to this one when it is the last, or when `from` is the same. */
  to: number;
  count: number;
}

export interface Histogram {
  /** Ascending and without gaps, empty ones included; or a bin a value (`from` and `to` are then the same), with gaps. */
  bins: HistogramBin[];
  /** Observations under the first and over the last edge: only given edges leave any out. */
  below: number;
  above: number;
  /** False when values had been folded, and each may be counted one bin beside its own. */
  exact: boolean;
}

/** More bins than anybody can look at; a width that would make more is refused. */
export const MOST_BINS = 1000;
/** As many different values get a bin each, when nobody asked for other bins. */
const SINGLE_VALUES = 20;
const MOST_AUTOMATIC = 50;

/** The histogram of a summary. Throws RangeError for edges that do not ascend, and for no or more than 1,000 bins. */
export function histogramOf(summary: Summary, asked: HistogramBins = 'automatic'): Histogram {
  const { min, max } = momentsOfSummary(summary);
  const exact = summary.folded === null;
  if (asked !== 'automatic' && 'edges' in asked) return counted(summary, checkedEdges(asked.edges));
  if (countOf(summary) === 0) return { bins: [], below: 0, above: 0, exact };
  if (asked !== 'automatic') {
    return counted(summary, 'width' in asked ? edgesOfWidth(min, max, asked.width) : edgesOfCount(min, max, asked));
  }
  if (exact && summary.bins.size <= SINGLE_VALUES) {
    const values = [...summary.bins].sort((a, b) => a[0] - b[0]);
    return { bins: values.map(([value, count]) => ({ from: value, to: value, count })), below: 0, above: 0, exact };
  }
  return counted(summary, automaticEdges(summary, min, max));
}

/**
 * Freedman & Diaconis 1981 ("On the histogram as a density estimator"): a width of twice the distance between the quartiles
 * over the cube root of the count, made wider until there are at most 50 bins and rounded up to 1, 2 or 5 times a power of ten,
 * so that the edges are numbers one can read.
 */
function automaticEdges(summary: Summary, min: number, max: number): number[] {
  if (min === max) return [min, max];
  const count = countOf(summary);
  const [lower, upper] = quantilesOf(summary, [0.25, 0.75]) as [number, number];
  const narrowest = max / MOST_AUTOMATIC - min / MOST_AUTOMATIC;
  const freedman = (2 * (upper - lower)) / Math.cbrt(count);
  const sturges = (max / 2 - min / 2) / (Math.ceil(Math.log2(count)) + 1);
  const width = Math.max(narrowest, freedman > 0 && Number.isFinite(freedman) ? freedman : 2 * sturges);
  return readableEdges(min, max, width) ?? edgesOfCount(min, max, { count: MOST_AUTOMATIC });
}

/** Multiples of 1, 2 or 5 times a power of ten; null where doubles are too coarse, or end, so that none lie between. */
function readableEdges(min: number, max: number, width: number): number[] | null {
  const exponent = Math.floor(Math.log10(width));
  const digit = [1, 2, 5, 10].find((one) => one * 10 ** exponent >= width * (1 - 1e-9)) ?? 10;
  // 3 / 10 is 0.3, but 3 * 0.1 is not.
  const edge = (index: number): number =>
    exponent < 0 ? (index * digit) / 10 ** -exponent : index * digit * 10 ** exponent;
  const step = edge(1);
  const first = Math.floor(min / step);
  const last = Math.max(Math.ceil(max / step), first + 1);
  if (!(last - first <= 2 * MOST_AUTOMATIC)) return null;
  const edges = Array.from({ length: last - first + 1 }, (_, index) => edge(first + index));
  return ascends(edges) && edges[0]! <= min && edges.at(-1)! >= max ? edges : null;
}

function edgesOfWidth(min: number, max: number, width: number): number[] {
  if (!(width > 0) || !Number.isFinite(width))
    throw new RangeError(`A width of ${width} is not possible: give one above 0.`);
  const first = Math.floor(min / width);
  const bins = Math.floor(max / width) - first + 1;
  if (!(bins <= MOST_BINS)) {
    throw new RangeError(
      `A width of ${width} makes more than ${MOST_BINS} bins from ${min} to ${max}: give a larger one.`,
    );
  }
  const edges = Array.from({ length: bins + 1 }, (_, index) => (first + index) * width);
  // Beyond 2^53 widths neighbours are the same double.
  return ascends(edges) ? edges : edgesOfCount(min, max, { count: 1 });
}

function edgesOfCount(min: number, max: number, { count }: { count: number }): number[] {
  if (!Number.isInteger(count) || count < 1 || count > MOST_BINS) {
    throw new RangeError(`${count} bins are not possible: ask for 1 to ${MOST_BINS}.`);
  }
  if (min === max) return [min, max];
  const edges = Array.from({ length: count + 1 }, (_, index) => between(min, max, index / count));
  edges[count] = max;
  return ascends(edges) ? edges : [min, max];
}

function checkedEdges(edges: readonly number[]): number[] {
  if (edges.length < 2 || edges.length > MOST_BINS + 1) {
    throw new RangeError(`${edges.length} edges are not possible: give 2 to ${MOST_BINS + 1}.`);
  }
  if (!edges.every(Number.isFinite) || !ascends(edges))
    throw new RangeError('Edges are to be finite numbers that ascend.');
  return [...edges];
}

function ascends(edges: readonly number[]): boolean {
  return edges.every((edge, index) => Number.isFinite(edge) && (index === 0 || edge > edges[index - 1]!));
}

function counted(summary: Summary, edges: number[]): Histogram {
  const bins = edges.slice(1).map((to, index) => ({ from: edges[index]!, to, count: 0 }));
  const histogram: Histogram = { bins, below: 0, above: 0, exact: summary.folded === null };
  for (const [key, times] of summary.bins) {
    const value = summary.folded ? middleOf(summary.folded, key) : key;
    if (value < edges[0]!) histogram.below += times;
    else if (value > edges.at(-1)!) histogram.above += times;
    else bins[placeOf(edges, value)]!.count += times;
  }
  return histogram;
}

function middleOf({ precision, moments }: NonNullable<Summary['folded']>, key: number): number {
  const low = Math.max(lowestOf(key, precision), moments.min);
  const high = Math.min(highestOf(key, precision), moments.max);
  return between(low, high, 0.5);
}

/** The last bin that begins at or below the value: found by halving. */
function placeOf(edges: number[], value: number): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
