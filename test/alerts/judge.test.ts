import { describe, expect, it } from 'vitest';
import { judge } from '../../src/alerts/judge.ts';
import type { Sample } from '../../src/alerts/question.ts';
import type { AlertCondition, Found } from '../../src/model/alert.ts';
import { momentsOf } from '../../src/statistics/moments.ts';

const share = (successes: number, count: number): Sample => ({ kind: 'share', successes, count });
const mean = (...values: number[]): Sample => ({ kind: 'mean', moments: momentsOf(values) });
const times = (count: number, ...values: number[]): number[] => Array.from({ length: count }, () => values).flat();

const judged = (when: AlertCondition, now: Sample, before?: Sample, minCount = 2): Found =>
  judge({ now, before }, { when, minCount, level: 0.95 }, { fromMs: 0, toMs: 1 });

describe('judging a window against a threshold', () => {
  it.each<{ name: string; when: AlertCondition; now: Sample; verdict: Found['verdict']; minCount?: number }>([
    { name: 'a share far above', when: { above: 0.2 }, now: share(60, 100), verdict: 'breached' },
    { name: 'a share above by chance', when: { above: 0.2 }, now: share(25, 100), verdict: 'unclear' },
    { name: 'the same share of more', when: { above: 0.2 }, now: share(2500, 10_000), verdict: 'breached' },
    { name: 'a share at the threshold', when: { above: 0.2 }, now: share(20, 100), verdict: 'within' },
    { name: 'no failure at all', when: { above: 0 }, now: share(0, 100), verdict: 'within' },
    { name: 'nothing but failures', when: { below: 1 }, now: share(100, 100), verdict: 'within' },
    { name: 'a mean far below', when: { below: 0.8 }, now: mean(...times(20, 0.4, 0.5)), verdict: 'breached' },
    {
      name: 'a mean far below, watched from above',
      when: { above: 0.8 },
      now: mean(...times(20, 0.4, 0.5)),
      verdict: 'within',
    },
    { name: 'a mean below by chance', when: { below: 0.8 }, now: mean(0.1, 0.9, 1, 0.9), verdict: 'unclear' },
    { name: 'equal values below', when: { below: 0.8 }, now: mean(...times(30, 0.5)), verdict: 'breached' },
    { name: 'equal values at the threshold', when: { below: 0.5 }, now: mean(...times(30, 0.5)), verdict: 'within' },
    { name: 'equal values on the good side', when: { below: 0.3 }, now: mean(...times(30, 0.5)), verdict: 'within' },
    { name: 'nothing', when: { below: 0.5 }, now: mean(), verdict: 'no_data' },
    { name: 'no evaluation', when: { above: 0.5 }, now: share(0, 0), verdict: 'no_data' },
    { name: 'one value', when: { below: 0.5 }, now: mean(0), verdict: 'no_data' },
    {
      name: 'one less than asked for',
      when: { below: 0.5 },
      now: mean(...times(29, 0)),
      verdict: 'no_data',
      minCount: 30,
    },
    {
      name: 'as many as asked for',
      when: { below: 0.5 },
      now: mean(...times(30, 0)),
      verdict: 'breached',
      minCount: 30,
    },
    {
      name: 'values beyond what can be squared',
      when: { above: 0 },
      now: mean(1e200, 2e200, 3e200),
      verdict: 'unclear',
    },
  ])('$name: $verdict', ({ when, now, verdict, minCount }) => {
    expect(judged(when, now, undefined, minCount).verdict).toBe(verdict);
  });

  it('gives value, interval and count, and the interval as Wilson has it', () => {
    // Newcombe (1998), table I: 81 of 263.
    const found = judged({ above: 0.2 }, share(81, 263));
    expect(found).toMatchObject({ count: 263, value: 81 / 263, before: null, difference: null });
    expect(found.interval!.low).toBeCloseTo(0.2553, 4);
    expect(found.interval!.high).toBeCloseTo(0.3662, 4);
  });

  it('gives equal values an interval that ends between them and the threshold', () => {
    const { interval } = judged({ below: 0.8 }, mean(...times(30, 0.5)));
    expect(interval!.low).toBe(0.5);
    expect(interval!.high).toBeGreaterThan(0.5);
    expect(interval!.high).toBeLessThan(0.8);
  });
});

describe('judging a window against the one before', () => {
  const even = mean(...times(50, 0.4, 0.6));
  it.each<{ name: string; when: AlertCondition; before: Sample; now: Sample; verdict: Found['verdict'] }>([
    { name: 'a fall', when: { falls: 0 }, before: even, now: mean(...times(50, 0.3, 0.5)), verdict: 'breached' },
    {
      name: 'a fall, watched for rises',
      when: { rises: 0 },
      before: even,
      now: mean(...times(50, 0.3, 0.5)),
      verdict: 'within',
    },
    {
      name: 'a fall, watched for changes',
      when: { changes: 0 },
      before: even,
      now: mean(...times(50, 0.3, 0.5)),
      verdict: 'breached',
    },
    {
      name: 'a rise, watched for changes',
      when: { changes: 0.05 },
      before: even,
      now: mean(...times(50, 0.5, 0.7)),
      verdict: 'breached',
    },
    {
      name: 'a fall by less than the margin',
      when: { falls: 0.2 },
      before: even,
      now: mean(...times(50, 0.3, 0.5)),
      verdict: 'within',
    },
    {
      name: 'a fall by about the margin',
      when: { falls: 0.09 },
      before: even,
      now: mean(...times(50, 0.3, 0.5)),
      verdict: 'unclear',
    },
    { name: 'no difference', when: { changes: 0 }, before: even, now: even, verdict: 'within' },
    {
      name: 'a fall by chance',
      when: { falls: 0 },
      before: mean(0.1, 0.9, 0.8),
      now: mean(0.1, 0.7, 0.8),
      verdict: 'unclear',
    },
    { name: 'equal values that stay', when: { changes: 0 }, before: mean(1, 1, 1), now: mean(1, 1), verdict: 'within' },
    {
      name: 'equal values that fall',
      when: { falls: 0.1 },
      before: mean(...times(30, 1)),
      now: mean(...times(30, 0)),
      verdict: 'breached',
    },
    {
      name: 'a share that grows',
      when: { rises: 0.02 },
      before: share(10, 1000),
      now: share(100, 1000),
      verdict: 'breached',
    },
    {
      name: 'a share that grows by chance',
      when: { rises: 0 },
      before: share(1, 100),
      now: share(3, 100),
      verdict: 'unclear',
    },
    { name: 'too little before', when: { falls: 0 }, before: mean(1), now: even, verdict: 'no_data' },
    { name: 'too little now', when: { falls: 0 }, before: even, now: mean(1), verdict: 'no_data' },
    { name: 'nothing before', when: { falls: 0 }, before: share(0, 0), now: share(5, 10), verdict: 'no_data' },
  ])('$name: $verdict', ({ when, before, now, verdict }) => {
    expect(judged(when, now, before).verdict).toBe(verdict);
  });

  it("gives the difference with Newcombe's interval", () => {
    // Newcombe (1998, "Interval estimation for the difference"), table II (a): 56/70 less 48/80.
    const found = judged({ rises: 0 }, share(56, 70), share(48, 80));
    expect(found).toMatchObject({ count: 70, before: { count: 80, value: 0.6 }, value: 0.8, verdict: 'breached' });
    expect(found.difference).toBeCloseTo(0.2, 12);
    expect(found.interval!.low).toBeCloseTo(0.0524, 4);
    expect(found.interval!.high).toBeCloseTo(0.3339, 4);
  });
});
