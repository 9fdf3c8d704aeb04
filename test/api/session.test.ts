/** Signing a browser in: the cookie, what it opens, and from where. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signToken } from '../../src/api/signed-token.ts';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

const SAME = { 'sec-fetch-site': 'same-origin' };

async function signIn(
  key: string,
  headers: Record<string, string> = SAME,
): Promise<{ status: number; cookie: string }> {
  const { status, headers: answered } = await api.call('POST', '/api/v1/session', { key }, headers);
  return { status, cookie: answered.get('set-cookie') ?? '' };
}

describe('the sign-in of a browser', () => {
  it('is not needed while there are no keys', async () => {
    expect((await api.call('GET', '/api/v1/session')).json).toEqual({
      keyRequired: false,
      signedIn: true,
      scopes: ['ingest', 'score', 'read', 'admin'],
      untilMs: null,
    });
  });

  it('is a cookie for /api that no script reads and no other site sends, without the key in it', async () => {
    const { token } = await api.createKey(['read']);
    const { status, cookie } = await signIn(token);
    expect(status).toBe(200);
    expect(cookie).toMatch(/^gradeway-sign-in=[\w.-]+; Path=\/api; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(token.slice(3, 40));
    const behindTls = await signIn(token, { ...SAME, 'x-forwarded-proto': 'https' });
    expect(behindTls.cookie).toMatch(/; Secure$/);
  });

  it('opens what the key opens, to our own pages', async () => {
    const { token } = await api.createKey(['read']);
    const { cookie } = await signIn(token);
    const ask = async (path: string, method: string, headers: Record<string, string>): Promise<number> =>
      (await api.call(method, path, method === 'GET' ? undefined : {}, { cookie, ...headers })).status;
    expect(await ask('/api/v1/logs/query', 'POST', SAME)).toBe(200);
    expect(await ask('/api/v1/logs/query', 'POST', { 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await ask('/api/v1/logs/query', 'POST', { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await ask('/api/v1/logs/query', 'POST', { origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await ask('/api/v1/logs/query', 'POST', { origin: api.url })).toBe(200);
    expect(await ask('/api/v1/retention', 'PUT', SAME)).toBe(403);
    const said = (await api.call('GET', '/api/v1/session', undefined, { cookie })).json;
    expect(said).toMatchObject({ keyRequired: true, signedIn: true, scopes: ['read'], untilMs: expect.any(Number) });
  });

  it('is refused to what is no key and to pages of other sites', async () => {
    const { token } = await api.createKey(['read']);
    expect(await signIn('gw_none')).toEqual({ status: 401, cookie: '' });
    expect(await signIn(token, { 'sec-fetch-site': 'cross-site' })).toEqual({ status: 403, cookie: '' });
  });

  it('ends with its key, with its time and by signing out', async () => {
    const { token, row } = await api.createKey(['read']);
    const { cookie } = await signIn(token);
    const ask = async (given: string): Promise<number> =>
      (await api.call('POST', '/api/v1/logs/query', {}, { cookie: given, ...SAME })).status;
    expect(await ask(cookie)).toBe(200);
    const old = { keyId: row.id, untilMs: Date.now() - 1 };
    expect(await ask(`gradeway-sign-in=${signToken('sign-in', old, api.parts.tokenSecret)}`)).toBe(401);
    const later = { keyId: row.id, untilMs: Date.now() + 60_000 };
    expect(await ask(`gradeway-sign-in=${signToken('other', later, api.parts.tokenSecret)}`)).toBe(401);
    expect(await ask(`${cookie.split(';')[0]}x`)).toBe(401);
    await api.store.keys.revoke(row.id, Date.now());
    await api.keys.refresh();
    expect(await ask(cookie)).toBe(401);
    const out = await api.call('DELETE', '/api/v1/session', undefined, { cookie, ...SAME });
    expect(out.headers.get('set-cookie')).toMatch(/^gradeway-sign-in=; Path=\/api; Max-Age=0;/);
    expect(out.json).toMatchObject({ signedIn: false });
  });
});
