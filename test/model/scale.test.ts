import { describe, expect, it } from 'vitest';
import { optionsSchema, rangeSchema, scaleProblem } from '../../src/model/scale.ts';

const range = { min: 0, max: 1, step: 0.1 };
const options = [{ name: 'good', value: 1 }, { name: 'bad' }];

describe('scaleProblem', () => {
  it.each([
    { name: 'a boolean', value: false, returns: 'boolean' },
    { name: 'any number without a range', value: -1e9, returns: 'number' },
    { name: 'the lower end', value: 0, returns: 'number', range },
    { name: 'the upper end', value: 1, returns: 'number', range },
    { name: 'a step that floats miss', value: 0.1 + 0.2, returns: 'number', range },
    { name: 'any text without options', value: 'x', returns: 'category' },
    { name: 'an option', value: 'bad', returns: 'category', options },
  ] as const)('takes $name', ({ value, returns, ...bounds }) => {
    expect(scaleProblem(value, returns, bounds)).toBeUndefined();
  });

  it.each([
    { name: 'another kind', value: 1, returns: 'boolean', says: 'is a number; expected a boolean' },
    { name: 'NaN', value: Number.NaN, returns: 'number', says: 'is not a finite number' },
    { name: 'too small', value: -0.1, returns: 'number', range, says: 'is -0.1; expected a number from 0 to 1' },
    { name: 'too large', value: 1.1, returns: 'number', range, says: 'is 1.1; expected a number from 0 to 1' },
    { name: 'between steps', value: 0.15, returns: 'number', range, says: 'from 0 to 1 in steps of 0.1' },
    { name: 'no option', value: 'Good', returns: 'category', options, says: 'expected one of "good", "bad"' },
  ] as const)('refuses $name and says what is expected', ({ value, returns, says, ...bounds }) => {
    expect(scaleProblem(value, returns, bounds)).toContain(says);
  });
});

describe('a scale', () => {
  it('is refused where its range is empty or two options are one', () => {
    expect(rangeSchema.safeParse({ min: 1, max: 1 }).success).toBe(false);
    expect(optionsSchema.safeParse([{ name: 'a' }, { name: 'a' }]).success).toBe(false);
  });
});
