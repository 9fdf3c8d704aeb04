/**
 * The mean of paired differences by drawing again, for distributions that Student's t does not fit: the bootstrap's interval, and a
 * permutation test's p. Both from a seed: the same seed and differences give the same answer.
 */
import { normalDeviate, normalTail } from './distributions.ts';
import { checkLevel, USUAL_LEVEL, type Interval } from './interval.ts';
import { momentsOf, sampleVariance } from './moments.ts';
import { seededRandom } from './random.ts';

export interface ResamplingOptions {
  /** A whole number; its lower 32 bits count. */
  seed: number;
  /** How often to draw, 100 or more; 10,000 unless told. */
  resamples?: number;
  level?: number;
}

const USUAL_RESAMPLES = 10_000;

/**
 * The bootstrap's BCa interval of the mean (Efron 1987, "Better bootstrap confidence intervals"; acceleration from the
 * skewness, which for a mean is the jackknife's), in units of the values. Null for fewer than two differences, and where all are equal.
 * Below about 20 differences it is too narrow; Student's (paired.ts) holds better there.
 */
export function bootstrapInterval(differences: readonly number[], options: ResamplingOptions): Interval | null {
  const { resamples, level } = checked(options);
  const count = differences.length;
  const moments = momentsOf(differences);
  const variance = sampleVariance(moments);
  if (variance === null || variance === 0) return null;
  const values = Float64Array.from(differences, (value) => value - moments.mean);
  const random = seededRandom(options.seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += values[random.below(count)]!;
    means[resample] = sum / count;
  }
  means.sort();
  // Ties count half, so that an even distribution has no bias.
  let below = 0;
  for (const mean of means) below += mean < 0 ? 1 : mean === 0 ? 0.5 : 0;
  const share = Math.min(Math.max(below / resamples, 0.5 / resamples), 1 - 0.5 / resamples);
  const bias = -normalDeviate(share);
  const deviation = Math.sqrt(moments.squaredDeviations);
  let cubes = 0;
  for (const value of values) cubes += (value / deviation) ** 3;
  const acceleration = cubes / 6;
  const at = (tail: number): number => {
    const shifted = bias - normalDeviate(tail);
    const adjusted = bias + shifted / (1 - acceleration * shifted);
    const rank = Math.floor((1 - normalTail(adjusted)) * resamples);
    return moments.mean + means[Math.min(Math.max(rank, 0), resamples - 1)]!;
  };
  return { low: at((1 - level) / 2), high: at(1 - (1 - level) / 2), level };
}

/**
 * The two-sided p of the paired permutation test (Fisher 1935, "The design of experiments", section 21): how often random signs
 * make the sum of differences as large as it is. All signs are tried where there are no more ways than resamples; otherwise
 * the observed one is counted among the drawn (Phipson & Smyth 2010), so that p is never 0. Null for no differences.
 */
export function permutationP(differences: readonly number[], options: ResamplingOptions): number | null {
  const { resamples } = checked(options);
  if (differences.length === 0) return null;
  // Zeros have no sign. Scaled, so that sums of the largest doubles are still numbers.
  const largest = differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const values = Float64Array.from(
    differences.filter((value) => value !== 0),
    (value) => value / largest,
  );
  if (values.length === 0) return 1;
  // Sums of the same numbers in another order differ in their last digits; they are not to count as smaller.
  const observed = Math.abs(values.reduce((sum, value) => sum + value, 0)) * (1 - 1e-12) - 1e-12;
  if (values.length < 31 && 2 ** values.length <= resamples) return allSigns(values, observed);
  const random = seededRandom(options.seed);
  let extreme = 1;
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    let bits = 0;
    for (let index = 0; index < values.length; index++) {
      if ((index & 31) === 0) bits = random.bits();
      sum += bits & 1 ? values[index]! : -values[index]!;
      bits >>>= 1;
    }
    if (Math.abs(sum) >= observed) extreme++;
  }
  return extreme / (resamples + 1);
}

function allSigns(values: Float64Array, observed: number): number {
  let extreme = 0;
  const ways = 2 ** values.length;
  for (let way = 0; way < ways; way++) {
    let sum = 0;
    for (let index = 0; index < values.length; index++) sum += (way >>> index) & 1 ? values[index]! : -values[index]!;
    if (Math.abs(sum) >= observed) extreme++;
  }
  return extreme / ways;
}

function checked({ resamples = USUAL_RESAMPLES, level = USUAL_LEVEL }: ResamplingOptions): {
  resamples: number;
  level: number;
} {
  checkLevel(level);
  if (!Number.isSafeInteger(resamples) || resamples < 100)
    throw new RangeError(`${resamples} resamples are too few: give 100 or more.`);
  return { resamples, level };
}
