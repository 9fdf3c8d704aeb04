import { describe, expect, it } from 'vitest';
import { describeError, readResult } from '../../src/evaluation/result.ts';
import type { ScoreKind } from '../../src/model/score.ts';

const cyclic: Record<string, unknown> = { value: 1 };
cyclic['self'] = cyclic;
cyclic['metadata'] = { cyclic };
const throwing = {
  get value(): number {
    throw new Error('not today');
  },
};
const hostile = new Proxy(
  {},
  {
    has: () => {
      throw new Error('go away');
    },
  },
);
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`s${index}`, index]));

const scored: { name: string; returned: unknown; returns: ScoreKind; scores: [string, unknown, (string | null)?][] }[] =
  [
    { name: 'true', returned: true, returns: 'boolean', scores: [['e', true]] },
    { name: 'false', returned: false, returns: 'boolean', scores: [['e', false]] },
    { name: 'a number', returned: 0.5, returns: 'number', scores: [['e', 0.5]] },
    { name: '0', returned: 0, returns: 'number', scores: [['e', 0]] },
    { name: '-0, which becomes 0', returned: -0, returns: 'number', scores: [['e', 0]] },
    { name: '1e308', returned: 1e308, returns: 'number', scores: [['e', 1e308]] },
    { name: 'a category', returned: 'good', returns: 'category', scores: [['e', 'good']] },
    {
      name: 'a category of 200 characters',
      returned: 'x'.repeat(200),
      returns: 'category',
      scores: [['e', 'x'.repeat(200)]],
    },
    {
      name: 'a category with a lone surrogate and a NUL',
      returned: 'a\uD800\0',
      returns: 'category',
      scores: [['e', 'a\uFFFD\uFFFD']],
    },
    {
      name: 'a value with a reason',
      returned: { value: 1, reason: 'so' },
      returns: 'number',
      scores: [['e', 1, 'so']],
    },
    {
      name: 'a value with a reason of null',
      returned: { value: 1, reason: null },
      returns: 'number',
      scores: [['e', 1]],
    },
    { name: 'a value with cycles beside it', returned: cyclic, returns: 'number', scores: [['e', 1]] },
    {
      name: 'a long reason, which is cut',
      returned: { value: true, reason: 'r'.repeat(1_000_000) },
      returns: 'boolean',
      scores: [['e', true, 'r'.repeat(4096)]],
    },
    {
      name: 'several scores',
      returned: { scores: { a: 1, b: { value: 2, reason: 'two' }, c: null, d: { value: null } } },
      returns: 'number',
      scores: [
        ['e:a', 1],
        ['e:b', 2, 'two'],
      ],
    },
    {
      name: 'names like __proto__ and constructor',
      returned: { scores: JSON.parse('{"__proto__": true, "constructor": false}') },
      returns: 'boolean',
      scores: [
        ['e:__proto__', true],
        ['e:constructor', false],
      ],
    },
    {
      name: 'a hundred scores',
      returned: { scores: many(100) },
      returns: 'number',
      scores: Array.from({ length: 100 }, (_, i) => [`e:s${i}`, i]),
    },
  ];

const abstained: { name: string; returned: unknown; reason: string | null }[] = [
  { name: 'null', returned: null, reason: null },
  { name: 'undefined', returned: undefined, reason: null },
  {
    name: 'a value of null with a reason',
    returned: { value: null, reason: 'nothing to see' },
    reason: 'nothing to see',
  },
  { name: 'scores that are all null', returned: { scores: { a: null } }, reason: null },
  { name: 'no scores', returned: { scores: {} }, reason: null },
];

const invalid: { name: string; returned: unknown; returns: ScoreKind; message: RegExp }[] = [
  { name: 'NaN', returned: Number.NaN, returns: 'number', message: /is NaN; expected a finite number/ },
  { name: 'Infinity', returned: Infinity, returns: 'number', message: /is Infinity/ },
  { name: '-Infinity', returned: -Infinity, returns: 'number', message: /is -Infinity/ },
  { name: 'a bigint', returned: 5n, returns: 'number', message: /is a bigint/ },
  { name: 'a text for a number', returned: '5', returns: 'number', message: /is "5"/ },
  { name: 'a boolean for a number', returned: true, returns: 'number', message: /is true/ },
  { name: 'a number for a boolean', returned: 1, returns: 'boolean', message: /is 1; expected true or false/ },
  { name: 'a text for a boolean', returned: 'true', returns: 'boolean', message: /is "true"/ },
  { name: 'a number for a category', returned: 1, returns: 'category', message: /is 1/ },
  { name: 'an empty category', returned: '', returns: 'category', message: /is ""/ },
  {
    name: 'a category of 201 characters',
    returned: 'x'.repeat(201),
    returns: 'category',
    message: /a text of 201 characters/,
  },
  { name: 'an empty object', returned: {}, returns: 'number', message: /an object/ },
  { name: 'an array', returned: [1], returns: 'number', message: /an array/ },
  { name: 'a date', returned: new Date(0), returns: 'number', message: /an object/ },
  { name: 'a boxed number', returned: Object(5), returns: 'number', message: /an object/ },
  { name: 'a function', returned: () => 1, returns: 'number', message: /a function/ },
  { name: 'a symbol', returned: Symbol('s'), returns: 'number', message: /Symbol/ },
  { name: 'a value that is an object', returned: { value: { value: 1 } }, returns: 'number', message: /an object/ },
  {
    name: 'a reason that is not a text',
    returned: { value: 1, reason: {} },
    returns: 'number',
    message: /reason that is not a text/,
  },
  {
    name: 'a getter that throws',
    returned: throwing,
    returns: 'number',
    message: /could not be read: Error: not today/,
  },
  { name: 'a proxy that throws', returned: hostile, returns: 'number', message: /could not be read: Error: go away/ },
  { name: 'scores as an array', returned: { scores: [1] }, returns: 'number', message: /not an object/ },
  { name: 'scores as null', returned: { scores: null }, returns: 'number', message: /not an object/ },
  { name: '101 scores', returned: { scores: many(101) }, returns: 'number', message: /101 scores; at most 100/ },
  { name: 'ten thousand scores', returned: { scores: many(10_000) }, returns: 'number', message: /10000 scores/ },
  { name: 'an empty name', returned: { scores: { '': 1 } }, returns: 'number', message: /name has 1 to 200/ },
  {
    name: 'a name of a million characters',
    returned: { scores: { ['n'.repeat(1_000_000)]: 1 } },
    returns: 'number',
    message: /name has 1 to 200/,
  },
  {
    name: 'one bad score among good ones',
    returned: { scores: { a: 1, b: 'x' } },
    returns: 'number',
    message: /Score "b" is "x"/,
  },
];

describe('a result', () => {
  it.each(scored)('is scored: $name', ({ returned, returns, scores }) => {
    const reading = readResult(returned, returns, 'e');
    expect(reading).toEqual({
      outcome: 'scored',
      scores: scores.map(([name, value, reason = null]) => ({ name, value, reason })),
    });
  });

  it('has no negative zero', () => {
    expect(readResult(-0, 'number', 'e')).toMatchObject({ scores: [{ value: 0 }] });
  });

  it.each(abstained)('abstains: $name', ({ returned, reason }) => {
    for (const returns of ['boolean', 'number', 'category'] as const)
      expect(readResult(returned, returns, 'e')).toEqual({ outcome: 'abstained', reason });
  });

  it.each(invalid)('is invalid: $name', ({ returned, returns, message }) => {
    const reading = readResult(returned, returns, 'e');
    expect(reading).toMatchObject({ outcome: 'invalid', message: expect.stringMatching(message) });
    expect(JSON.stringify(reading).length).toBeLessThan(1000);
  });
});

describe('an error', () => {
  const shown: { name: string; error: unknown; text: string | RegExp }[] = [
    { name: 'an Error', error: new TypeError('no'), text: 'TypeError: no' },
    { name: 'a text', error: 'no', text: '"no"' },
    { name: 'null', error: null, text: 'null' },
    { name: 'undefined', error: undefined, text: 'undefined' },
    { name: 'an object', error: { code: 1 }, text: 'an object (code)' },
    { name: 'a long message', error: new Error('x'.repeat(1_000_000)), text: /^Error: x{2041}$/ },
    {
      name: 'a message that throws',
      error: Object.defineProperty(new Error(), 'message', {
        get: () => {
          throw new Error();
        },
      }),
      text: 'something that cannot be shown',
    },
    {
      name: 'a proxy that throws',
      error: new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error();
          },
          ownKeys: () => {
            throw new Error();
          },
        },
      ),
      text: 'something that cannot be shown',
    },
    {
      name: 'a name that is a symbol',
      error: Object.assign(new Error('x'), { name: Symbol('s') }),
      text: 'something that cannot be shown',
    },
  ];

  it.each(shown)('is shown in bounds: $name', ({ error, text }) => {
    expect(describeError(error)).toMatch(typeof text === 'string' ? new RegExp(`^${RegExp.escape(text)}$`) : text);
  });
});

describe('bounds of an evaluator', () => {
  it('keep what lies within, and a named score outside of them makes the whole result invalid', () => {
    const range = { min: 0, max: 1 };
    expect(readResult(0.5, 'number', 'e', { range })).toMatchObject({ outcome: 'scored' });
    expect(readResult({ scores: { a: 0.5, b: 2 } }, 'number', 'e', { range })).toEqual({
      outcome: 'invalid',
      message: 'Score "e:b" is 2; expected a number from 0 to 1.',
    });
  });
});
