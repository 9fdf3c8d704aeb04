/**
 * Quantiles of a summary: exact while its values are, and right to a bin (0.8 %, unless more than 4,096 bins had to be made
 * coarser) once they are folded. Means and spreads stand in moments.ts.
 */
import { type Ascending, ascendingOf } from './ascending.ts';
import { highestOf, lowestOf } from './log-bins.ts';
import { between } from './moments.ts';
import { countOf, type Folded, type Summary } from './summary.ts';

/**
 * The `share`-quantile, for shares from 0 to 1; null when there is nothing. Between two values it is interpolated: Hyndman &
 * Fan's type 7 (1996, "Sample quantiles in statistical packages"), which is the default of R, NumPy and spreadsheets.
 */
export function quantileOf(summary: Summary, share: number): number | null {
  return quantilesOf(summary, [share])[0]!;
}

/** Several quantiles of one summary, in the order asked. Throws RangeError for a share outside 0 to 1. */
export function quantilesOf(summary: Summary, shares: readonly number[]): (number | null)[] {
  return quantilesOfAscending(ascendingOf(summary), countOf(summary), shares);
}

/** The same of values in ascending order, of which there are `count`. */
export function quantilesOfAscending(values: Ascending, count: number, shares: readonly number[]): (number | null)[] {
  for (const share of shares)
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${share} is no share from 0 to 1.`);
  if (count === 0) return shares.map(() => null);
  const cursor = { place: 0, before: 0 };
  return shares.map((share) => {
    const rank = (count - 1) * share;
    const below = valueAt(values, count, Math.floor(rank), cursor);
    if (Number.isInteger(rank)) return below;
    return between(below, valueAt(values, count, Math.ceil(rank), cursor), rank - Math.floor(rank));
  });
}

/** A key, and how many values there are before it: where the next rank is looked for, since ranks mostly ascend. */
interface Cursor {
  place: number;
  before: number;
}

/** The value at a rank from 0 on; a folded bin's values are taken to lie evenly in it. */
function valueAt({ keys, times, length, folded }: Ascending, count: number, rank: number, cursor: Cursor): number {
  // As a rule no two measured numbers are alike.
  if (!folded && count === length) return keys[rank]!;
  let { place, before } = rank < cursor.before ? { place: 0, before: 0 } : cursor;
  for (; place < length - 1 && before + times[place]! <= rank; place++) before += times[place]!;
  cursor.place = place;
  cursor.before = before;
  return folded ? inBin(folded, keys[place]!, (rank - before + 0.5) / times[place]!) : keys[place]!;
}

function inBin({ precision, moments }: Folded, key: number, share: number): number {
  const low = Math.max(lowestOf(key, precision), moments.min);
  const high = Math.min(highestOf(key, precision), moments.max);
  return between(low, high, share);
}
