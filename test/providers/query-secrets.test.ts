import { describe, expect, it } from 'vitest';
import { hasQueryCredential, hideSecrets } from '../../src/providers/query-secrets.ts';

const NAMES = [
  'key',
  'api_key',
  'api-key',
  'apiKey',
  'x-api-key',
  'a%70i_key',
  '%41PI%2DKEY',
  'subscription-key',
  'Ocp-Apim-Subscription-Key',
  'token',
  'access_token',
  'access-token',
  'refresh_token',
  'auth',
  'authorization',
  'password',
  'secret',
  'client_secret',
  'sig',
  'signature',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'X-Amz-Credential',
  'x-goog-signature',
  'AWSAccessKeyId',
  'key[]',
];
const PLACES = [
  { name: 'first', text: (one: string) => `/v1/x?${one}&plain=shown` },
  { name: 'last', text: (one: string) => `/v1/x?plain=shown&${one}` },
  { name: 'after a semicolon', text: (one: string) => `/v1/x?plain=shown;${one}` },
  { name: 'in a fragment', text: (one: string) => `/v1/x?plain=shown#${one}` },
  { name: 'in a text that is no URL', text: (one: string) => `api.example.com:x/v1?plain=shown&${one}` },
];

describe('hideSecrets', () => {
  it.each(NAMES)('strikes out the value of %s wherever it stands', (name) => {
    for (const { name: place, text } of PLACES) {
      const credentials: string[] = [];
      const shown = hideSecrets(text(`${name}=s3cr%65t=;canary`), credentials);
      expect({ place, shown }).toEqual({ place, shown: text(`${name}=REDACTED`) });
      expect(credentials).toEqual(['s3cr%65t=;canary', 's3cret=;canary']);
    }
  });

  it.each([
    '/v1/models?limit=20&after=abc',
    '/v1/x?pageToken=abc&keyword=b&max_tokens=5&monkey=1&author=me&design=a',
    '/v1/x?alt=sse&plain=key',
    '/v1/key/token',
    'custom-model-nopath',
    '/v1/x?%',
    '',
  ])('leaves %s alone', (text) => {
    const credentials: string[] = [];
    expect(hideSecrets(text, credentials)).toBe(text);
    expect(credentials).toEqual([]);
  });

  it('strikes out each of several, and keeps what cannot be decoded', () => {
    const credentials: string[] = [];
    expect(hideSecrets('/x?key=one&a=1&KEY=%zz&token=', credentials)).toBe(
      '/x?key=REDACTED&a=1&KEY=REDACTED&token=REDACTED',
    );
    expect(credentials).toEqual(['one', '%zz']);
  });
});

describe('hasQueryCredential', () => {
  it.each([
    { path: '/v1/x?key=a', has: true },
    { path: '/v1/x?alt=sse&api-key=a', has: true },
    { path: '/v1/x?a%70i_key=a', has: true },
    { path: '/v1/x?key=', has: false },
    { path: '/v1/x?monkey=a', has: false },
    { path: '/v1/key=a', has: false },
    { path: '/v1/x?token=a', has: false },
  ])('$path: $has', ({ path, has }) => {
    expect(hasQueryCredential(path)).toBe(has);
  });
});
