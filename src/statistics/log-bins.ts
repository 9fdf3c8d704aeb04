/**
 * Bins whose width grows with what they hold: where numbers go once there are too many different ones to keep each.
 * The leading bits of a double are such a bin already (exponent, then the first bits of the fraction), so that a bin is
 * found without a logarithm and is the same on every machine. The idea is DDSketch's (Masson, Rim & Lee 2019, "DDSketch:
 * a fast and fully-mergeable quantile sketch with relative-error guarantees"), the linear steps within a power of two
 * HdrHistogram's, and halving the precision when bins run out UDDSketch's (Epicoco et al. 2020).
 *
 * A bin's key is a whole number that orders as the values do: 0 for zero alone, positive and negative ones mirrored.
 */

/** Steps within a power of two, as a power of two: 128 steps make a bin at most 1/128 = 0.8 % as wide as what it holds. */
export const FINEST_PRECISION = 7;

/** Bits of the fraction that stand in the upper half of a double. */
const FRACTION_BITS = 20;
const view = new DataView(new ArrayBuffer(8));

/** The key of the bin of `value`, a finite number. */
export function binKey(value: number, precision: number): number {
  if (value === 0) return 0;
  view.setFloat64(0, value);
  const key = ((view.getUint32(0) & 0x7fffffff) >>> (FRACTION_BITS - precision)) + 1;
  return value < 0 ? -key : key;
}

/** The key that a bin has when precision is halved `times` times. */
export function coarserKey(key: number, times: number): number {
  if (key === 0) return 0;
  const magnitude = ((Math.abs(key) - 1) >>> times) + 1;
  return key < 0 ? -magnitude : magnitude;
}

/** The smallest number that the bin holds. */
export function lowestOf(key: number, precision: number): number {
  return key < 0 ? -farthestFromZero(-key, precision) : nearestToZero(key, precision);
}

/** The largest number that the bin holds. */
export function highestOf(key: number, precision: number): number {
  return key < 0 ? -nearestToZero(-key, precision) : farthestFromZero(key, precision);
}

/** The largest key there is: that of the largest double. */
export function lastKey(precision: number): number {
  return binKey(Number.MAX_VALUE, precision);
}

function nearestToZero(key: number, precision: number): number {
  if (key === 0) return 0;
  // The first bin begins at 0, which has its own: the least positive double is the least it holds.
  if (key === 1) return Number.MIN_VALUE;
  view.setUint32(0, (key - 1) << (FRACTION_BITS - precision));
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

function farthestFromZero(key: number, precision: number): number {
  if (key === 0) return 0;
  view.setUint32(0, (key << (FRACTION_BITS - precision)) - 1);
  view.setUint32(4, 0xffffffff);
  return view.getFloat64(0);
}
