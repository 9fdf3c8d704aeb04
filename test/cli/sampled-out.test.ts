import { describe, expect, it } from 'vitest';
import { sampledOut } from '../../src/cli/sampled-out.ts';
import type { LogSampling, RuleVerdict } from '../../src/evaluation/prepared-rule.ts';

const sampling: LogSampling = { place: 0.4123, property: null, values: null, sampleRate: 0.1, day: null };
const day = {
  stratum: '',
  perDay: 100,
  date: '2026-01-31',
  endsAtMs: Date.parse('2026-02-01T00:00:00Z'),
  matched: 1200,
  taken: 40,
  usedUpAtMs: null,
};
const out = (changes: Partial<LogSampling> | null, rule = 'r'): RuleVerdict => ({
  rule,
  verdict: 'sampled_out',
  clause: null,
  sampling: changes && { ...sampling, ...changes },
});

describe('why a log was not taken', () => {
  it.each([
    { name: 'a share', rules: [out({})], says: 'rule r takes 10 %; the log lies at 41.2 %' },
    {
      name: 'a stratum',
      rules: [out({ property: 'plan', values: ['pro', 'team'] })],
      says: 'rule r takes 10 % of plan = pro or team; the log lies at 41.2 %',
    },
    {
      name: 'the rest of the strata',
      rules: [out({ property: 'plan', sampleRate: 0.005 })],
      says: 'rule r takes 0.5 % of plan = anything else; the log lies at 41.2 %',
    },
    {
      name: 'a number a day',
      rules: [out({ sampleRate: 1, day })],
      says: 'rule r takes 100 a day, spread over the day: 40 of 1200 logs of 2026-01-31 so far; the log lies at 41.2 %',
    },
    {
      name: 'the largest share of a number a day',
      rules: [out({ day })],
      says: 'rule r takes 10 %; the log lies at 41.2 %',
    },
    {
      name: 'a number a day that is used up',
      rules: [out({ sampleRate: 1, day: { ...day, taken: 100, usedUpAtMs: Date.parse('2026-01-31T17:30:05Z') } })],
      says: 'rule r takes 100 a day: those of 2026-01-31 were used up at 2026-01-31T17:30:05Z; the next day begins at 2026-02-01T00:00:00Z',
    },
    {
      name: 'several rules, of which others say other things',
      rules: [out({}), { ...out(null), verdict: 'not_matched' as const }, out({ sampleRate: 0.2 }, 's')],
      says: 'rule r takes 10 %; the log lies at 41.2 %; rule s takes 20 %; the log lies at 41.2 %',
    },
  ])('is said of $name', ({ rules, says }) => {
    expect(sampledOut(rules)).toBe(says);
  });
});
