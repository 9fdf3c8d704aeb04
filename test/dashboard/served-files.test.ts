/** How the dashboard's files come, without a browser. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../src/api/app.ts';
import { PAGE_NAMES } from '../../src/model/page-name.ts';
import { type ServedApi, serveApi } from '../api/served-api.ts';
import { listenOnFreePort } from '../fakes/listen.ts';

let api: ServedApi;
let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  api = await serveApi();
  folder = await mkdtemp(join(tmpdir(), 'gradeway-files-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><html lang="en"></html>');
  await writeFile(join(folder, 'secret.js'), 'outside');
  await writeFile(join(folder, 'assets/a-1.js'), 'plain');
  await writeFile(join(folder, 'assets/a-1.js.gz'), 'gzip');
  await writeFile(join(folder, 'assets/a-1.js.br'), 'brotli');
  const served = createApi({ ...api.parts, dashboardFolder: folder });
  server = createServer((incoming, outgoing) => {
    if (served.handles(incoming.method!, incoming.url!)) served.listener(incoming, outgoing);
    else outgoing.writeHead(299).end('upstream');
  });
  url = `http://127.0.0.1:${await listenOnFreePort(server)}`;
});
afterAll(async () => {
  server.close();
  await api.close();
  await rm(folder, { recursive: true });
});

describe("the dashboard's files", () => {
  it.each(['/', ...PAGE_NAMES.map((name) => `/${name}`), '/logs/018f-1', '/runs/a/compare/b'])(
    'has the page at %s',
    async (path) => {
      const { status, headers } = await fetch(url + path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(headers.get('cache-control')).toBe('no-cache');
    },
  );

  it('allows no script in the page and nothing from elsewhere', async () => {
    const policy = (await fetch(url)).headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:/);
  });

  it.each([
    { accepted: 'gzip, deflate, br', body: 'brotli', encoding: 'br' },
    { accepted: 'gzip, br;q=0', body: 'gzip', encoding: 'gzip' },
    { accepted: 'identity', body: 'plain', encoding: null },
  ])('has assets compressed for who accepts $accepted, for ever', async ({ accepted, body, encoding }) => {
    // Not fetch, which would take the made-up compression off.
    const { request } = await import('undici');
    const answer = await request(`${url}/assets/a-1.js`, { headers: { 'accept-encoding': accepted } });
    expect(await answer.body.text()).toBe(body);
    expect(answer.headers['content-encoding'] ?? null).toBe(encoding);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.vary).toBe('accept-encoding');
  });

  it.each(['/assets/none.js', '/assets/..%2fsecret.js', '/assets/%2e%2e%2fsecret.js', '/assets/a-1.js.gz'])(
    'has nothing at %s',
    async (path) => {
      const answer = await fetch(url + path);
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toContain('outside');
    },
  );

  it.each(['/v1/chat/completions', '/openai/v1/models', '/overviews', '/logsx', '/v1'])(
    'leaves %s to the proxy',
    async (path) => {
      expect((await fetch(url + path)).status).toBe(299);
    },
  );

  it('leaves the API where it was', async () => {
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${url}/api/v1/logs/none`)).status).toBe(404);
    expect((await fetch(`${url}/logs`, { method: 'POST' })).status).toBe(405);
  });

  it('begins in the theme that was chosen, and takes no other word from a cookie', async () => {
    const page = async (cookie: string): Promise<string> => (await fetch(url, { headers: { cookie } })).text();
    expect(await page('a=b; gradeway-theme=dark')).toContain('<html data-theme="dark"');
    expect(await page('gradeway-theme="><script>')).not.toContain('script');
  });

  it('says how to build what is not built', async () => {
    const empty = createApi({ ...api.parts, dashboardFolder: join(folder, 'none') });
    const bare = createServer((incoming, outgoing) => empty.listener(incoming, outgoing));
    const answer = await fetch(`http://127.0.0.1:${await listenOnFreePort(bare)}/`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('npm run build:dashboard');
    bare.close();
  });
});
