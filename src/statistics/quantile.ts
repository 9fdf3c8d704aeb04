/**
 * Quantiles of a summary: exact while its values are, and right to a bin (0.8 %, unless more than 4,096 bins had to be made
 * coarser) once they are folded. Means and spreads stand in moments.ts.
 */
import { highestOf, lowestOf } from './log-bins.ts';
import { between } from './moments.ts';
import { countOf, type Summary } from './summary.ts';

/**
 * The `share`-quantile, for shares from 0 to 1; null when there is nothing. Between two values it is interpolated: Hyndman &
 * Fan's type 7 (1996, "Sample quantiles in statistical packages"), which is the default of R, NumPy and spreadsheets.
 */
export function quantileOf(summary: Summary, share: number): number | null {
  return quantilesOf(summary, [share])[0]!;
}

/** Several quantiles of one summary, in the order asked. Throws RangeError for a share outside 0 to 1. */
export function quantilesOf(summary: Summary, shares: readonly number[]): (number | null)[] {
  for (const share of shares)
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${share} is no share from 0 to 1.`);
  const count = countOf(summary);
  if (count === 0) return shares.map(() => null);
  const bins = [...summary.bins].sort((a, b) => a[0] - b[0]);
  return shares.map((share) => {
    const rank = (count - 1) * share;
    const below = valueAt(summary, bins, Math.floor(rank));
    if (Number.isInteger(rank)) return below;
    return between(below, valueAt(summary, bins, Math.ceil(rank)), rank - Math.floor(rank));
  });
}

/** The value at a rank from 0 on; a folded bin's values are taken to lie evenly in it. */
function valueAt(summary: Summary, bins: [number, number][], rank: number): number {
  let before = 0;
  for (const [key, times] of bins) {
    if (rank < before + times) return summary.folded ? inBin(summary.folded, key, (rank - before + 0.5) / times) : key;
    before += times;
  }
  return summary.folded ? summary.folded.moments.max : bins.at(-1)![0];
}

function inBin({ precision, moments }: NonNullable<Summary['folded']>, key: number, share: number): number {
  const low = Math.max(lowestOf(key, precision), moments.min);
  const high = Math.min(highestOf(key, precision), moments.max);
  return between(low, high, share);
}
