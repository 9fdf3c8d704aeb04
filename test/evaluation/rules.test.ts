import { describe, expect, it } from 'vitest';
import { prepareRules } from '../../src/evaluation/rules.ts';
import { sampleOf } from '../../src/model/sample.ts';
import type { Evaluator, Online } from '../../src/model/evaluator.ts';
import type { Filter } from '../../src/model/filter.ts';
import type { Filterable } from '../../src/model/filter-match.ts';
import { newId } from '../../src/model/id.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';

function evaluator(name: string, online: Online | null): Evaluator {
  return newEvaluator(name, { online });
}

const log: Filterable = {
  field: (name) => ({ status: 200, model: 'gpt-4o' })[name as string] ?? null,
  property: (name) => (name === 'environment' ? 'production' : undefined),
  text: () => 'hello',
};
const nothing: Filterable = {
  field: () => expect.unreachable('a log was looked at'),
  property: () => expect.unreachable('a log was looked at'),
  text: () => expect.unreachable('a log was looked at'),
};
const ids = Array.from({ length: 20_000 }, () => newId());

const ok: Filter = { field: 'status', equals: 200 };
const failing: Filter = { property: 'environment', equals: 'staging' };

describe('rules', () => {
  it('run everything by default, without looking at the log', () => {
    const rules = prepareRules([evaluator('a', { sampleRate: 1 }), evaluator('b', { sampleRate: 1 })]);
    expect(rules.decide(nothing, ids[0]!)).toEqual(['a', 'b']);
    expect(rules.explain(nothing, ids[0]!)).toEqual([]);
  });

  it('give every log its own answer to keep', () => {
    const rules = prepareRules([evaluator('a', { sampleRate: 1 })]);
    rules.decide(log, ids[0]!).push('mine');
    expect(rules.decide(log, ids[0]!)).toEqual(['a']);
  });

  it.each([
    { name: 'offline', online: null, skipped: { why: 'offline' } },
    { name: 'sampled out', online: { sampleRate: 0 }, skipped: { why: 'sampled_out' } },
    {
      name: 'not matched',
      online: { sampleRate: 1, filter: failing },
      skipped: { why: 'not_matched', clause: JSON.stringify(failing) },
    },
    {
      name: 'not matched by the second of several conditions',
      online: { sampleRate: 1, filter: { and: [ok, failing] } },
      skipped: { why: 'not_matched', clause: JSON.stringify(failing) },
    },
    {
      name: 'not matched by either of two',
      online: { sampleRate: 1, filter: { or: [failing, { not: ok }] } },
      skipped: { why: 'not_matched', clause: JSON.stringify({ or: [failing, { not: ok }] }) },
    },
  ])('say why an evaluator does not look at a log: $name', ({ online, skipped }) => {
    const rules = prepareRules([evaluator('no', online), evaluator('yes', { sampleRate: 1, filter: ok })]);
    expect(rules.decide(log, ids[0]!)).toEqual(['yes']);
    expect(rules.explain(log, ids[0]!)).toEqual([{ evaluator: 'no', ...skipped }]);
  });

  it('cut a long condition', () => {
    const filter: Filter = { field: 'model', in: Array.from({ length: 500 }, (_, index) => `model-${index}`) };
    const [skipped] = prepareRules([evaluator('a', { sampleRate: 1, filter })]).explain(log, ids[0]!);
    expect(skipped!.clause).toHaveLength(200);
  });

  it.each([0.01, 0.1, 0.5, 0.9])('take a share of %d of all logs', (sampleRate) => {
    const rules = prepareRules([evaluator('a', { sampleRate })]);
    const taken = ids.filter((id) => rules.decide(log, id).length > 0).length / ids.length;
    // Five standard deviations of a share of 20,000.
    expect(Math.abs(taken - sampleRate)).toBeLessThan(5 * Math.sqrt((sampleRate * (1 - sampleRate)) / ids.length));
  });

  it('take the smaller sample from the larger one', () => {
    const rates = [0.8, 0.3, 0.05];
    const rules = prepareRules(rates.map((sampleRate) => evaluator(String(sampleRate), { sampleRate })));
    for (const id of ids) {
      const run = rules.decide(log, id);
      expect(run).toEqual(rates.map(String).slice(0, run.length));
    }
  });

  it('decide the same for the same log every time', () => {
    expect(ids.slice(0, 100).map(sampleOf)).toEqual(ids.slice(0, 100).map(sampleOf));
    expect(sampleOf('0190b6f0-0000-7000-8000-000000000001')).toBe(0.8898502029911218);
  });

  it('spread the samples from 0 to 1', () => {
    const samples = ids.map(sampleOf);
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...samples)).toBeLessThan(1);
    expect(new Set(samples).size).toBe(ids.length);
  });
});
