import { describe, expect, it } from 'vitest';
import { meantIssues } from '../../src/api/meant-issues.ts';
import { problemText } from '../../src/api/problem-text.ts';
import { FILTER_FIELDS, filterSchema } from '../../src/model/filter.ts';

const ONE_MEMBER = 'a condition has one member out of field, property, score, evaluation, text, and, or, not';

describe('what is wrong with a filter is said with its place and of the condition that was meant', () => {
  it.each([
    {
      name: 'a misspelt field',
      filter: { field: 'modell', equals: 'x' },
      says: [`field: send one of ${FILTER_FIELDS.join(', ')}`],
    },
    { name: 'a misspelt comparison', filter: { field: 'model', has: 'x' }, says: [': Unrecognized key: "has"'] },
    { name: 'a text for a number', filter: { score: 'a', gt: 'x' }, says: ['gt: send a number and not a text'] },
    {
      name: 'a source of none',
      filter: { score: 'a', source: 'me' },
      says: ['source: send one of evaluator, api, human'],
    },
    {
      name: 'an outcome of none',
      filter: { evaluation: 'a', equals: 'ok' },
      says: ['equals: send one of scored, abstained, skipped, failed'],
    },
    {
      name: 'an object for a text',
      filter: { text: {}, contains: 'a' },
      says: ['text: send one of input, output, any'],
    },
    { name: 'no list', filter: { and: {} }, says: ['and: send a list and not an object'] },
    { name: 'nothing to look at', filter: {}, says: [`: ${ONE_MEMBER}`] },
    { name: 'two things to look at', filter: { field: 'model', score: 'a' }, says: [`: ${ONE_MEMBER}`] },
    { name: 'a number', filter: 5, says: [`: ${ONE_MEMBER}`] },
    {
      name: 'two mistakes, each at its depth',
      filter: { and: [{ field: 'status', gte: 'high' }, { or: [{ not: { scor: 'a' } }] }] },
      says: ['and.0.gte: status compares with a number', `and.1.or.0.not: ${ONE_MEMBER}`],
    },
  ])('$name', ({ filter, says }) => {
    const { error } = filterSchema.safeParse(filter, { error: problemText });
    const said = meantIssues(error!.issues, filter).map(({ path, message }) => `${path.join('.')}: ${message}`);
    expect(said).toEqual(says);
  });
});
