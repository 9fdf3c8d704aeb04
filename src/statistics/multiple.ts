/**
 * Several tests at once: of twenty evaluators one shows a difference by chance. Both functions give adjusted p values, in the order of
 * the given ones, to be compared with the same limit as a single one (R: `p.adjust`). p values are from 0 to 1.
 */

/** Holm 1979, "A simple sequentially rejective multiple test procedure": bounds the probability of any false alarm, whatever the tests' dependence. */
export function holm(values: readonly number[]): number[] {
  const adjusted = values.map(() => 0);
  let most = 0;
  for (const [rank, index] of ascending(values).entries()) {
    most = Math.max(most, Math.min(1, values[index]! * (values.length - rank)));
    adjusted[index] = most;
  }
  return adjusted;
}

/**
 * Benjamini & Hochberg 1995, "Controlling the false discovery rate": bounds the share of false alarms among all alarms, for tests that are
 * independent or depend positively, as those of evaluators on the same logs mostly do.
 */
export function benjaminiHochberg(values: readonly number[]): number[] {
  const adjusted = values.map(() => 0);
  let least = 1;
  for (const [rank, index] of [...ascending(values).entries()].reverse()) {
    least = Math.min(least, (values[index]! * values.length) / (rank + 1));
    adjusted[index] = least;
  }
  return adjusted;
}

function ascending(values: readonly number[]): number[] {
  for (const value of values) if (!(value >= 0 && value <= 1)) throw new RangeError(`${value} is no p value.`);
  return values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
}
