/**
 * Several outputs of the same datapoint: how much of the spread is the model's own, and how much is between datapoints. One-way analysis
 * of variance with random effects, for unequal numbers of repetitions too (Searle, Casella & McCulloch 1992, "Variance components", section 3.6).
 * More repetitions make only the first part of a mean's error smaller; more datapoints make both.
 */
import { mergedMoments, noMoments, type Moments } from './moments.ts';

export interface SpreadParts {
  datapoints: number;
  observations: number;
  /** Variance between outputs of the same datapoint, in squared units; null where none has two. */
  within: number | null;
  /** Variance between datapoints' true means, in squared units, never below 0; null where `within` is, or for fewer than two datapoints. */
  between: number | null;
  /** Share of the variance of a single output that lies between datapoints (intraclass correlation), 0 to 1; null for no variance at all. */
  shareBetween: number | null;
}

/** Splits the spread of outputs; each entry has the moments of one datapoint's repetitions. */
export function spreadParts(datapoints: Iterable<Moments>): SpreadParts {
  const groups = [...datapoints].filter(({ count }) => count > 0);
  const all = groups.reduce(mergedMoments, noMoments());
  let [squaresWithin, squaredCounts] = [0, 0];
  for (const { squaredDeviations, count } of groups) {
    squaresWithin += squaredDeviations;
    squaredCounts += count * count;
  }
  const parts = { datapoints: groups.length, observations: all.count };
  const spare = all.count - groups.length;
  if (spare === 0) return { ...parts, within: null, between: null, shareBetween: null };
  const within = squaresWithin / spare;
  if (groups.length < 2) return { ...parts, within, between: null, shareBetween: null };
  const meanSquare = Math.max(0, all.squaredDeviations - squaresWithin) / (groups.length - 1);
  const usualCount = (all.count - squaredCounts / all.count) / (groups.length - 1);
  const between = Math.max(0, (meanSquare - within) / usualCount);
  const total = within + between;
  return { ...parts, within, between, shareBetween: total > 0 ? between / total : null };
}

/** The standard error that the mean of so many datapoints with so many repetitions each would have, in units of the values. */
export function expectedError(
  parts: { within: number; between: number },
  datapoints: number,
  repetitions: number,
): number {
  return Math.sqrt((parts.between + parts.within / repetitions) / datapoints);
}
