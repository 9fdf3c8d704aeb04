/** How long to wait before the next try. */

export interface Backoff {
  firstMs: number;
  longestMs: number;
}

/**
 * The wait after the `failures`-th failure in a row: doubled each time up to the longest, less up to a half by chance,
 * so that what failed together does not come back together. `random` is 0 to 1.
 */
export function backoffMs(failures: number, { firstMs, longestMs }: Backoff, random: number = Math.random()): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 40));
  return Math.round(full * (1 - random / 2));
}
