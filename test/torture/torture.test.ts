/** A tenth of what `npm run torture` does by command: 25 kills. */
import { expect, it } from 'vitest';
import { torture } from './torture.ts';

it('loses nothing that a client was promised in 25 kills, and doubles nothing', { timeout: 240_000 }, async () => {
  const lines: string[] = [];
  const summary = await torture({
    cycles: 25,
    seed: 20_261,
    clients: 8,
    cyclesPerDatabase: 25,
    longestMs: 250,
    say: (line) => lines.push(line),
  });
  expect({
    problems: summary.problems,
    folder: summary.folder,
    lines: summary.problems.length > 0 ? lines : [],
  }).toEqual({ problems: [], folder: undefined, lines: [] });
  expect(summary.cycles).toBe(25);
  expect(summary.acknowledged).toBeGreaterThan(0);
  expect(summary.interrupted).toBeGreaterThan(0);
  expect(summary.scores).toBeGreaterThanOrEqual(3 * summary.acknowledged);
});
