/** Which upstream a path goes to, with every byte of it kept (row C6); Target-URL; who is let in; what is refused and how. */
import { afterEach, describe, expect, it } from 'vitest';
import { isUuid } from '../../src/model/id.ts';
import { call, errorOf } from '../fakes/http-client.ts';
import { startHttpUpstream, type HttpUpstream } from '../fakes/http-upstream.ts';
import { sendRaw, statusOf } from '../fakes/raw-client.ts';
import { PRINCIPAL, startGateway, type Overrides, type TestGateway } from './start-gateway.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  while (open.length > 0) await open.pop()!.close();
});

async function start(
  overrides: (upstream: HttpUpstream) => Overrides = () => ({}),
): Promise<{ upstream: HttpUpstream; gateway: TestGateway }> {
  const upstream = await startHttpUpstream();
  open.push(upstream);
  const gateway = await startGateway(upstream.url, overrides(upstream));
  open.push(gateway);
  return { upstream, gateway };
}

const several = ({ url }: HttpUpstream): Overrides => ({
  upstreams: [
    { name: 'openai', url: `${url}/oai` },
    { name: 'anthropic', url: `${url}/ant`, provider: 'anthropic' },
    { name: 'groq', url: `${url}/openai` },
    { name: 'bare', url },
    { name: 'odd.name_1-x', url: `${url}/odd` },
  ],
});

const ROUTES: { name: string; path: string; seen: string; upstream: string }[] = [
  { name: 'the default upstream', path: '/v1/chat/completions', seen: '/oai/v1/chat/completions', upstream: 'openai' },
  { name: 'what our API leaves to it', path: '/v1/evals/other', seen: '/oai/v1/evals/other', upstream: 'openai' },
  { name: 'openai by name', path: '/openai/v1/models', seen: '/oai/v1/models', upstream: 'openai' },
  { name: 'anthropic by name', path: '/anthropic/v1/messages', seen: '/ant/v1/messages', upstream: 'anthropic' },
  { name: 'a base path', path: '/groq/v1/models', seen: '/openai/v1/models', upstream: 'groq' },
  { name: 'a name with signs', path: '/odd.name_1-x/v1', seen: '/odd/v1', upstream: 'odd.name_1-x' },
  {
    name: 'the gateway form of openai',
    path: '/v1/gateway/oai/v1/chat/completions',
    seen: '/oai/v1/chat/completions',
    upstream: 'openai',
  },
  {
    name: 'the gateway form of anthropic',
    path: '/v1/gateway/anthropic/v1/messages?beta=true',
    seen: '/ant/v1/messages?beta=true',
    upstream: 'anthropic',
  },
  { name: 'a name only', path: '/bare', seen: '/', upstream: 'bare' },
  { name: 'a name and a slash', path: '/bare/', seen: '/', upstream: 'bare' },
  { name: 'a name and a query', path: '/bare?a=b', seen: '/?a=b', upstream: 'bare' },
  { name: 'a base path and a query', path: '/groq?a=b', seen: '/openai?a=b', upstream: 'groq' },
  ...[
    '/v1/a/../b',
    '/v1/./b',
    '/v1//b',
    '/v1/..%2f..%2fetc/passwd',
    '/v1/%2e%2e/b',
    '/v1/%00',
    '/v1/%',
    '/v1/%zz',
    '/v1/%C3%BC%FF',
    '/v1/a\\b',
    '/v1/a;b=c,d',
    '/v1/a:b@c',
    "/v1/!$&'()*+,;=",
    '/v1/[]{}|^`"<>~',
    '/v1/?',
    '/v1/??a=?',
    '/v1/?a=b&a=c&&=',
    '/v1/x?next=http://evil/../',
    '/v1/x?q=a+b%20c%2B',
    '/v1/x#frag',
    '/v1/x?y#frag?z',
    '/v1/models/ft:gpt-4o:org::id',
    '/v1/http://evil/x',
    `/v1/${'a'.repeat(8000)}`,
  ].map((path) => ({ name: path.slice(0, 40), path, seen: `/oai${path}`, upstream: 'openai' })),
  { name: 'slashes after a name', path: '/bare//x//', seen: '//x//', upstream: 'bare' },
  { name: 'dots after a name', path: '/bare/../openai/x', seen: '/../openai/x', upstream: 'bare' },
];

describe('a path', () => {
  it.each(ROUTES)('goes on byte for byte: $name', async ({ path, seen, upstream: name }) => {
    const { upstream, gateway } = await start(several);
    const { received } = await sendRaw(gateway.port, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`, {
      until: (all) => all.includes('{}'),
    });
    expect(statusOf(received)).toBe(200);
    expect(upstream.seen[0]!.url).toBe(seen);
    expect(gateway.exchanges[0]).toMatchObject({ upstream: name, path: seen });
    // The path has the target's base path in front, so that origin and path are the URL that was called.
    expect(new URL(gateway.exchanges[0]!.target).origin).toBe(upstream.url);
    expect(seen.startsWith(new URL(gateway.exchanges[0]!.target).pathname.replace(/\/$/, ''))).toBe(true);
  });

  const refused: { name: string; line: string; status: number; code: string; says?: string; recorded: boolean }[] = [
    {
      name: 'nobody knows',
      line: 'GET /nobody/v1',
      status: 404,
      code: 'upstream_unknown',
      says: 'There is no upstream nobody. Use /v1/*',
      recorded: true,
    },
    { name: 'has no name', line: 'GET /', status: 404, code: 'upstream_unknown', recorded: true },
    { name: 'has an empty name', line: 'GET //evil.example/x', status: 404, code: 'upstream_unknown', recorded: true },
    {
      name: 'has a backslash for a name',
      line: 'GET /\\evil.example/x',
      status: 404,
      code: 'upstream_unknown',
      recorded: true,
    },
    { name: 'has an encoded name', line: 'GET /open%61i/v1', status: 404, code: 'upstream_unknown', recorded: true },
    { name: 'has a name in other case', line: 'GET /OpenAI/v1', status: 404, code: 'upstream_unknown', recorded: true },
    { name: 'climbs to a name', line: 'GET /x/../openai/v1', status: 404, code: 'upstream_unknown', recorded: true },
    {
      name: 'is a property of all objects',
      line: 'GET /__proto__/v1',
      status: 404,
      code: 'upstream_unknown',
      recorded: true,
    },
    {
      name: 'is an unknown gateway form',
      line: 'GET /v1/gateway/azure/v1',
      status: 404,
      code: 'upstream_unknown',
      recorded: true,
    },
    {
      name: 'has a name of our own',
      line: 'GET /oai/v1/models',
      status: 404,
      code: 'not_found',
      says: "/oai is Gradeway's own and no upstream",
      recorded: true,
    },
    {
      name: 'is our own',
      line: 'POST /dashboard',
      status: 404,
      code: 'not_found',
      says: 'openai, anthropic',
      recorded: true,
    },
    {
      name: 'ends where ours begin',
      line: 'GET /v1?a=b',
      status: 404,
      code: 'not_found',
      says: 'at /v1 itself',
      recorded: true,
    },
    {
      name: 'names an upstream without URL',
      line: 'GET /azure/v1',
      status: 400,
      code: 'upstream_not_configured',
      recorded: true,
    },
    { name: 'is absolute', line: 'GET http://evil.example/v1/x', status: 400, code: 'invalid_target', recorded: true },
    {
      name: 'is absolute with our host',
      line: 'GET http://127.0.0.1/v1/x',
      status: 400,
      code: 'invalid_target',
      recorded: true,
    },
    { name: 'is a star', line: 'GET *', status: 400, code: 'invalid_target', recorded: true },
    { name: 'is an authority', line: 'GET evil.example:80', status: 400, code: 'invalid_target', recorded: false },
    {
      name: 'begins with an at sign',
      line: 'GET @evil.example/',
      status: 400,
      code: 'invalid_target',
      recorded: false,
    },
    { name: 'has a byte above 0x7f', line: 'GET /v1/\xe9', status: 400, code: 'invalid_target', recorded: false },
    {
      name: 'asks for a tunnel',
      line: 'CONNECT evil.example:443',
      status: 501,
      code: 'not_implemented',
      recorded: false,
    },
  ];
  it.each(refused)('is refused with a reason where it $name', async ({ line, status, code, says = '', recorded }) => {
    const { upstream, gateway } = await start(several);
    const { received } = await sendRaw(gateway.port, `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [head, body] = received.toString().split('\r\n\r\n');
    const { error } = JSON.parse(body!) as {
      error: { code: string; message: string; log_id: string | null; param: null };
    };
    expect([statusOf(received), error.code, error.param]).toEqual([status, code, null]);
    expect(head).toContain(`Gradeway-Error: ${code}`);
    expect(head).toContain('Helicone-Status: failed');
    expect(error.message.length).toBeGreaterThan(20);
    expect(error.message).toContain(says);
    expect(gateway.exchanges.map((one) => [one.id, one.ending, one.status, one.errorCode])).toEqual(
      recorded ? [[error.log_id, 'refused', status, code]] : [],
    );
    expect(error.log_id !== null).toBe(recorded);
    expect(upstream.seen).toEqual([]);
  });

  it('of OPTIONS * is answered here', async () => {
    const { upstream, gateway } = await start();
    const { received } = await sendRaw(gateway.port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(received.toString()).toMatch(/^HTTP\/1\.1 204 No Content\r\nAllow: GET, HEAD, POST/);
    expect([upstream.seen, gateway.exchanges]).toEqual([[], []]);
  });
});

describe('Target-URL', () => {
  it('sends a call to the origin it names, with the path of the call', async () => {
    const { upstream, gateway } = await start(() => ({
      targetUrl: { enabled: true, allowedHosts: ['127.0.0.1'], allowedNetworks: ['127.0.0.0/8'] },
      upstreams: [{ name: 'openai', url: 'http://127.0.0.1:9', key: 'sk-stored' }],
    }));
    const answer = await call(gateway.port, {
      path: '/a/../b?c',
      headers: { 'Helicone-Target-URL': `${upstream.url}/ignored/path?q` },
    });
    expect([answer.status, upstream.seen[0]!.url]).toEqual([200, '/a/../b?c']);
    expect(upstream.seen[0]!.headers).not.toHaveProperty('authorization');
    expect(gateway.exchanges[0]).toMatchObject({ upstream: `127.0.0.1:${upstream.port}`, target: upstream.url });
  });

  it.each([true, false])(
    'carries bodies of any size both ways, and refuses with them; fast lane: %s',
    async (fastLane) => {
      const { upstream, gateway } = await start(() => ({
        fastLane,
        targetUrl: { enabled: true, allowedHosts: ['127.0.0.1', '127.0.0.2'], allowedNetworks: ['127.0.0.1/32'] },
        upstreams: [{ name: 'openai', url: 'http://127.0.0.1:9' }],
      }));
      for (const size of [10, 3 * 1024 * 1024]) {
        const body = Buffer.alloc(size, 'ä');
        const sent = { method: 'POST', path: '/v1/x', body };
        const passed = await call(gateway.port, { ...sent, headers: { 'Helicone-Target-URL': upstream.url } });
        expect([passed.status, upstream.seen.at(-1)!.body.equals(body)]).toEqual([200, true]);
        const elsewhere = { 'Helicone-Target-URL': `http://127.0.0.2:${upstream.port}` };
        const refused = await call(gateway.port, { ...sent, headers: elsewhere });
        expect([refused.status, errorOf(refused).code]).toEqual([403, 'target_not_allowed']);
        expect(refused.body.toString()).toContain('targetUrl.allowedNetworks');
      }
      expect(upstream.seen).toHaveLength(2);
      expect((await gateway.recorded(4)).map(({ ending }) => ending)).toEqual(['ended', 'refused', 'ended', 'refused']);
    },
  );

  it('brings a stored key only to the origin that it belongs to', async () => {
    const { upstream, gateway } = await start(({ url }) => ({
      targetUrl: { enabled: true, allowedHosts: ['127.0.0.1', 'localhost'], allowedNetworks: ['127.0.0.0/8'] },
      upstreams: [{ name: 'openai', url: `${url}/base`, key: 'sk-stored' }],
    }));
    await call(gateway.port, { path: '/v1/x', headers: { 'Gradeway-Target-Url': upstream.url } });
    await call(gateway.port, {
      path: '/v1/x',
      headers: { 'Gradeway-Target-Url': `http://localhost:${upstream.port}` },
    });
    expect(upstream.seen.map((one) => [one.url, one.headers.authorization])).toEqual([
      ['/v1/x', 'Bearer sk-stored'],
      ['/v1/x', undefined],
    ]);
    expect(gateway.exchanges.map((one) => one.target + one.path)).toEqual([
      `${upstream.url}/v1/x`,
      `http://localhost:${upstream.port}/v1/x`,
    ]);
  });

  const on = {
    enabled: true,
    allowedHosts: ['api.example.com', 'other.example.com:8443', '*.trusted.example'],
    allowedNetworks: [],
  };
  const cases: { name: string; url: string; status: number; code: string; settings?: Overrides['targetUrl'] }[] = [
    {
      name: 'while it is off',
      url: 'https://api.example.com',
      status: 403,
      code: 'target_not_allowed',
      settings: { ...on, enabled: false },
    },
    { name: 'another host', url: 'https://evil.example', status: 403, code: 'target_not_allowed' },
    { name: 'a host that only ends so', url: 'https://evilapi.example.com', status: 403, code: 'target_not_allowed' },
    {
      name: 'a host that only begins so',
      url: 'https://api.example.com.evil.example',
      status: 403,
      code: 'target_not_allowed',
    },
    { name: 'a suffix without its dot', url: 'https://eviltrusted.example', status: 403, code: 'target_not_allowed' },
    { name: 'the bare suffix', url: 'https://trusted.example', status: 403, code: 'target_not_allowed' },
    { name: 'another port', url: 'https://other.example.com:444', status: 403, code: 'target_not_allowed' },
    { name: 'an address', url: 'http://169.254.169.254', status: 403, code: 'target_not_allowed' },
    { name: 'a decimal address', url: 'http://2130706433/', status: 403, code: 'target_not_allowed' },
    { name: 'a loopback address of IPv6', url: 'http://[::1]:80', status: 403, code: 'target_not_allowed' },
    { name: 'a mapped address', url: 'http://[::ffff:127.0.0.1]', status: 403, code: 'target_not_allowed' },
    {
      name: 'full-width digits',
      url: Buffer.from('http://１２７.０.０.１').toString('latin1'),
      status: 403,
      code: 'target_not_allowed',
    },
    { name: 'a user', url: 'https://user@api.example.com', status: 400, code: 'invalid_directive' },
    {
      name: 'a user that looks like the host',
      url: 'https://api.example.com@evil.example',
      status: 400,
      code: 'invalid_directive',
    },
    { name: 'no URL', url: 'api.example.com', status: 400, code: 'invalid_directive' },
    { name: 'nothing', url: '', status: 400, code: 'invalid_directive' },
    { name: 'a file', url: 'file:///etc/passwd', status: 400, code: 'invalid_directive' },
    { name: 'a script', url: 'javascript:alert(1)', status: 400, code: 'invalid_directive' },
    { name: 'a WebSocket', url: 'ws://api.example.com', status: 400, code: 'invalid_directive' },
    { name: 'backslashes', url: 'https:\\\\api.example.com', status: 400, code: 'invalid_directive' },
    { name: 'a tab inside', url: 'https://api.exa\tmple.com', status: 400, code: 'invalid_directive' },
    { name: 'a port out of range', url: 'https://api.example.com:99999', status: 400, code: 'invalid_directive' },
    { name: 'two URLs', url: 'https://api.example.com, https://evil.example', status: 400, code: 'invalid_directive' },
  ];
  it.each(cases)('is refused: $name', async ({ url, status, code, settings }) => {
    const { upstream, gateway } = await start(() => ({ targetUrl: settings ?? on }));
    const answer = await call(gateway.port, { headers: { 'Helicone-Target-URL': url } });
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(gateway.exchanges[0]).toMatchObject({ ending: 'refused', status, errorCode: code });
    expect(upstream.seen).toEqual([]);
  });

  it.each([
    'https://api.example.com',
    'https://API.example.com:9',
    'https://other.example.com:8443',
    'https://a.trusted.example',
    'https://a.b.trusted.example:1',
  ])('is allowed: %s', async (url) => {
    const { findDestination } = await import('../../src/gateway/target.ts');
    const { target, path } = findDestination('/v1/x', url, new Map(), {
      defaultUpstream: 'openai',
      targetUrl: on,
      unconfigured: new Set(),
    });
    expect([target.origin, path, target.credential]).toEqual([new URL(url).origin, '/v1/x', undefined]);
  });
});

describe('a caller', () => {
  const keys = { authenticate: (token: string | undefined) => (token === 'good' ? PRINCIPAL : undefined) };
  const strangers: { name: string; headers: Record<string, string | string[]> }[] = [
    { name: 'no key', headers: {} },
    { name: 'a wrong key', headers: { 'Helicone-Auth': 'Bearer bad' } },
    { name: 'a key without Bearer', headers: { 'Helicone-Auth': 'good' } },
    { name: 'the key in Authorization', headers: { Authorization: 'Bearer good' } },
    { name: 'two keys', headers: { 'Helicone-Auth': ['Bearer good', 'Bearer good'] } },
    { name: 'an SQL injection', headers: { 'Helicone-Auth': "Bearer ' OR 1=1 --" } },
    { name: 'a key of 20 kB', headers: { 'Helicone-Auth': `Bearer ${'x'.repeat(20_000)}` } },
  ];
  it.each(strangers)('is turned away and not recorded: $name', async ({ headers }) => {
    const { upstream, gateway } = await start(() => keys);
    const answer = await call(gateway.port, { headers, body: '{}' });
    expect([answer.status, errorOf(answer).code, errorOf(answer).type]).toEqual([
      401,
      'unauthorized',
      'authentication_error',
    ]);
    expect(errorOf(answer).message).toContain('Helicone-Auth: Bearer <key>');
    // There is no log that an id could name; the process log has this one.
    expect(errorOf(answer).log_id).toBeNull();
    expect(isUuid(String(answer.headers['helicone-id']))).toBe(true);
    expect([upstream.seen, gateway.exchanges]).toEqual([[], []]);
    expect(gateway.reports).toMatchObject([{ code: 'unauthorized', id: answer.headers['helicone-id'] }]);
  });

  it('is told whether a key is missing or wrong, and keeps its own request id', async () => {
    const { gateway } = await start(() => keys);
    const id = '018f0000-0000-7000-8000-000000000000';
    const none = await call(gateway.port, { headers: { 'Helicone-Request-Id': id } });
    const wrong = await call(gateway.port, { headers: { 'Helicone-Auth': 'Bearer bad' } });
    expect(errorOf(none).message).toContain('A Gradeway key is needed');
    expect(errorOf(wrong).message).toContain('unknown or revoked');
    expect([none.headers['helicone-id'], gateway.reports[0]!.id]).toEqual([id, id]);
  });

  it.each([
    { name: 'at once', authenticate: keys.authenticate },
    {
      name: 'after a look-up',
      authenticate: async (token: string | undefined) => Promise.resolve(keys.authenticate(token)),
    },
  ])('is let in with a key, $name', async ({ authenticate }) => {
    const { upstream, gateway } = await start(() => ({ authenticate }));
    for (const name of ['Helicone-Auth', 'gradeway-auth'])
      expect((await call(gateway.port, { headers: { [name]: 'bearer good' }, body: '{"a":1}' })).status).toBe(200);
    expect(upstream.seen.map((one) => one.body.toString())).toEqual(['{"a":1}', '{"a":1}']);
    expect(gateway.exchanges.map((one) => one.projectId)).toEqual(['project-1', 'project-1']);
  });

  it('without the scope ingest is refused, and that is recorded', async () => {
    const { gateway } = await start(() => ({ authenticate: () => ({ ...PRINCIPAL, scopes: ['read', 'score'] }) }));
    const answer = await call(gateway.port);
    expect([answer.status, errorOf(answer).code]).toEqual([403, 'forbidden']);
    expect(gateway.exchanges).toMatchObject([{ ending: 'refused', errorCode: 'forbidden' }]);
  });

  it.each([
    {
      name: 'throws',
      authenticate: () => {
        throw new Error('broken');
      },
    },
    { name: 'rejects', authenticate: () => Promise.reject(new Error('broken')) },
  ])('gets 500 where the look-up $name', async ({ authenticate }) => {
    const { upstream, gateway } = await start(() => ({ authenticate }));
    const answer = await call(gateway.port);
    expect([answer.status, errorOf(answer).code, upstream.seen]).toEqual([500, 'internal', []]);
    expect(answer.body.toString()).not.toContain('broken');
    expect(gateway.reports).toMatchObject([{ code: 'internal', cause: new Error('broken') }]);
  });
});

describe('the Host header', () => {
  const allowedHosts = new Set(['localhost', '127.0.0.1', '[::1]', 'gateway.example']);
  it.each(['localhost', 'LOCALHOST:8787', '127.0.0.1:1', '[::1]:8787', 'gateway.example', 'gateway.example.:443'])(
    'may be %s',
    async (host) => {
      const { gateway } = await start(() => ({ allowedHosts }));
      expect((await call(gateway.port, { headers: { Host: host } })).status).toBe(200);
    },
  );

  it.each([
    { name: 'another', lines: 'Host: evil.example' },
    { name: 'one that ends so', lines: 'Host: evil.localhost' },
    { name: 'one that begins so', lines: 'Host: localhost.evil.example' },
    { name: 'one with something behind the address', lines: 'Host: [::1]evil' },
    { name: 'one with a name behind the address', lines: 'Host: [::1].evil.example' },
    { name: 'with a user', lines: 'Host: localhost@evil.example' },
    { name: 'empty', lines: 'Host:' },
    { name: 'absent', lines: 'X: y' },
    { name: 'twice', lines: 'Host: localhost\r\nHost: localhost' },
    { name: 'a list', lines: 'Host: localhost, evil.example' },
  ])('may not be $name', async ({ lines }) => {
    const { upstream, gateway } = await start(() => ({ allowedHosts }));
    const { received } = await sendRaw(gateway.port, `GET /v1/x HTTP/1.1\r\n${lines}\r\nConnection: close\r\n\r\n`);
    expect(statusOf(received)).toBe(400);
    expect(received.toString()).toContain('"code":"invalid_host","log_id":null');
    expect([upstream.seen, gateway.exchanges]).toEqual([[], []]);
  });
});

describe('the state of the log', () => {
  it('is a header while there is one to tell', async () => {
    let status: string | undefined = 'spooled';
    const { gateway } = await start(() => ({ logStatus: () => status }));
    expect((await call(gateway.port)).headers['gradeway-log']).toBe('spooled');
    expect((await call(gateway.port, { path: '/nobody' })).headers['gradeway-log']).toBe('spooled');
    status = undefined;
    expect((await call(gateway.port)).headers).not.toHaveProperty('gradeway-log');
  });
});
