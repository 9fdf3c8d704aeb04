/** What a guardrail says to an outcome, how it is told of, and which calls a filter rules out before all is known. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filter, Leaf } from '../../src/model/filter.ts';
import { type Filterable, matches, matchesSoFar } from '../../src/model/filter-match.ts';
import { annotationOf, guardrailSchema, verdictOf } from '../../src/model/guardrail.ts';
import type { Condition } from '../../src/model/condition.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { ScoreValue } from '../../src/model/score.ts';

const ran = { durationMs: 1, printed: '' };
const scored = (...scores: [name: string, value: ScoreValue][]): Outcome => ({
  outcome: 'scored',
  scores: scores.map(([name, value]) => ({ name, value, reason: null })),
  ...ran,
});
const blocking = (blockIf: Condition) =>
  guardrailSchema.parse({ name: 'guard', evaluator: 'pii', on: 'request', action: 'block', blockIf });
const SEVERAL = scored(['pii:mail', true], ['pii:phone', false]);

describe('a verdict', () => {
  it.each<{ name: string; blockIf: Condition; outcome: Outcome; verdict: string }>([
    { name: 'equal', blockIf: { equals: true }, outcome: scored(['pii', true]), verdict: 'blocked' },
    { name: 'not equal', blockIf: { equals: true }, outcome: scored(['pii', false]), verdict: 'passed' },
    { name: 'of another type', blockIf: { equals: 1 }, outcome: scored(['pii', true]), verdict: 'passed' },
    { name: 'listed', blockIf: { in: ['rude', 'vile'] }, outcome: scored(['pii', 'vile']), verdict: 'blocked' },
    { name: 'above', blockIf: { gt: 0.5 }, outcome: scored(['pii', 0.51]), verdict: 'blocked' },
    { name: 'at a bound that is open', blockIf: { gt: 0.5 }, outcome: scored(['pii', 0.5]), verdict: 'passed' },
    { name: 'at a bound that is closed', blockIf: { gte: 0.5 }, outcome: scored(['pii', 0.5]), verdict: 'blocked' },
    { name: 'within', blockIf: { gte: 0, lt: 1 }, outcome: scored(['pii', 1]), verdict: 'passed' },
    { name: 'no number below a bound', blockIf: { lt: 1 }, outcome: scored(['pii', 'low']), verdict: 'passed' },
    { name: 'one of several', blockIf: { score: 'mail', equals: true }, outcome: SEVERAL, verdict: 'blocked' },
    { name: 'its full name', blockIf: { score: 'pii:phone', equals: true }, outcome: SEVERAL, verdict: 'passed' },
    { name: 'none of that name', blockIf: { score: 'iban', equals: true }, outcome: SEVERAL, verdict: 'undecided' },
    { name: 'several, none named', blockIf: { equals: true }, outcome: SEVERAL, verdict: 'undecided' },
    {
      name: 'abstained',
      blockIf: { equals: true },
      outcome: { outcome: 'abstained', reason: null, ...ran },
      verdict: 'passed',
    },
    {
      name: 'skipped',
      blockIf: { equals: true },
      outcome: { outcome: 'skipped', reason: '', ...ran },
      verdict: 'undecided',
    },
    {
      name: 'failed',
      blockIf: { equals: true },
      outcome: { outcome: 'failed', code: 'timeout', message: '', retryable: true, ...ran },
      verdict: 'undecided',
    },
  ])('is by the score: $name', ({ blockIf, outcome, verdict }) => {
    expect(verdictOf(blocking(blockIf), outcome)).toBe(verdict);
  });
});

describe('an annotation', () => {
  const annotating = guardrailSchema.parse({ name: 'guard', evaluator: 'pii', on: 'request', action: 'annotate' });

  it('names each of several scores, and nothing where there is nothing to say', () => {
    expect(annotationOf(annotating, SEVERAL)).toBe('guard.mail=true, guard.phone=false');
    expect(annotationOf(annotating, { outcome: 'abstained', reason: 'none', ...ran })).toBeUndefined();
  });

  it('is a header whatever the scores are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.oneof(fc.string({ unit: 'binary' }), fc.double())), {
          minLength: 1,
          maxLength: 12,
        }),
        (scores) => {
          expect(() => new Headers({ guard: annotationOf(annotating, scored(...scores))! })).not.toThrow();
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a filter on what is known so far', () => {
  const leaves: Leaf[] = [
    { field: 'path', equals: '/v1' },
    { field: 'model', equals: 'm' },
    { property: 'a', equals: 'b' },
    { text: 'input', contains: 'x' },
  ];
  const filters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<Filter>(...leaves),
      fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  })).filter;

  it('never says other than all of it will, and decides where the rest is of no account', () => {
    fc.assert(
      fc.property(
        filters,
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
        (filter, [path, model, property, text]) => {
          const log: Filterable = {
            field: (name) => ((name === 'path' ? path : model) ? (name === 'path' ? '/v1' : 'm') : 'other'),
            property: () => (property ? 'b' : undefined),
            text: () => (text ? 'x' : ''),
          };
          const isKnown = (leaf: Leaf): boolean => 'property' in leaf || ('field' in leaf && leaf.field === 'path');
          const soFar = matchesSoFar(filter, log, isKnown);
          expect([undefined, matches(filter, log)]).toContain(soFar);
        },
      ),
      { numRuns: 500 },
    );
    const log: Filterable = { field: () => '/v1', property: () => undefined, text: () => '' };
    const isKnown = (leaf: Leaf): boolean => 'field' in leaf && leaf.field === 'path';
    const [path, model] = leaves as [Leaf, Leaf];
    expect(matchesSoFar({ and: [{ not: path }, model] }, log, isKnown)).toBe(false);
    expect(matchesSoFar({ or: [path, model] }, log, isKnown)).toBe(true);
    expect(matchesSoFar({ and: [path, model] }, log, isKnown)).toBeUndefined();
  });
});
