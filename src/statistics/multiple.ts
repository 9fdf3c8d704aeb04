/**
 * Several tests at once: of twenty evaluators one shows a difference by chance. Two functions give adjusted p values, in the order of
 * the given ones, to be compared with the same limit as a single one (R: `p.adjust`). p values are from 0 to 1.
 */
import { checkLevel } from './interval.ts';

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
 * The level that Holm's procedure looks at each test with, so that an interval and its verdict say the same: 1 - (1 - level) / n for the
 * smallest of n p values, with n - 1 for the next, and so on until one is not small enough; what follows is held to the level of that one.
 * An interval at its level then leaves 0 out exactly where the adjusted p is below 1 - level.
 */
export function holmLevels(values: readonly number[], level: number): number[] {
  checkLevel(level);
  const levels = values.map(() => level);
  let stopped: number | undefined;
  for (const [rank, index] of ascending(values).entries()) {
    const limit = (1 - level) / (values.length - rank);
    levels[index] = stopped ?? 1 - limit;
    if (stopped === undefined && !(values[index]! < limit)) stopped = levels[index];
  }
  return levels;
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
