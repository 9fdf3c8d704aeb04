/** Credentials of a call are struck out of its bodies and path, and nothing else is touched. */
import { describe, expect, it } from 'vitest';
import { redact, redactText } from '../../src/recording/redact.ts';

const KEY = 'sk-canary-0123456789';
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const textOf = (body: Uint8Array): string => Buffer.from(body).toString();

describe('redaction', () => {
  it.each([
    {
      name: 'an error that echoes the key',
      body: `{"error":{"message":"Incorrect API key provided: ${KEY}."}}`,
      expected: `{"error":{"message":"Incorrect API key provided: ${'*'.repeat(KEY.length)}."}}`,
    },
    { name: 'a body that is the key', body: KEY, expected: '*'.repeat(KEY.length) },
    { name: 'several, side by side', body: `${KEY}${KEY} ${KEY}`, expected: `${'*'.repeat(40)} ${'*'.repeat(20)}` },
    { name: 'one inside a longer word', body: `x${KEY}y`, expected: `x${'*'.repeat(20)}y` },
  ])('masks $name and keeps the length', ({ body, expected }) => {
    expect(textOf(redact(bytes(body), [KEY]))).toBe(expected);
  });

  it('masks every credential of several, also where one holds another', () => {
    expect(textOf(redact(bytes(`a ${KEY}-long b other-secret`), [KEY, `${KEY}-long`, 'other-secret']))).not.toMatch(
      /canary|other/,
    );
  });

  it('masks overlapping occurrences', () => {
    expect(textOf(redact(bytes('abababababababab!'), ['abababab']))).toBe(`${'*'.repeat(16)}!`);
  });

  it('leaves the bytes of the caller as they were, and answers the same ones where there is nothing to mask', () => {
    const echo = bytes(`echo ${KEY}`);
    redact(echo, [KEY]);
    expect(textOf(echo)).toBe(`echo ${KEY}`);
    const clean = bytes('nothing here');
    expect(redact(clean, [KEY])).toBe(clean);
  });

  it('works on a part of a larger buffer', () => {
    const whole = bytes(`${KEY}|${KEY}|${KEY}`);
    const part = whole.subarray(KEY.length + 1, 2 * KEY.length + 1);
    expect(textOf(redact(part, [KEY]))).toBe('*'.repeat(KEY.length));
    expect(textOf(whole)).toBe(`${KEY}|${KEY}|${KEY}`);
  });

  it('keeps bytes that are no text', () => {
    const body = Buffer.concat([Buffer.from([0, 255, 128]), Buffer.from(KEY), Buffer.from([0xed, 0xa0, 0x80])]);
    expect([...redact(body, [KEY])]).toEqual([0, 255, 128, ...Array(KEY.length).fill(0x2a), 0xed, 0xa0, 0x80]);
  });

  it.each(['', 'x', 'Bearer', 'sk-test'])(
    'does not maim bodies for "%s", which is too short to be a secret',
    (short) => {
      expect(textOf(redact(bytes('Bearer sk-test x'), [short]))).toBe('Bearer sk-test x');
      expect(redactText('Bearer sk-test x', [short])).toBe('Bearer sk-test x');
    },
  );

  it('masks in texts as well', () => {
    expect(redactText(`/v1/x?again=${KEY}&b=${KEY}`, [KEY])).toBe('/v1/x?again=***&b=***');
  });
});
