/** How often something is sent before it is given up, and how long is waited between the tries. */
import type { Sent } from './sender.ts';

/** Tries in all, over about a day: 10 s, 45 s, 3 min, 15 min, 68 min, 5 h and 23 h after one another, less by chance. */
export const ATTEMPTS = 8;
/** Taken up this often: it was never brought to an end. */
export const MOST_ATTEMPTS = ATTEMPTS + 4;
const FIRST_RETRY_MS = 10_000;
const RETRY_FACTOR = 4.5;

/** After the try with this number, 1 for the first; `random` is 0 to 1. The receiver's wish goes first. */
export function waitMs(attempt: number, { retryAfterMs }: Pick<Sent, 'retryAfterMs'>, random: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs;
  return Math.round(FIRST_RETRY_MS * RETRY_FACTOR ** (attempt - 1) * (1 - random / 4));
}
