/**
 * How many observations a difference takes to be seen, and how small a difference so many can show. By the normal approximation
 * (Cohen 1988, "Statistical power analysis for the behavioral sciences"; Miller 2024, arXiv 2411.00640, section 5), which
 * asks for two or three observations fewer than the t distribution would.
 *
 * Power is the probability, 0 to 1, that a difference of the stated size is shown at the stated level.
 */
import { normalDeviate } from './distributions.ts';
import { checkLevel, USUAL_LEVEL } from './interval.ts';

export const USUAL_POWER = 0.8;
/** More observations than anybody will wait for: beyond it the answer is null. */
const OUT_OF_REACH = 1e9;

export interface Sample {
  /** Variance of a single observation, in squared units. */
  variance: number;
  count: number;
}

export interface PowerOptions {
  level?: number;
  power?: number;
}

/**
 * How many more observations each of two independent samples needs until a true difference of `difference` is shown. 0 when
 * they suffice already; null when there is no difference to see, or it would take more than 10^9.
 */
export function moreNeeded(a: Sample, b: Sample, difference: number, options: PowerOptions = {}): number | null {
  const allowed = (Math.abs(difference) / deviates(options)) ** 2;
  if (!(allowed > 0)) return null;
  const enough = (more: number): boolean => a.variance / (a.count + more) + b.variance / (b.count + more) <= allowed;
  if (a.count > 0 && b.count > 0 && enough(0)) return 0;
  if (!enough(OUT_OF_REACH)) return null;
  let [low, high] = [0, OUT_OF_REACH];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** How many pairs (or observations against a fixed value) show a true mean difference; null as in `moreNeeded`. */
export function pairsNeeded(
  varianceOfDifferences: number,
  difference: number,
  options: PowerOptions = {},
): number | null {
  const needed = Math.ceil(varianceOfDifferences * (deviates(options) / difference) ** 2);
  return difference === 0 || !(needed <= OUT_OF_REACH) ? null : Math.max(2, needed);
}

/** The smallest true difference of means that two independent samples show with the stated power, in units of the values. */
export function detectableDifference(a: Sample, b: Sample, options: PowerOptions = {}): number {
  return deviates(options) * Math.sqrt(a.variance / a.count + b.variance / b.count);
}

/** The variance of a single observation of a share. */
export function shareVariance(share: number): number {
  return share * (1 - share);
}

function deviates({ level = USUAL_LEVEL, power = USUAL_POWER }: PowerOptions): number {
  checkLevel(level);
  if (!(power > 0.5 && power < 1)) throw new RangeError(`${power} is no power: give one from 0.5 to 1, such as 0.8.`);
  return normalDeviate((1 - level) / 2) + normalDeviate(1 - power);
}
