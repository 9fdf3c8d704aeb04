import { describe, expect, it } from 'vitest';
import { failedStep, stepOf } from '../../src/alerts/transition.ts';
import { type Finding, type Standing, unchecked } from '../../src/model/alert.ts';

const MINUTE_MS = 60_000;
const NONE: Parameters<typeof stepOf>[2] = { fireAfterMinutes: 0, resolveAfterMinutes: 0, repeatAfterMinutes: null };

const finding = (verdict: Finding['verdict']): Finding => ({
  verdict,
  fromMs: 0,
  toMs: 1,
  count: 50,
  value: 0.5,
  interval: null,
  before: null,
  difference: null,
  sentence: '',
});

const LETTERS = { b: 'breached', w: 'within', u: 'unclear', n: 'no_data' } as const;

/** A check a minute. What is told stands with the minute; in parentheses what only happened. */
function told(checks: string, delays: Partial<typeof NONE> = {}): string {
  let standing = unchecked(0);
  const said: string[] = [];
  for (const [minute, letter] of checks.split('').entries()) {
    const verdict = LETTERS[letter as keyof typeof LETTERS];
    const step = stepOf(standing, finding(verdict), { ...NONE, ...delays }, minute * MINUTE_MS);
    standing = step.standing;
    if (step.event === undefined) continue;
    const what = `${minute}:${step.event.state}${step.event.isRepeat ? ' again' : ''}`;
    said.push(step.event.isTold ? what : `(${what})`);
  }
  return said.join(' ');
}

describe('an alert from check to check', () => {
  it.each<{ name: string; checks: string; delays?: Partial<typeof NONE>; is: string }>([
    { name: 'begins without a word', checks: 'www', is: '(0:ok)' },
    { name: 'fires once and is resolved once', checks: 'wwbbbww', is: '(0:ok) 2:firing 5:ok' },
    { name: 'may fire at its first check', checks: 'b', is: '0:firing' },
    { name: 'is neither fired nor resolved by what is unclear', checks: 'wuuubuuuw', is: '(0:ok) 4:firing 8:ok' },
    { name: 'does not flap at the limit', checks: 'ububububuw', is: '(0:ok) 1:firing 9:ok' },
    { name: 'waits before it fires', checks: 'wbbwbbbb', delays: { fireAfterMinutes: 2 }, is: '(0:ok) 6:firing' },
    {
      name: 'waits before it is resolved',
      checks: 'bwwbwwww',
      delays: { resolveAfterMinutes: 2 },
      is: '0:firing 6:ok',
    },
    {
      name: 'starts the wait anew after what is unclear',
      checks: 'bwuwww',
      delays: { resolveAfterMinutes: 2 },
      is: '0:firing 5:ok',
    },
    { name: 'has no data without a word', checks: 'wwnnw', is: '(0:ok) (2:no_data) (4:ok)' },
    {
      name: 'ends no data at once, and comes to it after a while',
      checks: 'wnnwnnnw',
      delays: { resolveAfterMinutes: 2 },
      is: '(0:ok) (6:no_data) (7:ok)',
    },
    { name: 'is told once across a time without data', checks: 'bnnbw', is: '0:firing (1:no_data) (3:firing) 4:ok' },
    { name: 'is resolved after a time without data', checks: 'bnnw', is: '0:firing (1:no_data) 3:ok' },
    {
      name: 'fires on after a time without data where it is unclear',
      checks: 'bnuw',
      is: '0:firing (1:no_data) (2:firing) 3:ok',
    },
    {
      name: 'is told again while it fires',
      checks: 'bbbbbw',
      delays: { repeatAfterMinutes: 2 },
      is: '0:firing 2:firing again 4:firing again 5:ok',
    },
    {
      name: 'is not told again while it has no data',
      checks: 'bnnnb',
      delays: { repeatAfterMinutes: 2 },
      is: '0:firing (1:no_data) (4:firing)',
    },
    {
      name: 'is told again while it waits to be resolved',
      checks: 'bbwww',
      delays: { repeatAfterMinutes: 2, resolveAfterMinutes: 9 },
      is: '0:firing 2:firing again 4:firing again',
    },
  ])('$name', ({ checks, delays, is }) => {
    expect(told(checks, delays)).toBe(is);
  });

  it('keeps since when it stands where it stands, and what it found', () => {
    let standing: Standing = unchecked(5);
    expect(standing).toMatchObject({ state: 'no_data', sinceMs: 5, checkedAtMs: null });
    standing = stepOf(standing, finding('breached'), NONE, 10).standing;
    standing = stepOf(standing, finding('unclear'), NONE, 20).standing;
    expect(standing).toEqual({
      state: 'firing',
      sinceMs: 10,
      turning: null,
      openSinceMs: 10,
      toldAtMs: 10,
      checkedAtMs: 20,
      finding: finding('unclear'),
      problem: null,
    });
  });

  it('stands where it stood when a check fails, and says why', () => {
    const before = stepOf(unchecked(0), finding('breached'), NONE, 10).standing;
    const { standing, event } = failedStep(before, 'Too slow.', 20);
    expect(event).toBeUndefined();
    expect(standing).toEqual({ ...before, checkedAtMs: 20, problem: 'Too slow.' });
    expect(stepOf(standing, finding('breached'), NONE, 30).standing.problem).toBeNull();
  });

  it('is still to be resolved after it was changed while it fired', () => {
    const before = stepOf(unchecked(0), finding('breached'), NONE, 10).standing;
    const changed = unchecked(20, before);
    expect(changed).toMatchObject({ state: 'no_data', sinceMs: 20, openSinceMs: 10, toldAtMs: 10 });
    expect(stepOf(changed, finding('within'), NONE, 30).event).toEqual({ state: 'ok', isRepeat: false, isTold: true });
  });
});
