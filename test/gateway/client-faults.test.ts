/** Clients that go away, dawdle, or send too much (rows C2, C3, C6, C7, C8), and uploads that go as they should. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { call, errorOf } from '../fakes/http-client.ts';
import { startHttpUpstream } from '../fakes/http-upstream.ts';
import { seededRandom } from '../fakes/random.ts';
import { sendRaw, statusOf } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawScript, type RawUpstream } from '../fakes/raw-upstream.ts';
import { startGateway, type Overrides, type TestGateway } from './start-gateway.ts';
import { bytesOf } from '../../src/model/exchange.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  while (open.length > 0) await open.pop()!.close();
});

async function start(
  script: RawScript,
  overrides: Overrides = {},
): Promise<{ upstream: RawUpstream; gateway: TestGateway }> {
  const upstream = await startRawUpstream(script);
  open.push(upstream);
  const gateway = await startGateway(upstream.url, overrides);
  open.push(gateway);
  return { upstream, gateway };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const HEAD = 'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n';
const SSE =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n2\r\n\n\n\r\n';

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const start_ = performance.now();
  while (!condition()) {
    if (performance.now() - start_ > 3000) throw new Error(`never: ${what}`);
    await pause(1);
  }
}

describe('a client that goes away', () => {
  const phases: {
    name: string;
    send: string[];
    script: RawScript;
    ready: (upstream: RawUpstream) => boolean;
    status: number | undefined;
    sent: string;
    got: string;
  }[] = [
    {
      name: 'while its small body arrives',
      send: [`${HEAD}Content-Length: 100\r\n\r\npart`],
      script: {},
      ready: () => true,
      status: undefined,
      sent: '',
      got: '',
    },
    {
      name: 'while its chunks arrive',
      send: [`${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n`],
      script: {},
      ready: (upstream) => upstream.received.join('').includes('part'),
      status: undefined,
      sent: 'part',
      got: '',
    },
    {
      name: 'while its large body arrives',
      send: [`${HEAD}Content-Length: 2000000\r\n\r\n${'x'.repeat(5000)}`],
      script: {},
      ready: (upstream) => upstream.received.join('').includes('xxxx'),
      status: undefined,
      sent: 'x'.repeat(5000),
      got: '',
    },
    {
      name: 'before the head',
      send: [`${HEAD}Content-Length: 2\r\n\r\n{}`],
      script: {},
      ready: (upstream) => upstream.requests.length === 1,
      status: undefined,
      sent: '{}',
      got: '',
    },
    {
      name: 'inside the body',
      send: [`${HEAD}Content-Length: 2\r\n\r\n{}`],
      script: { request: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart') },
      ready: () => true,
      status: 200,
      sent: '{}',
      got: 'part',
    },
    {
      name: 'inside a stream of events',
      send: [`${HEAD}Content-Length: 2\r\n\r\n{}`],
      script: { request: (socket) => socket.write(SSE) },
      ready: () => true,
      status: 200,
      sent: '{}',
      got: 'data: 1\n\n',
    },
  ];
  describe.each(['end', 'resetAndDestroy'] as const)('by %s', (how) => {
    it.each(phases)(
      'lets go of the upstream within 100 ms: $name',
      async ({ send, script, ready, status, sent, got }) => {
        const { upstream, gateway } = await start(script);
        const socket = await connected(gateway.port);
        let answered = '';
        socket.on('data', (chunk) => {
          answered += chunk.toString('latin1');
        });
        for (const piece of send) socket.write(piece);
        await until(() => gateway.gateway.inFlight() === 1 && ready(upstream), 'the call is under way');
        if (got !== '') await until(() => answered.includes(got.slice(0, 4)), 'the answer has begun');
        socket[how]();
        const tookMs = await upstream.closedWithin(1000);
        expect(tookMs).toBeLessThan(100);
        const exchanges = await gateway.recorded(1);
        expect(exchanges).toMatchObject([{ ending: 'client_aborted', status, errorCode: undefined }]);
        expect(Buffer.from(bytesOf(exchanges[0]!.request)).toString()).toBe(sent);
        expect(Buffer.from(bytesOf(exchanges[0]!.response)).toString()).toBe(got);
        expect(gateway.gateway.inFlight()).toBe(0);
        await pause(20);
        expect(gateway.exchanges).toHaveLength(1);
      },
    );
  });

  it('while the upstream is being connected to sends nothing upstream', async () => {
    let accepted = 0;
    const { upstream } = await start({ connection: () => (accepted += 1) });
    const gateway = await startGateway(`https://127.0.0.1:${upstream.port}`, { timeouts: { connectMs: 300 } });
    open.push(gateway);
    const socket = await connected(gateway.port);
    socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
    await until(() => accepted === 1, 'the connection is being made');
    socket.destroy();
    await gateway.recorded(1);
    expect(gateway.exchanges).toMatchObject([{ ending: 'client_aborted', status: undefined }]);
    await pause(350);
    expect(gateway.exchanges).toHaveLength(1);
    expect(upstream.requests).toEqual([]);
  });

  it('while its key is looked up is recorded once it is known', async () => {
    let found = (): void => {};
    const { upstream, gateway } = await start(
      {},
      {
        authenticate: () =>
          new Promise((resolve) => {
            found = () => resolve({ projectId: 'p', keyId: null, scopes: ['ingest'] });
          }),
      },
    );
    const socket = await connected(gateway.port);
    socket.write(`${HEAD}\r\n`);
    await pause(30);
    socket.destroy();
    await pause(30);
    found();
    expect(await gateway.recorded(1)).toMatchObject([{ ending: 'client_aborted', status: undefined }]);
    expect(upstream.received).toEqual([]);
  });

  it('one hundred at once leave nothing behind', async () => {
    const { upstream, gateway } = await start({ request: (socket) => socket.write(SSE) });
    const random = seededRandom(5);
    const sockets = await Promise.all(Array.from({ length: 100 }, () => connected(gateway.port)));
    await Promise.all(
      sockets.map(async (socket) => {
        socket.write(`${HEAD}Content-Length: 2\r\n\r\n{}`);
        await pause(random.between(0, 60));
        socket.destroy();
      }),
    );
    await until(() => gateway.gateway.inFlight() === 0 && upstream.openSockets() === 0, 'all is let go');
    const begun = gateway.exchanges.length;
    expect(begun).toBeGreaterThan(0);
    expect(gateway.exchanges.filter((exchange) => exchange.ending !== 'client_aborted')).toEqual([]);
  });
});

describe('a client that dawdles', () => {
  const slow: { name: string; bytes: string; pieces?: number }[] = [
    { name: 'in the request line', bytes: 'GET /v1/mod' },
    { name: 'in the headers', bytes: `${HEAD}X-A: b\r\nX-` },
    { name: 'in the headers, byte by byte', bytes: `${HEAD}X-A: ${'b'.repeat(200)}`, pieces: 1 },
    { name: 'in the body', bytes: `${HEAD}Content-Length: 10\r\n\r\nabc` },
    { name: 'in a chunked body', bytes: `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n` },
  ];
  it.each(slow)('is told 408 and closed: $name', async ({ bytes, pieces }) => {
    const { gateway } = await start({}, { timeouts: { clientHeadersMs: 100, clientRequestMs: 200 } });
    const sent = pieces === undefined ? bytes : Array.from(bytes);
    const { received, closing } = await sendRaw(gateway.port, sent, pieces === undefined ? {} : { pauseMs: 5 });
    expect(closing).not.toBe('open');
    expect(statusOf(received)).toBe(408);
    expect(received.toString()).toContain('"code":"request_timeout"');
  });

  it('is closed without a word where it never says anything', async () => {
    const { gateway } = await start({}, { timeouts: { clientHeadersMs: 100, clientRequestMs: 200 } });
    const { closing } = await sendRaw(gateway.port, []);
    expect(closing).not.toBe('open');
    expect(gateway.exchanges).toEqual([]);
  });

  it('holds nobody else up', async () => {
    const { gateway } = await start({ request: (socket) => socket.write(OK) });
    const sockets = await Promise.all(Array.from({ length: 300 }, () => connected(gateway.port)));
    for (const socket of sockets) socket.write(`${HEAD}X-Slow: `);
    for (let index = 0; index < 20; index += 1) expect((await call(gateway.port, { body: '{}' })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a request that is too large', () => {
  const limits = { requestBodyBytes: 100_000, headerBytes: 16_384, headerCount: 50 };

  it.each([
    { name: 'small enough to be collected', length: 100_001 },
    { name: 'large', length: 5_000_000 },
    { name: 'beyond all measure', length: 9_007_199_254_740_991 },
  ])('is refused by its declared length, before its body: $name', async ({ length }) => {
    const { upstream, gateway } = await start({}, { limits });
    const { received } = await sendRaw(gateway.port, `${HEAD}Content-Length: ${length}\r\n\r\n`, {
      until: (all) => all.includes('log_id'),
    });
    expect(statusOf(received)).toBe(413);
    expect(received.toString()).toContain('"code":"body_too_large"');
    expect(gateway.exchanges).toMatchObject([{ ending: 'refused', status: 413, errorCode: 'body_too_large' }]);
    expect(upstream.received).toEqual([]);
  });

  it('gets its 413 without a 100 where it asked first', async () => {
    const { gateway } = await start({}, { limits });
    const { received } = await sendRaw(gateway.port, `${HEAD}Expect: 100-continue\r\nContent-Length: 200000\r\n\r\n`, {
      until: (all) => all.includes('log_id'),
    });
    expect(statusOf(received)).toBe(413);
    expect(received.toString()).not.toContain('100 Continue');
  });

  it('is refused where chunks pass the limit, and the upstream is let go', async () => {
    const { upstream, gateway } = await start({}, { limits });
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    const { received } = await sendRaw(
      gateway.port,
      [`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, chunk, chunk, chunk, chunk, chunk],
      {
        pauseMs: 5,
        until: (all) => all.includes('log_id'),
      },
    );
    expect(statusOf(received)).toBe(413);
    expect(await upstream.closedWithin(200)).toBeLessThan(200);
    expect(upstream.requests).toEqual([]);
    expect(await gateway.recorded(1)).toMatchObject([{ ending: 'refused', status: 413, errorCode: 'body_too_large' }]);
  });

  it('gets its answer although it goes on sending', async () => {
    const { gateway } = await start({}, { limits });
    const body = 'x'.repeat(60_000);
    const { received } = await sendRaw(
      gateway.port,
      [`${HEAD}Content-Length: 3000000\r\n\r\n`, ...Array.from({ length: 50 }, () => body)],
      { timeoutMs: 3000 },
    );
    expect(statusOf(received)).toBe(413);
    expect(received.toString()).toContain('log_id');
    expect(received.toString()).toContain('Connection: close');
  });

  it.each([
    { name: 'headers of 40 kB', lines: [`X-A: ${'a'.repeat(40_000)}`], recorded: 0 },
    {
      name: '10,000 property headers',
      lines: Array.from({ length: 10_000 }, (_, index) => `Helicone-Property-P${index}: ${index}`),
      recorded: 0,
    },
    { name: 'a property of 1 MB', lines: [`Helicone-Property-A: ${'a'.repeat(1_000_000)}`], recorded: 0 },
    { name: 'a path of 40 kB', lines: [], path: `/v1/${'a'.repeat(40_000)}`, recorded: 0 },
    { name: '60 headers', lines: Array.from({ length: 60 }, (_, index) => `X-${index}: 1`), recorded: 1 },
  ])('gets 431: $name', async ({ lines, path, recorded }) => {
    const { upstream, gateway } = await start({ request: (socket) => socket.write(OK) }, { limits });
    const { received } = await sendRaw(
      gateway.port,
      `GET ${path ?? '/v1/x'} HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
      { until: (all) => all.includes('log_id') },
    );
    expect(statusOf(received)).toBe(431);
    expect(received.toString()).toContain('"code":"headers_too_large"');
    expect([upstream.received, gateway.exchanges.length]).toEqual([[], recorded]);
    expect((await call(gateway.port)).status).toBe(200);
  });

  it('as an object of 10,000 keys is an ordinary body', async () => {
    const { upstream, gateway } = await start({ request: (socket) => socket.write(OK) });
    const body = JSON.stringify({
      metadata: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index])),
    });
    expect((await call(gateway.port, { body })).status).toBe(200);
    expect(upstream.requests[0]!.body.toString()).toBe(body);
  });
});

describe('a body', () => {
  const random = seededRandom(11);
  const sizes = [0, 1, 65_535, 65_536, 1_048_575, 1_048_576, 1_048_577, 3_000_000];
  const cases = sizes.flatMap((size) =>
    ['length', 'chunks'].map((framing) => ({ name: `${size} bytes by ${framing}`, size, framing })),
  );
  it.each(cases)('reaches the upstream whole: $name', async ({ size, framing }) => {
    const upstream = await startHttpUpstream();
    open.push(upstream);
    const gateway = await startGateway(upstream.url);
    open.push(gateway);
    const body = random.bytes(size);
    const headers: Record<string, string> =
      framing === 'chunks' ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(size) };
    const answer = await call(gateway.port, { method: 'POST', path: '/v1/files', body, headers });
    expect(answer.status).toBe(200);
    expect(upstream.seen[0]!.body.equals(body)).toBe(true);
    const { request } = gateway.exchanges[0]!;
    expect([request.size, request.truncated, createHash('sha256').update(bytesOf(request)).digest('hex')]).toEqual([
      size,
      false,
      createHash('sha256').update(body).digest('hex'),
    ]);
    expect(upstream.seen[0]!.headers['content-length']).toBe(
      framing === 'length' || size === 0 ? String(size) : undefined,
    );
  });

  it.each([
    { name: 'small', length: 2 },
    { name: 'large', length: 2_000_000 },
  ])('is asked for with 100 Continue: $name', async ({ length }) => {
    const { upstream, gateway } = await start({ request: (socket) => socket.write(OK) });
    const { received } = await sendRaw(
      gateway.port,
      [`${HEAD}Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`, 'x'.repeat(length)],
      {
        ready: (all) => all.includes('100 Continue'),
        until: (all) => all.includes('{}'),
      },
    );
    expect(received.toString()).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
    expect(upstream.requests[0]!.body).toHaveLength(length);
    expect(upstream.requests[0]!.head).not.toMatch(/expect/i);
  });

  it('may still be on its way when the answer comes', async () => {
    const { upstream, gateway } = await start({
      data: (socket, chunk) => {
        if (chunk.includes('POST')) socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
      },
    });
    const answer = await call(gateway.port, { path: '/v1/files', body: 'x'.repeat(3_000_000) });
    expect([answer.status, answer.body.toString(), answer.complete]).toEqual([401, 'no', true]);
    expect(await gateway.recorded(1)).toMatchObject([{ ending: 'ended', status: 401 }]);
    expect(await upstream.closedWithin(500)).toBeLessThan(500);
    expect((await call(gateway.port, { body: '{}' })).status).toBe(401);
  });

  it('that the upstream does not take ends in a timeout', async () => {
    const { gateway } = await start({ connection: (socket) => socket.pause() }, { timeouts: { headersMs: 150 } });
    const answer = await call(gateway.port, { path: '/v1/files', body: Buffer.alloc(20_000_000) });
    expect([answer.status, errorOf(answer).code]).toEqual([504, 'upstream_timeout']);
    expect(await gateway.recorded(1)).toMatchObject([{ ending: 'timeout', status: 504 }]);
  });

  it('that comes slowly is not the upstream being silent', async () => {
    const { gateway } = await start({ request: (socket) => socket.write(OK) }, { timeouts: { headersMs: 100 } });
    const pieces = [`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n', '1\r\nb\r\n', '1\r\nc\r\n', '0\r\n\r\n'];
    const { received } = await sendRaw(gateway.port, pieces, { pauseMs: 80, until: (all) => all.includes('{}') });
    expect(statusOf(received)).toBe(200);
  });
});

describe('a connection', () => {
  it('carries one call after another, and pipelined ones in order', async () => {
    const { upstream, gateway } = await start({
      request: (socket, request) => {
        const body = request.head.split(' ')[1]!;
        setTimeout(
          () => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`),
          body.endsWith('1') ? 40 : 5,
        );
      },
    });
    const requests = ['/v1/1', '/v1/2', '/v1/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
    const { received } = await sendRaw(gateway.port, requests, { until: (all) => all.includes('\r\n\r\n/v1/3') });
    expect(received.toString().match(/\/v1\/\d/g)).toEqual(['/v1/1', '/v1/2', '/v1/3']);
    expect([upstream.requests.length, gateway.exchanges.length]).toEqual([3, 3]);
  });

  it('that closes takes its pipelined calls with it', async () => {
    const { upstream, gateway } = await start({});
    const socket = await connected(gateway.port);
    socket.write(['/v1/1', '/v1/2', '/v1/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    await until(() => upstream.requests.length === 3, 'all are under way');
    socket.destroy();
    expect(await upstream.closedWithin(500)).toBeLessThan(100);
    expect((await gateway.recorded(3)).map((exchange) => exchange.ending)).toEqual([
      'client_aborted',
      'client_aborted',
      'client_aborted',
    ]);
  });

  it('is reused by the upstream client', async () => {
    const { upstream, gateway } = await start({ request: (socket) => socket.write(OK) });
    for (let index = 0; index < 10; index += 1) await call(gateway.port, { body: '{}' });
    expect([upstream.requests.length, upstream.received.length]).toEqual([10, 1]);
  });
});

describe('a call that runs for a second', () => {
  it('is reported as started, once', async () => {
    const { gateway } = await start({ request: (socket) => socket.write(SSE) });
    const socket = await connected(gateway.port);
    socket.write(`${HEAD}Helicone-Property-A: b\r\nContent-Length: 2\r\n\r\n{}`);
    await until(() => gateway.started.length === 1, 'it is reported');
    const [started] = gateway.started;
    expect(started).toMatchObject({
      projectId: 'project-1',
      upstream: 'openai',
      method: 'POST',
      path: '/v1/chat/completions',
    });
    expect(started!.directives.properties.get('a')).toBe('b');
    expect(Buffer.from(bytesOf(started!.request)).toString()).toBe('{}');
    await pause(400);
    socket.destroy();
    await gateway.recorded(1);
    expect([gateway.started.length, gateway.exchanges[0]!.id]).toEqual([1, started!.id]);
    expect(gateway.exchanges[0]!.durationMs).toBeGreaterThan(1000);
  });

  it('is not, where it ends before', async () => {
    const { gateway } = await start({ request: (socket) => socket.write(OK) });
    await call(gateway.port);
    await pause(1300);
    expect(gateway.started).toEqual([]);
  });
});
