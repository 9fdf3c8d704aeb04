/**
 * Count, mean, spread and extremes of a sample of numbers, in a form that adds up: what every interval and test here rests on.
 * Which values there were is left to summary.ts.
 *
 * Squares are never summed: the sum of squared deviations from the mean is (Chan, Golub & LeVeque 1983, "Algorithms for
 * computing the sample variance"), because a sum of squares loses every digit of the spread once the mean is large beside it.
 */

export interface Moments {
  count: number;
  /** 0 when there is nothing. */
  mean: number;
  /** Sum of squared deviations from the mean, in squared units of the values; Infinity from deviations of about 1e154 on. */
  squaredDeviations: number;
  /** Infinity when there is nothing. */
  min: number;
  /** -Infinity when there is nothing. */
  max: number;
}

/** The moments of nothing. */
export function noMoments(): Moments {
  return { count: 0, mean: 0, squaredDeviations: 0, min: Infinity, max: -Infinity };
}

/** The moments of a list of finite numbers. */
export function momentsOf(values: Iterable<number>): Moments {
  const times = new Map<number, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  return momentsOfCounted(times);
}

/** The moments of finite numbers, each with how many times it occurs. */
export function momentsOfCounted(values: ReadonlyMap<number, number>): Moments {
  return momentsOfArrays(countedArrays(values));
}

/** Numbers, and beside each how many times it occurs; what stands behind the first `length` does not count. */
export interface CountedArrays {
  keys: Float64Array;
  times: Float64Array;
  length: number;
}

/** The same of two arrays. Two passes: exact to the last digits, whatever the order. */
export function momentsOfArrays(values: CountedArrays): Moments {
  const { keys, times, length } = values;
  const moments = noMoments();
  for (let index = 0; index < length; index++) {
    const value = keys[index]!;
    moments.count += times[index]!;
    if (value < moments.min) moments.min = value;
    if (value > moments.max) moments.max = value;
  }
  if (moments.count === 0) return moments;
  // All equal: a quotient would be off by a digit, and a spread would appear where none is.
  const mean = moments.min === moments.max ? moments.min : meanOf(values, moments.count);
  let squaredDeviations = 0;
  for (let index = 0; index < length; index++) squaredDeviations += times[index]! * (keys[index]! - mean) ** 2;
  return { ...moments, mean, squaredDeviations };
}

/** The moments of two samples together. Neither argument is changed. */
export function mergedMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return { ...b };
  if (b.count === 0) return { ...a };
  const count = a.count + b.count;
  const shift = b.mean - a.mean;
  return {
    count,
    mean: between(a.mean, b.mean, b.count / count),
    squaredDeviations: a.squaredDeviations + b.squaredDeviations + shift * shift * a.count * (b.count / count),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}

/**
 * The moments that are left when a part is taken out again: Chan's merge solved for one of the parts. The mean and spread of
 * what is left lose digits when the part was much larger or much farther away than the rest, and the spread is kept from
 * becoming negative. The extremes stay as they were: moments cannot tell whether the part held the only one.
 */
export function momentsWithout(whole: Moments, part: Moments): Moments {
  const count = whole.count - part.count;
  if (count <= 0) return noMoments();
  if (part.count === 0) return { ...whole };
  const mean = whole.mean + (whole.mean - part.mean) * (part.count / count);
  const shift = part.mean - mean;
  const left = whole.squaredDeviations - part.squaredDeviations - shift * shift * count * (part.count / whole.count);
  // What was too large to be a number is not known afterwards either.
  return { ...whole, count, mean, squaredDeviations: Number.isNaN(left) ? Infinity : Math.max(0, left) };
}

/**
 * The sample variance (divisor n - 1), in squared units. Null when it is not known: fewer than two values, or deviations
 * so large (1e154) or so small (1e-162) that their squares are no longer numbers.
 */
export function sampleVariance(moments: Moments): number | null {
  const { count, squaredDeviations, min, max } = moments;
  if (count < 2 || !Number.isFinite(squaredDeviations)) return null;
  if (squaredDeviations === 0 && min < max) return null;
  return squaredDeviations / (count - 1);
}

/** The sample standard deviation, in units of the values; null where the variance is. */
export function standardDeviation(moments: Moments): number | null {
  const variance = sampleVariance(moments);
  return variance === null ? null : Math.sqrt(variance);
}

/** Neumaier's sum of finite numbers, each with how many times it occurs: small ones beside a large one keep their digits. NaN or infinite where it is no number. */
export function compensatedSum({ keys, times, length }: CountedArrays): number {
  let [sum, lost] = [0, 0];
  for (let index = 0; index < length; index++) {
    const term = keys[index]! * times[index]!;
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
  }
  return sum + lost;
}

/** The sum over the count; by fractions where the sum itself would be no number. */
function meanOf(values: CountedArrays, count: number): number {
  const sum = compensatedSum(values);
  if (Number.isFinite(sum)) return sum / count;
  let mean = 0;
  for (let index = 0; index < values.length; index++) mean += values.keys[index]! * (values.times[index]! / count);
  return mean;
}

function countedArrays(values: ReadonlyMap<number, number>): CountedArrays {
  return { keys: Float64Array.from(values.keys()), times: Float64Array.from(values.values()), length: values.size };
}

/** a + (b - a) * share, without the difference: that would overflow between -1e308 and 1e308. */
export function between(a: number, b: number, share: number): number {
  const difference = b - a;
  return Number.isFinite(difference) ? a + difference * share : a * (1 - share) + b * share;
}
