/**
 * Histograms as Helicone's pages of users and sessions show them: up to a percentile, or between it and its mirror, in ten bins
 * of the same width.
 */
import { z } from 'zod';
import { histogramOf } from '../../../statistics/histogram.ts';
import { quantilesOf } from '../../../statistics/quantile.ts';
import { momentsOfSummary, type Summary } from '../../../statistics/summary.ts';

export interface SpreadRow {
  range_start: string;
  range_end: string;
  value: number;
}

const SHARES = { p50: 0.5, p75: 0.75, p95: 0.95, p99: 0.99, 'p99.9': 0.999 } as const;
const BINS = 10;

export const percentile = z.enum(Object.keys(SHARES) as [keyof typeof SHARES, ...(keyof typeof SHARES)[]]);
export type Percentile = z.infer<typeof percentile>;

/**
 * The histogram of a summary, its edges in units of so many of the summary's. Where all values are the same there is one bin, which
 * begins and ends with it.
 */
export function spreadRows(summary: Summary, upTo: Percentile, interquartile: boolean, unit = 1): SpreadRow[] {
  const share = SHARES[upTo];
  const [mirror, upper] = quantilesOf(summary, [1 - share, share]);
  if (upper === null || upper === undefined) return [];
  const lower = interquartile ? mirror! : momentsOfSummary(summary).min;
  const edges = Array.from({ length: BINS + 1 }, (_, index) => lower + ((upper - lower) * index) / BINS);
  edges[BINS] = upper;
  if (edges.every((edge, index) => index === 0 || edge > edges[index - 1]!))
    return histogramOf(summary, { edges }).bins.map(({ from, to, count }) => row(from / unit, to / unit, count));
  const times = summary.folded ? undefined : summary.bins.get(lower);
  return times === undefined ? [] : [row(lower / unit, lower / unit, times)];
}

function row(from: number, to: number, value: number): SpreadRow {
  return { range_start: String(from), range_end: String(to), value };
}
