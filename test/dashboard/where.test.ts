/** Conditions as people type them, and the filters that they make. */
import { describe, expect, it } from 'vitest';
import { conditionsOf, filterOf, suggestionsOf, whereOf } from '../../src/dashboard/words/where.ts';
import { filterSchema } from '../../src/model/filter.ts';

const known = { scores: ['accuracy', 'is_safe', 'tone'], properties: ['environment', 'promptversion'] };

describe('a typed condition', () => {
  it.each([
    ['accuracy > 90', { score: 'accuracy', gt: 90 }],
    ['Accuracy >= 0.5', { score: 'accuracy', gte: 0.5 }],
    ['is_safe is false', { score: 'is_safe', equals: false }],
    ['tone is friendly', { score: 'tone', equals: 'friendly' }],
    ['not scored by tone', { score: 'tone', present: false }],
    ['scored by tone', { score: 'tone', present: true }],
    ['status >= 400', { field: 'status', gte: 400 }],
    ['latency > 2 s', { field: 'durationMs', gt: 2000 }],
    ['model contains gpt-4', { field: 'model', contains: 'gpt-4' }],
    ['stream = true', { field: 'stream', equals: true }],
    ['environment = production', { property: 'environment', equals: 'production' }],
    ['environment is not production', { not: { property: 'environment', equals: 'production' } }],
    ['PromptVersion != 2', { not: { property: 'promptversion', equals: '2' } }],
    ['new-one = x', { property: 'new-one', equals: 'x' }],
    ['"refund > policy"', { text: 'any', contains: 'refund > policy' }],
    ['refund policy', { text: 'any', contains: 'refund policy' }],
  ])('%s', (typed, filter) => {
    expect(filterOf(typed, known)).toEqual(filter);
    expect(filterSchema.safeParse(filterOf(typed, known)).success).toBe(true);
  });

  it('stands in an address with others, and is found there again', () => {
    const conditions = ['accuracy > 90', 'environment = production'];
    expect(conditionsOf(whereOf(conditions))).toEqual(conditions);
    expect(filterOf(whereOf(conditions), known)).toEqual({
      and: [
        { score: 'accuracy', gt: 90 },
        { property: 'environment', equals: 'production' },
      ],
    });
    expect([whereOf([]), filterOf(undefined, known)]).toEqual([undefined, null]);
  });

  it('is offered by what is typed so far, values of a property by its name', () => {
    expect(suggestionsOf('accu', known, [])).toEqual(['accuracy > ', 'accuracy is ', 'not scored by accuracy']);
    expect(suggestionsOf('environment = p', known, ['production'])).toEqual(['environment = production']);
  });
});
