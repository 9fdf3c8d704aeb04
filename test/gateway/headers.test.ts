/** What reaches the upstream and what never does (row C5), and which headers and secrets a log sees. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, errorOf } from '../fakes/http-client.ts';
import { startHttpUpstream, type HttpUpstream } from '../fakes/http-upstream.ts';
import { sendRaw } from '../fakes/raw-client.ts';
import { PRINCIPAL, startGateway, type TestGateway } from './start-gateway.ts';

let upstream: HttpUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startHttpUpstream();
  gateway = await startGateway(upstream.url, {
    authenticate: (token) => (token === 'gw' ? { ...PRINCIPAL, keyId: 'key-1' } : PRINCIPAL),
    upstreams: [
      { name: 'openai', url: upstream.url },
      { name: 'claude', url: upstream.url, provider: 'anthropic', key: 'sk-ant-stored' },
      { name: 'gem', url: upstream.url, provider: 'gemini', key: 'AIza-stored' },
      { name: 'azure', url: upstream.url, provider: 'azure', key: 'azure-stored' },
      { name: 'groq', url: upstream.url, key: 'gsk-stored' },
    ],
  });
});
beforeEach(() => {
  gateway.exchanges.length = 0;
  upstream.seen.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

async function sendHeaders(lines: string[], request = 'GET /v1/models HTTP/1.1'): Promise<string[]> {
  const { received } = await sendRaw(
    gateway.port,
    `${request}\r\nHost: gateway\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
    {
      until: (all) => all.includes('\r\n\r\n'),
    },
  );
  expect(received.toString('latin1', 0, 12)).toBe('HTTP/1.1 200');
  const raw = upstream.seen[0]!.rawHeaders;
  return Array.from({ length: raw.length / 2 }, (_, index) => `${raw[2 * index]}: ${raw[2 * index + 1]}`);
}

const NEVER: { name: string; lines: string[]; gone: RegExp }[] = [
  ...[
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic c2VjcmV0',
    'TE: trailers',
    'TE: gzip',
    'Trailer: X-T',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABk',
    'Expect: 100-continue',
    'Expect: something-else',
    'Helicone-Auth: Bearer key',
    'helicone-auth: Bearer key',
    'HELICONE-AUTH: Bearer key',
    'Gradeway-Auth: Bearer key',
    'Helicone-Property-Secret: x',
    'Helicone-Request-Id: x',
    'Helicone-Target: x',
    'Helicone-: x',
    'Gradeway-Anything: x',
    'gRaDeWaY-x: x',
  ].map((line) => ({ name: line, lines: [line], gone: new RegExp(`^${line.split(':')[0]!}:`, 'im') })),
  ...[
    'X-Named',
    'x-named',
    'X-NAMED',
    'Authorization',
    'Cookie',
    'Accept',
    'X-Api-Key',
    'Content-Type',
    'X-Named, X-Other',
    ' X-Named ',
    'close, X-Named',
    'keep-alive, X-Named',
    'X-Named,keep-alive',
    ',X-Named',
    'X-Named,,',
    '\tX-Named',
  ].map((value) => {
    const name = value
      .split(',')
      .map((one) => one.trim())
      .find((one) => one !== '' && !/^(close|keep-alive)$/.test(one))!;
    return {
      name: `named in Connection: ${JSON.stringify(value)}`,
      lines: [`Connection: ${value}`, `${name}: v`],
      gone: new RegExp(`^${name}: v$`, 'im'),
    };
  }),
  {
    name: 'named in the second Connection',
    lines: ['Connection: keep-alive', 'Connection: X-Named', 'X-Named: v'],
    gone: /^x-named/im,
  },
  { name: 'named before it comes', lines: ['X-Named: v', 'Connection: X-Named', 'X-Named: w'], gone: /^x-named/im },
];

const ALWAYS: { name: string; line: string }[] = [
  'Authorization: Bearer sk-client',
  'authorization: Bearer sk-client',
  'X-Api-Key: sk-client',
  'api-key: k',
  'x-goog-api-key: k',
  'Cookie: a=b; c=d',
  'User-Agent: OpenAI/Python 1.0',
  'Accept-Encoding: gzip, br, zstd',
  'Accept: text/event-stream',
  'OpenAI-Organization: org-1',
  'OpenAI-Beta: assistants=v2',
  'anthropic-version: 2023-06-01',
  'anthropic-beta: x',
  'X-Stainless-Lang: js',
  'x-stripe-customer-id: cus_1',
  'Idempotency-Key: abc',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'X_Under_Score: 1',
  'X-Latin: Gr\xfc\xdfe',
  'X-Empty: ',
  'Content-Language: de',
  'Origin: https://example.com',
  'Forwarded: for=1.2.3.4',
  'X-Forwarded-For: 1.2.3.4',
  'Max-Forwards: 3',
  'Range: bytes=0-1',
  'If-None-Match: "x"',
  'Heliconepro: not a directive',
  'X-Helicone-Auth: not a directive',
].map((line) => ({ name: line, line }));

describe('a request header', () => {
  it.each(NEVER)('never reaches the upstream: $name', async ({ lines, gone }) => {
    expect((await sendHeaders(lines)).join('\n')).not.toMatch(gone);
  });

  it.each(ALWAYS)('reaches the upstream as it is: $name', async ({ line }) => {
    expect(await sendHeaders([line])).toContain(line);
  });

  it('keeps its order, case and duplicates, and none is added but Host and Connection', async () => {
    const lines = ['X-B: 1', 'x-a: 2', 'X-b: 3', 'X-A: 4', 'Accept: x', 'X-B: 1'];
    const seen = await sendHeaders(lines);
    expect(seen).toEqual([`host: 127.0.0.1:${upstream.port}`, 'connection: keep-alive', ...lines]);
  });

  it('of the length is that of the body', async () => {
    await call(gateway.port, { body: 'x'.repeat(1234), headers: { 'Content-Type': 'text/plain' } });
    const { headers, body } = upstream.seen[0]!;
    expect([headers['content-length'], body.length]).toEqual(['1234', 1234]);
  });
});

describe('a credential', () => {
  const stored = [
    { name: 'anthropic', path: '/claude/v1/messages', header: 'x-api-key', value: 'sk-ant-stored' },
    { name: 'gemini', path: '/gem/v1beta/models', header: 'x-goog-api-key', value: 'AIza-stored' },
    { name: 'azure', path: '/azure/openai/x', header: 'api-key', value: 'azure-stored' },
    { name: 'openai', path: '/groq/v1/models', header: 'authorization', value: 'Bearer gsk-stored' },
  ];
  it.each(stored)('that is stored is added where the client has none: $name', async ({ path, header, value }) => {
    await call(gateway.port, { path });
    expect(upstream.seen[0]!.headers[header]).toBe(value);
    expect(gateway.exchanges[0]!.credentials).toContain(value.replace('Bearer ', ''));
  });

  it.each(
    ['Authorization: Bearer own', 'x-api-key: own', 'api-key: own', 'X-Goog-Api-Key: own'].flatMap((own) =>
      stored.map(({ name, path, value }) => ({ name: `${own} to ${name}`, own, path, value })),
    ),
  )('of the client goes alone: $name', async ({ own, path, value }) => {
    const seen = await sendHeaders([own], `GET ${path} HTTP/1.1`);
    expect(seen).toContain(own);
    expect(seen.join('\n')).not.toContain(value.replace('Bearer ', ''));
    expect(gateway.exchanges[0]!.credentials).toContain('own');
  });

  it('in the query goes alone, is hidden in the path and known for striking out', async () => {
    await call(gateway.port, { path: '/gem/v1beta/models/g:generate?alt=sse&key=AIza%2Fclient&api_key=second&x=1' });
    expect(upstream.seen[0]!.url).toBe('/v1beta/models/g:generate?alt=sse&key=AIza%2Fclient&api_key=second&x=1');
    expect(upstream.seen[0]!.headers).not.toHaveProperty('x-goog-api-key');
    const [exchange] = gateway.exchanges;
    expect(exchange!.path).toBe('/v1beta/models/g:generate?alt=sse&key=REDACTED&api_key=REDACTED&x=1');
    expect(exchange!.credentials).toEqual(expect.arrayContaining(['AIza%2Fclient', 'AIza/client', 'second']));
  });

  it('for the gateway is known for striking out', async () => {
    await call(gateway.port, { headers: { 'Helicone-Auth': 'Bearer gw-key', Authorization: 'Bearer sk-1' } });
    expect(gateway.exchanges[0]!.credentials).toEqual(['sk-1', 'gw-key']);
  });

  it('is in no field of a log but the list of credentials', async () => {
    upstream.answer((_request, response) => {
      response
        .writeHead(200, { 'set-cookie': 'canary-cookie', 'x-echo': 'canary-echo', 'x-request-id': 'req_1' })
        .end('{}');
    });
    await call(gateway.port, {
      path: '/v1/models?key=canary-query&sig=canary-sig',
      headers: {
        Authorization: 'Bearer canary-bearer',
        'x-api-key': 'canary-x',
        'api-key': 'canary-api',
        'x-goog-api-key': 'canary-goog',
        Cookie: 'session=canary-cookie; b=',
        'Proxy-Authorization': 'canary-proxy',
        'Helicone-Auth': 'Bearer canary-auth',
        'X-Own-Auth': 'canary-own',
        'User-Agent': 'test',
      },
    });
    const { credentials, ...rest } = gateway.exchanges[0]!;
    expect(JSON.stringify(rest)).not.toContain('canary');
    expect(credentials.toSorted()).toEqual(
      ['api', 'auth', 'bearer', 'cookie', 'goog', 'query', 'sig', 'x'].map((name) => `canary-${name}`),
    );
    expect(rest.requestHeaders).toEqual({ 'user-agent': 'test' });
    expect(rest.responseHeaders).toEqual({ 'x-request-id': 'req_1' });
  });
});

describe('trailers of a request', () => {
  it('do not go on, and take nothing of the body along', async () => {
    const head = 'POST /v1/files HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n';
    const { received } = await sendRaw(gateway.port, `${head}3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n`, {
      until: (all) => all.includes('{}'),
    });
    expect(received.toString('latin1', 0, 12)).toBe('HTTP/1.1 200');
    const [seen] = upstream.seen;
    expect(seen!.body.toString()).toBe('abc');
    expect(seen!.rawHeaders.join()).not.toMatch(/x-sum|trailer/i);
  });
});

describe('a cookie', () => {
  it.each([
    { name: 'of a session', cookie: 'session=abcdefgh', struck: ['abcdefgh'] },
    {
      name: 'of a session among others',
      cookie: 'theme=darkmode; connect.sid="s3cr3tvalue"; a',
      struck: ['s3cr3tvalue'],
    },
    { name: 'with a token', cookie: 'XSRF-TOKEN=t0; auth_=t1; jwt=t2; myKey=t3', struck: ['t0', 't1', 't2', 't3'] },
    { name: 'of any name, when it is long', cookie: `a=${'x'.repeat(16)}`, struck: ['x'.repeat(16)] },
    { name: 'of any name, with signs in it', cookie: `a=${'x'.repeat(14)}==`, struck: [`${'x'.repeat(14)}==`] },
    {
      name: 'that is harmless',
      cookie: 'consent=analytics; language=german-de; sidebar=collapsed; empty=; authorized',
      struck: [],
    },
  ])('is struck out of bodies: $name', async ({ cookie, struck }) => {
    await call(gateway.port, { headers: { cookie } });
    expect(upstream.seen[0]!.headers.cookie).toBe(cookie);
    expect(gateway.exchanges[0]!.credentials).toEqual(struck);
  });
});

describe('a stored key', () => {
  const places: { name: string; headers: Record<string, string>; mayUse: boolean }[] = [
    { name: 'a program', headers: {}, mayUse: true },
    { name: 'a page of its own origin', headers: { 'sec-fetch-site': 'same-origin' }, mayUse: true },
    { name: 'a page of another site', headers: { 'sec-fetch-site': 'cross-site' }, mayUse: false },
    { name: 'a page of another port', headers: { 'sec-fetch-site': 'same-site' }, mayUse: false },
    { name: 'an old browser', headers: { origin: 'https://evil.example' }, mayUse: false },
    { name: 'an opaque origin', headers: { origin: 'null' }, mayUse: false },
  ];
  it.each(places.filter(({ mayUse }) => mayUse))('is spent for $name', async ({ headers }) => {
    await call(gateway.port, { path: '/groq/v1/models', headers });
    expect(upstream.seen[0]!.headers.authorization).toBe('Bearer gsk-stored');
  });

  const pages = places.filter(({ mayUse }) => !mayUse);
  it.each(pages)('is refused to $name without a key of ours, and that is recorded', async ({ headers }) => {
    const answer = await call(gateway.port, { path: '/groq/v1/models', headers });
    const { code, message } = errorOf(answer);
    expect([answer.status, code, answer.headers['gradeway-error']]).toEqual([403, 'forbidden', 'forbidden']);
    expect(message).toContain('Helicone-Auth: Bearer <key>');
    expect(message).toContain('stored key of groq');
    expect(upstream.seen).toEqual([]);
    expect(gateway.exchanges).toMatchObject([{ upstream: 'groq', ending: 'refused', errorCode: 'forbidden' }]);
  });

  it.each(pages)('is spent for $name with a key of ours', async ({ headers }) => {
    await call(gateway.port, { path: '/groq/v1/models', headers: { ...headers, 'Helicone-Auth': 'Bearer gw' } });
    expect(upstream.seen[0]!.headers.authorization).toBe('Bearer gsk-stored');
  });

  it.each(pages)('is not needed by $name that brings its own, nor for what it asks first', async ({ headers }) => {
    const sent = { ...headers, authorization: 'Bearer own' };
    expect((await call(gateway.port, { path: '/groq/v1/models', headers: sent })).status).toBe(200);
    await call(gateway.port, { method: 'OPTIONS', path: '/groq/v1/models', headers });
    expect(upstream.seen.map((one) => one.headers.authorization)).toEqual(['Bearer own', undefined]);
  });
});
