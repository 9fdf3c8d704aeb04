import { describe, expect, it } from 'vitest';
import { isFromOtherSite } from '../../src/model/other-site.ts';

describe('a request', () => {
  const host = '127.0.0.1:8787';
  it.each([
    { name: 'of a program', headers: { host }, other: false },
    {
      name: 'of a page of ours',
      headers: { site: 'same-origin', origin: 'http://127.0.0.1:8787', host },
      other: false,
    },
    { name: 'that somebody typed', headers: { site: 'none', host }, other: false },
    {
      name: 'of a page of ours that hides its origin',
      headers: { site: 'same-origin', origin: 'null', host },
      other: false,
    },
    { name: 'of another site', headers: { site: 'cross-site', host }, other: true },
    {
      name: 'of another site under our origin',
      headers: { site: 'cross-site', origin: 'http://127.0.0.1:8787', host },
      other: true,
    },
    { name: 'of another port', headers: { site: 'same-site', host }, other: true },
    { name: 'with a word nobody knows', headers: { site: 'same-origin, cross-site', host }, other: true },
    { name: 'of an old browser, of a page of ours', headers: { origin: 'http://127.0.0.1:8787', host }, other: false },
    { name: 'in other case', headers: { origin: 'http://localhost:8787', host: 'LocalHost:8787' }, other: false },
    {
      name: 'with a port that goes without saying',
      headers: { origin: 'http://localhost', host: 'localhost:80' },
      other: false,
    },
    { name: 'of an old browser, of another site', headers: { origin: 'https://evil.example', host }, other: true },
    { name: 'of an opaque origin', headers: { origin: 'null', host }, other: true },
    { name: 'of an opaque origin without Host', headers: { origin: 'null' }, other: true },
    { name: 'with a Host that is none', headers: { origin: 'null', host: 'a b' }, other: true },
  ])('$name is from another site: $other', ({ headers, other }) => {
    expect(isFromOtherSite({ site: undefined, origin: undefined, host: undefined, ...headers })).toBe(other);
  });
});
