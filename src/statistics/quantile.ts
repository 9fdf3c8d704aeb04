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
  const ascending = ascendingBins(summary);
  return shares.map((share) => {
    const rank = (count - 1) * share;
    const below = valueAt(summary, ascending, Math.floor(rank));
    if (Number.isInteger(rank)) return below;
    return between(below, valueAt(summary, ascending, Math.ceil(rank)), rank - Math.floor(rank));
  });
}

interface AscendingBins {
  keys: Float64Array;
  /** How many values there are up to each key, its own included. */
  upTo: Float64Array;
}

/** As doubles they are sorted without a call for each comparison: charts ask for thousands of summaries. */
function ascendingBins({ bins }: Summary): AscendingBins {
  const keys = new Float64Array(bins.size);
  let place = 0;
  for (const key of bins.keys()) keys[place++] = key;
  keys.sort();
  const upTo = new Float64Array(keys.length);
  let sum = 0;
  for (let index = 0; index < keys.length; index++) upTo[index] = sum += bins.get(keys[index]!)!;
  return { keys, upTo };
}

/** The value at a rank from 0 on; a folded bin's values are taken to lie evenly in it. */
function valueAt(summary: Summary, { keys, upTo }: AscendingBins, rank: number): number {
  let [low, high] = [0, keys.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rank < upTo[middle]!) high = middle;
    else low = middle + 1;
  }
  const key = keys[low]!;
  if (!summary.folded) return key;
  const before = low === 0 ? 0 : upTo[low - 1]!;
  return inBin(summary.folded, key, (rank - before + 0.5) / (upTo[low]! - before));
}

function inBin({ precision, moments }: NonNullable<Summary['folded']>, key: number, share: number): number {
  const low = Math.max(lowestOf(key, precision), moments.min);
  const high = Math.min(highestOf(key, precision), moments.max);
  return between(low, high, share);
}
