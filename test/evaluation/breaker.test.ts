import { describe, expect, it } from 'vitest';
import { Breaker } from '../../src/evaluation/breaker.ts';

const NOW = 1_790_000_000_000;
const SECOND = 1000;

function resting(): Breaker {
  const breaker = new Breaker();
  for (let failure = 0; failure < 5; failure += 1) {
    expect(breaker.admit('a', NOW)).toBe('run');
    breaker.count('a', 'timeout', false, NOW);
  }
  return breaker;
}

describe('an evaluator that fails five times in a row', () => {
  it('rests for 30 seconds', () => {
    const breaker = resting();
    expect(breaker.admit('a', NOW)).toMatchObject({ untilMs: NOW + 30 * SECOND });
    expect(breaker.admit('a', NOW + 30 * SECOND - 1)).toMatchObject({ untilMs: NOW + 30 * SECOND });
    expect(breaker.admit('other', NOW)).toBe('run');
  });

  it('does not rest where another end comes between', () => {
    const breaker = new Breaker();
    for (let round = 0; round < 20; round += 1) breaker.count('a', round % 5 === 4 ? 'threw' : 'crashed', false, NOW);
    expect(breaker.admit('a', NOW)).toBe('run');
  });

  it('has a single trial when the rest is over', () => {
    const breaker = resting();
    const after = NOW + 30 * SECOND;
    expect(breaker.admit('a', after)).toBe('trial');
    expect(breaker.admit('a', after)).toMatchObject({ untilMs: after + 5 * SECOND });
    breaker.count('a', undefined, true, after);
    expect(breaker.admit('a', after)).toBe('run');
  });

  it('rests for longer after each trial that fails, and for ten minutes at most', () => {
    const breaker = resting();
    let nowMs = NOW + 30 * SECOND;
    for (const seconds of [60, 120, 240, 480, 600, 600]) {
      expect(breaker.admit('a', nowMs)).toBe('trial');
      breaker.count('a', 'timeout', true, nowMs);
      expect(breaker.admit('a', nowMs)).toMatchObject({ untilMs: nowMs + seconds * SECOND });
      nowMs += seconds * SECOND;
    }
  });

  it('rests no longer for evaluations that began before the rest', () => {
    const breaker = resting();
    for (let late = 0; late < 30; late += 1) breaker.count('a', 'timeout', false, NOW + SECOND);
    expect(breaker.admit('a', NOW + SECOND)).toMatchObject({ untilMs: NOW + 30 * SECOND });
  });

  it('has another trial where one was given up', () => {
    const breaker = resting();
    const after = NOW + 30 * SECOND;
    breaker.admit('a', after);
    breaker.giveUpTrial('a');
    expect(breaker.admit('a', after)).toBe('trial');
  });
});
