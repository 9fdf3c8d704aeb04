import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/queue/backoff.ts';

const backoff = { firstMs: 100, longestMs: 10_000 };

describe('the wait after a failure', () => {
  it.each([
    { failures: 1, random: 0, waitMs: 100 },
    { failures: 1, random: 1, waitMs: 50 },
    { failures: 2, random: 0, waitMs: 200 },
    { failures: 4, random: 0, waitMs: 800 },
    { failures: 8, random: 0, waitMs: 10_000 },
    { failures: 8, random: 0.5, waitMs: 7500 },
    { failures: 1e9, random: 0, waitMs: 10_000 },
  ])('is $waitMs ms after $failures failures with chance $random', ({ failures, random, waitMs }) => {
    expect(backoffMs(failures, backoff, random)).toBe(waitMs);
  });
});
