import { describe, expect, it } from 'vitest';
import { readScore, readScores } from '../../src/api/routes/helicone/score-values.ts';

describe('readScore', () => {
  it.each([
    { name: 'an integer', given: 92, value: 92 },
    { name: 'a negative integer', given: -5, value: -5 },
    { name: 'zero', given: 0, value: 0 },
    { name: 'minus zero as zero', given: -0, value: 0 },
    { name: 'true', given: true, value: true },
    { name: 'false', given: false, value: false },
    { name: 'a number as text', given: '92', value: 92 },
    { name: 'a number with an exponent as text', given: '1e3', value: 1000 },
    { name: 'a number with a sign as text', given: '+7', value: 7 },
    { name: 'a whole number with a point', given: '92.0', value: 92 },
    { name: 'a number that ends in a point', given: '5.', value: 5 },
    { name: 'the text true', given: 'true', value: true },
    { name: 'the text TRUE', given: 'TRUE', value: true },
    { name: 'the text False', given: 'False', value: false },
    { name: 'null as false', given: null, value: false },
    { name: 'a list of one number', given: [1], value: 1 },
    { name: 'a list of one text', given: ['12'], value: 12 },
    { name: 'a list of a list of one', given: [[true]], value: true },
    { name: 'the largest exact integer', given: Number.MAX_SAFE_INTEGER, value: Number.MAX_SAFE_INTEGER },
    { name: 'a category', given: 'gpt-4o', value: 'gpt-4o' },
    { name: 'a category of other letters', given: 'größer 👍', value: 'größer 👍' },
    { name: 'a category of 200 characters', given: 'x'.repeat(200), value: 'x'.repeat(200) },
    { name: 'a category with blanks around it', given: ' calm ', value: ' calm ' },
    { name: 'a lone point as a category', given: '.', value: '.' },
    { name: 'a hexadecimal number as a category', given: '0x10', value: '0x10' },
    { name: 'NaN as a category', given: 'NaN', value: 'NaN' },
  ])('takes $name', ({ given, value }) => {
    expect(readScore(given)).toBe(value);
  });

  it.each([
    { name: 'a float', given: 0.92, says: 'Multiply by 100' },
    { name: 'a float as text', given: '0.92', says: 'Multiply by 100' },
    { name: 'a float without its zero', given: '.5', says: 'Multiply by 100' },
    { name: 'a tiny float', given: '1e-5', says: 'Multiply by 100' },
    { name: 'a float in a list', given: [0.5], says: 'Multiply by 100' },
    { name: '1e20', given: 1e20, says: 'too large' },
    { name: '2^53', given: 2 ** 53, says: 'too large' },
    { name: '-2^53', given: -(2 ** 53), says: 'too large' },
    { name: '1e999 as text', given: '1e999', says: 'too large' },
    { name: '400 digits', given: '9'.repeat(400), says: 'too large' },
    { name: 'an empty text', given: '', says: 'empty' },
    { name: 'a blank text', given: '  ', says: 'empty' },
    { name: 'a number with a blank', given: ' 5', says: 'blanks' },
    { name: 'a boolean with a blank', given: 'true ', says: 'blanks' },
    { name: 'an object', given: {}, says: 'an integer, true or false' },
    { name: 'a nested object', given: { a: { b: 1 } }, says: 'an integer, true or false' },
    { name: 'an empty list', given: [], says: 'an integer, true or false' },
    { name: 'a list of two', given: [1, 2], says: 'an integer, true or false' },
    { name: 'a list of null', given: [null], says: 'an integer, true or false' },
    { name: 'a category of 201 characters', given: 'x'.repeat(201), says: '201 characters' },
    { name: 'a category with NUL', given: 'a\0b', says: 'control character' },
    { name: 'a category with half a pair', given: 'a\ud800', says: 'surrogate' },
  ])('refuses $name', ({ given, says }) => {
    expect(readScore(given)).toMatchObject({ message: expect.stringContaining(says) as string });
  });
});

describe('readScores', () => {
  it.each([
    { name: 'no scores', body: { scores: {} }, scores: [] },
    {
      name: 'several',
      body: { scores: { a: 1, b: true, c: 'x' } },
      scores: [
        ['a', 1],
        ['b', true],
        ['c', 'x'],
      ],
    },
    {
      name: '100 of them',
      body: { scores: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`s${i}`, i])) },
      count: 100,
    },
    {
      name: 'names of object members',
      body: JSON.parse('{"scores":{"__proto__":1,"constructor":2,"prototype":3,"toString":4}}') as unknown,
      scores: [
        ['__proto__', 1],
        ['constructor', 2],
        ['prototype', 3],
        ['toString', 4],
      ],
    },
    { name: 'a name of 200 characters', body: { scores: { ['n'.repeat(200)]: 1 } }, count: 1 },
  ])('takes $name', ({ body, scores, count }) => {
    const reading = readScores(body);
    expect(reading.problems.size).toBe(0);
    expect(reading.scores.size).toBe(count ?? scores?.length);
    expect([...reading.scores]).toEqual(scores ?? [...reading.scores]);
  });

  it.each([
    { name: 'no body', body: undefined, at: 'requestBody', says: "'requestBody' is required" },
    { name: 'null', body: null, at: 'requestBody', says: 'invalid object' },
    { name: 'a number', body: 5, at: 'requestBody', says: 'invalid object' },
    { name: 'a list', body: [], at: 'requestBody', says: 'invalid object' },
    { name: 'no scores', body: {}, at: 'requestBody.scores', says: "'scores' is required" },
    {
      name: 'scores only in the prototype',
      body: JSON.parse('{"__proto__":{"scores":{"a":1}}}') as unknown,
      at: 'requestBody.scores',
      says: "'scores' is required",
    },
    { name: 'scores that are a list', body: { scores: [1] }, at: 'requestBody.scores', says: 'invalid object' },
    { name: 'scores that are null', body: { scores: null }, at: 'requestBody.scores', says: 'invalid object' },
    { name: 'scores that are a text', body: { scores: '{}' }, at: 'requestBody.scores', says: 'invalid object' },
    {
      name: 'another key',
      body: { scores: {}, extra: 1 },
      at: 'requestBody.extra',
      says: '"extra" is an excess property and therefore is not allowed',
    },
    { name: 'an empty name', body: { scores: { '': 5 } }, at: 'requestBody.scores.', says: 'needs a name' },
    {
      name: 'a name of 201 characters',
      body: { scores: { ['n'.repeat(201)]: 1 } },
      at: `requestBody.scores.${'n'.repeat(200)}`,
      says: '201 characters',
    },
    {
      name: 'a name with NUL',
      body: { scores: { 'a\0': 1 } },
      at: 'requestBody.scores.a\0',
      says: 'control character',
    },
    {
      name: '101 scores',
      body: { scores: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`s${i}`, i])) },
      at: 'requestBody.scores',
      says: 'at most 100',
    },
    {
      name: 'one float among integers',
      body: { scores: { a: 1, b: 0.5, c: 2 } },
      at: 'requestBody.scores.b',
      says: 'Multiply by 100',
    },
  ])('refuses $name, and takes nothing of it', ({ body, at, says }) => {
    const { scores, problems } = readScores(body);
    expect(problems.get(at)?.message).toContain(says);
    expect(scores.size).toBe(0);
  });
});
