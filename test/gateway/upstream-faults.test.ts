/** Faults of the far end: what the client sees, what is recorded, and that the next call is unharmed (rows U1 to U6, U11). */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { call, errorOf } from '../fakes/http-client.ts';
import { listenOnFreePort } from '../fakes/listen.ts';
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

async function startAt(url: string, overrides: Overrides = {}): Promise<TestGateway> {
  const gateway = await startGateway(url, overrides);
  open.push(gateway);
  return gateway;
}

async function listenPlain(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  const port = await listenOnFreePort(server);
  open.push({
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  });
  return port;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const POST = { method: 'POST', path: '/v1/chat/completions', body: '{"model":"m"}' };

describe.each(['durable', 'fast'] as const)('an upstream that cannot be reached, %s', (durability) => {
  const cases = [
    { name: 'refuses the connection', url: async () => `http://127.0.0.1:${await closedPort()}` },
    { name: 'has a name that does not resolve', url: async () => 'http://no-such-host.invalid' },
    {
      name: 'does not speak TLS',
      url: async () =>
        `https://127.0.0.1:${await listenPlain((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))}`,
    },
  ];
  it.each(cases)('gives 502 in the shape of OpenAI where it $name', async ({ url }) => {
    const gateway = await startAt(await url(), { durability });
    const answer = await call(gateway.port, POST);
    expect(answer.status).toBe(502);
    expect(answer.headers).toMatchObject({
      'gradeway-error': 'upstream_unreachable',
      'helicone-status': 'failed',
    });
    const error = errorOf(answer);
    expect(error).toMatchObject({ type: 'api_error', code: 'upstream_unreachable' });
    const [exchange] = await gateway.recorded(1);
    expect(exchange).toMatchObject({ ending: 'upstream_aborted', status: 502, errorCode: 'upstream_unreachable' });
    expect(error.log_id).toBe(exchange!.id);
    expect(Buffer.from(bytesOf(exchange!.request)).toString()).toBe(POST.body);
    expect(gateway.reports.map((report) => report.code)).toEqual(['upstream_unreachable']);
  });

  it('gives 504 where it takes the connection and never speaks TLS', async () => {
    const gateway = await startAt(`https://127.0.0.1:${await listenPlain(() => {})}`, {
      durability,
      timeouts: { connectMs: 150 },
    });
    const answer = await call(gateway.port, POST);
    expect([answer.status, errorOf(answer).code]).toEqual([504, 'upstream_timeout']);
    expect((await gateway.recorded(1))[0]).toMatchObject({ ending: 'timeout', status: 504 });
  });
});

describe('an upstream that fails before its head', () => {
  const cases: { name: string; script: RawScript; code: string; status: number; ending: string }[] = [
    {
      name: 'resets',
      script: { request: (socket) => socket.resetAndDestroy() },
      code: 'upstream_unreachable',
      status: 502,
      ending: 'upstream_aborted',
    },
    {
      name: 'closes',
      script: { request: (socket) => socket.end() },
      code: 'upstream_unreachable',
      status: 502,
      ending: 'upstream_aborted',
    },
    {
      name: 'closes inside its status line',
      script: { request: (socket) => socket.end('HTTP/1.1 20') },
      code: 'upstream_unreachable',
      status: 502,
      ending: 'upstream_aborted',
    },
    {
      name: 'closes inside its headers',
      script: { request: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le') },
      code: 'upstream_unreachable',
      status: 502,
      ending: 'upstream_aborted',
    },
    {
      name: 'resets at once',
      script: { connection: (socket) => socket.resetAndDestroy() },
      code: 'upstream_unreachable',
      status: 502,
      ending: 'upstream_aborted',
    },
    { name: 'is silent', script: {}, code: 'upstream_timeout', status: 504, ending: 'timeout' },
    {
      name: 'stalls inside its headers',
      script: { request: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Le') },
      code: 'upstream_timeout',
      status: 504,
      ending: 'timeout',
    },
  ];
  it.each(cases)('is asked once and answered for: it $name', async ({ script, code, status, ending }) => {
    const { upstream, gateway } = await start(script, { timeouts: { headersMs: 120 } });
    const answer = await call(gateway.port, POST);
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    const exchanges = await gateway.recorded(1);
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({ ending, status, errorCode: code });
    expect(upstream.received.filter((one) => one.includes('POST')).length).toBeLessThanOrEqual(1);
    expect(await upstream.closedWithin(100)).toBeLessThan(100);
  });

  it('never sees a POST again that met a connection it was closing', async () => {
    const { upstream, gateway } = await start({
      request: (socket, _request, index) => {
        if (index === 0) socket.write(OK);
        else socket.resetAndDestroy();
      },
    });
    expect((await call(gateway.port, POST)).status).toBe(200);
    expect((await call(gateway.port, POST)).status).toBe(502);
    expect(upstream.requests).toHaveLength(2);
    expect(upstream.received).toHaveLength(1);
  });

  it('is connected to anew where it closed an idle connection', async () => {
    const { upstream, gateway } = await start({ request: (socket) => socket.end(OK) });
    for (let index = 0; index < 20; index += 1) expect((await call(gateway.port, POST)).status).toBe(200);
    expect(upstream.requests).toHaveLength(20);
  });
});

describe('an upstream that breaks off inside its body', () => {
  const PREFIX = 'first part of the answer';
  const LENGTH = `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${PREFIX}`;
  const CHUNKED = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${PREFIX.length.toString(16)}\r\n${PREFIX}\r\n`;
  const NO_LENGTH = `HTTP/1.1 200 OK\r\n\r\n${PREFIX}`;
  const SSE = CHUNKED.replace('\r\n', '\r\nContent-Type: text/event-stream\r\n');
  const later = (socket: Socket, then: () => void): void => {
    setTimeout(then, 20);
  };
  const cases: { name: string; bytes: string; how: (socket: Socket) => void; ending: string }[] = [
    { name: 'short of its length', bytes: LENGTH, how: (socket) => socket.end(), ending: 'upstream_aborted' },
    {
      name: 'short of its length, by reset',
      bytes: LENGTH,
      how: (socket) => socket.resetAndDestroy(),
      ending: 'upstream_aborted',
    },
    {
      name: 'short of its length, having said it would close',
      bytes: LENGTH.replace('\r\n', '\r\nConnection: close\r\n'),
      how: (socket) => socket.end(),
      ending: 'upstream_aborted',
    },
    { name: 'between chunks', bytes: CHUNKED, how: (socket) => socket.end(), ending: 'upstream_aborted' },
    {
      name: 'between chunks, by reset',
      bytes: CHUNKED,
      how: (socket) => socket.resetAndDestroy(),
      ending: 'upstream_aborted',
    },
    { name: 'inside a chunk', bytes: CHUNKED.slice(0, -2), how: (socket) => socket.end(), ending: 'upstream_aborted' },
    { name: 'inside a stream of events', bytes: SSE, how: (socket) => socket.end(), ending: 'upstream_aborted' },
    {
      name: 'with garbage for a chunk size',
      bytes: CHUNKED,
      how: (socket) => socket.write('zz\r\n'),
      ending: 'upstream_aborted',
    },
    {
      name: 'by reset in a body without length',
      bytes: NO_LENGTH,
      how: (socket) => socket.resetAndDestroy(),
      ending: 'upstream_aborted',
    },
    { name: 'by silence', bytes: LENGTH, how: () => {}, ending: 'timeout' },
    { name: 'by silence between chunks', bytes: CHUNKED, how: () => {}, ending: 'timeout' },
  ];
  describe.each(['durable', 'fast'] as const)('in %s mode', (durability) => {
    it.each(cases)('breaks the client off too: $name', async ({ bytes, how, ending }) => {
      const script: RawScript = {
        request: (socket) => {
          socket.write(bytes);
          later(socket, () => how(socket));
        },
      };
      const { upstream, gateway } = await start(script, { durability, timeouts: { bodyMs: 120 } });
      const answer = await call(gateway.port, POST);
      expect(answer).toMatchObject({ status: 200, complete: false });
      expect(answer.body.toString()).toBe(PREFIX);
      const exchanges = await gateway.recorded(1);
      expect(exchanges).toHaveLength(1);
      expect(exchanges[0]).toMatchObject({ ending, status: 200, errorCode: undefined });
      expect(Buffer.from(bytesOf(exchanges[0]!.response)).toString()).toBe(PREFIX);
      expect(await upstream.closedWithin(100)).toBeLessThan(100);
    });
  });

  it('resets an HTTP/1.0 client, whose body ends with the connection', async () => {
    const { gateway } = await start({
      request: (socket) => {
        socket.write(CHUNKED);
        later(socket, () => socket.destroy());
      },
    });
    const { received, closing } = await sendRaw(gateway.port, 'GET /v1/models HTTP/1.0\r\nHost: x\r\n\r\n');
    expect([statusOf(received), closing]).toEqual([200, 'reset']);
  });

  it('delivers and records the same prefix, wherever it is cut', async () => {
    const random = seededRandom(7);
    const body = random.bytes(40_000);
    let cutAt = 0;
    let whole = Buffer.alloc(0);
    const { gateway } = await start({
      request: (socket) => {
        socket.write(whole.subarray(0, cutAt), () => {
          if (cutAt % 2 === 0) socket.end();
          else setTimeout(() => socket.resetAndDestroy(), 5);
        });
      },
    });
    for (let index = 0; index < 50; index += 1) {
      const chunked = index % 2 === 0;
      const head = `HTTP/1.1 200 OK\r\n${chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`}\r\n\r\n`;
      const parts = chunked
        ? [
            `${(body.length / 2).toString(16)}\r\n`,
            body.subarray(0, body.length / 2),
            `\r\n${(body.length / 2).toString(16)}\r\n`,
            body.subarray(body.length / 2),
            '\r\n0\r\n',
          ]
        : [body];
      whole = Buffer.concat([head, ...parts].map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
      cutAt = random.between(head.length + 10, whole.length - 1);
      const answer = await call(gateway.port);
      const exchange = (await gateway.recorded(index + 1))[index]!;
      expect([answer.status, answer.complete, exchange.ending]).toEqual([200, false, 'upstream_aborted']);
      expect(Buffer.from(bytesOf(exchange.response)).equals(answer.body)).toBe(true);
      expect(answer.body.equals(body.subarray(0, answer.body.length))).toBe(true);
    }
  });
});

describe('an upstream whose answer is malformed', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  /** 502: nothing was passed on. cut: the client was broken off. ok: framed as RFC 9112 has it, the rest thrown away. */
  const cases: { name: string; bytes: string; outcome: '502' | 'cut' | 'ok' }[] = [
    { name: 'not HTTP', bytes: 'SSH-2.0-OpenSSH_9.2\r\n', outcome: '502' },
    { name: 'a TLS alert', bytes: '\x15\x03\x01\x00\x02\x02\x28', outcome: '502' },
    { name: 'HTML only', bytes: '<html></html>\r\n\r\n', outcome: '502' },
    { name: 'empty lines without end', bytes: '\r\n\r\n\r\n', outcome: '502' },
    { name: 'a status that is no number', bytes: 'HTTP/1.1 abc OK\r\n\r\n', outcome: '502' },
    { name: 'a status of two digits', bytes: 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n', outcome: '502' },
    { name: 'a status of four digits', bytes: 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n', outcome: '502' },
    { name: 'a status below 100', bytes: 'HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n', outcome: '502' },
    { name: 'HTTP/3.0', bytes: 'HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n', outcome: '502' },
    { name: 'HTTP/11', bytes: 'HTTP/11 200 OK\r\n\r\n', outcome: '502' },
    {
      name: 'two lengths that differ',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x',
      outcome: '502',
    },
    { name: 'two lengths in one', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}', outcome: '502' },
    { name: 'a negative length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}', outcome: '502' },
    { name: 'a length with a sign', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}', outcome: '502' },
    { name: 'a length in hexadecimal', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n{}', outcome: '502' },
    {
      name: 'a length beyond 64 bits',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}',
      outcome: '502',
    },
    {
      name: 'a length and chunks',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      outcome: '502',
    },
    {
      name: 'chunks and a length',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n',
      outcome: '502',
    },
    { name: 'a status of four digits', bytes: 'HTTP/1.1 1000 Nope\r\nContent-Length: 1\r\n\r\na', outcome: '502' },
    {
      name: 'an interim answer that ends in bare LF',
      bytes: 'HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
      outcome: '502',
    },
    { name: 'a header without a name', bytes: 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n', outcome: '502' },
    {
      name: 'a header without a colon',
      bytes: 'HTTP/1.1 200 OK\r\nBroken\r\nContent-Length: 0\r\n\r\n',
      outcome: '502',
    },
    { name: 'a blank before the colon', bytes: 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}', outcome: '502' },
    { name: 'NUL in a header', bytes: 'HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 0\r\n\r\n', outcome: '502' },
    {
      name: 'a bare CR in a header',
      bytes: 'HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 0\r\n\r\n',
      outcome: '502',
    },
    {
      name: 'a control character in a header',
      bytes: 'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n',
      outcome: '502',
    },
    {
      name: 'a head of 70 kB',
      bytes: `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\nContent-Length: 0\r\n\r\n`,
      outcome: '502',
    },
    {
      name: '3,000 headers of 70 kB',
      bytes: `HTTP/1.1 200 OK\r\n${'X-Aaaaaaaaaaaaaaaa: b\r\n'.repeat(3500)}Content-Length: 0\r\n\r\n`,
      outcome: '502',
    },
    { name: 'a status line without end', bytes: `HTTP/1.1 200 ${'a'.repeat(70_000)}`, outcome: '502' },
    {
      name: '101 that nobody asked for',
      bytes: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      outcome: '502',
    },
    { name: 'a chunk size of garbage', bytes: `${chunked}3\r\nabc\r\nxyz\r\n`, outcome: 'cut' },
    { name: 'a negative chunk size', bytes: `${chunked}3\r\nabc\r\n-1\r\n`, outcome: 'cut' },
    { name: 'a chunk size in 0x form', bytes: `${chunked}3\r\nabc\r\n0x3\r\nabc\r\n0\r\n\r\n`, outcome: 'cut' },
    { name: 'a chunk size beyond 64 bits', bytes: `${chunked}3\r\nabc\r\nfffffffffffffffff\r\nabc`, outcome: 'cut' },
    { name: 'a chunk longer than its size', bytes: `${chunked}3\r\nabcdef\r\n0\r\n\r\n`, outcome: 'cut' },
    { name: 'a chunk without its CRLF', bytes: `${chunked}3\r\nabc3\r\ndef\r\n0\r\n\r\n`, outcome: 'cut' },
    { name: 'a bare LF after a chunk size', bytes: `${chunked}3\r\nabc\r\n3\ndef\r\n0\r\n\r\n`, outcome: 'cut' },
    {
      name: 'a body longer than its length',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more than that',
      outcome: 'ok',
    },
    {
      name: 'two answers to one request',
      bytes: `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`,
      outcome: 'ok',
    },
    {
      name: 'a body after 204',
      bytes: 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison',
      outcome: 'ok',
    },
    { name: 'a body after 304', bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 6\r\n\r\npoison', outcome: 'ok' },
    { name: 'a half-closed connection', bytes: OK, outcome: 'ok' },
  ];

  it.each(cases)('is never passed on, and harms no other call: $name', async ({ name, bytes, outcome }) => {
    const { gateway } = await start({
      request: (socket, _request, index) => {
        if (index > 0) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean');
        else {
          socket.write(Buffer.from(bytes, 'latin1'));
          if (name === 'a half-closed connection' || name.includes('without end') || name.includes('TLS')) socket.end();
        }
      },
    });
    const answer = await call(gateway.port);
    const refused = outcome === '502';
    expect(answer.status === 502).toBe(refused);
    expect(answer.headers['gradeway-error']).toBe(refused ? 'upstream_unreachable' : undefined);
    expect(answer.complete).toBe(outcome !== 'cut');
    expect(answer.body.toString()).not.toContain('poison');
    for (let index = 0; index < 3; index += 1) {
      const next = await call(gateway.port);
      expect([next.status, next.body.toString()]).toEqual([200, 'clean']);
    }
    const exchanges = await gateway.recorded(4);
    expect(exchanges).toHaveLength(4);
    expect(exchanges[0]!.ending).toBe(outcome === 'ok' ? 'ended' : 'upstream_aborted');
  });

  it.each([
    { name: 'before the answer', pieces: ['HTTP/1.1 100 Continue\r\n\r\n', OK] },
    { name: 'with headers', pieces: ['HTTP/1.1 100 Continue\r\nX-A: b\r\n\r\n', OK] },
    { name: 'several times', pieces: ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(5) + OK] },
    { name: 'in pieces', pieces: Array.from(`HTTP/1.1 100 Continue\r\n\r\n${OK}`) },
    {
      name: 'between other informational heads',
      pieces: [
        `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`,
      ],
    },
  ])('discards a 100 Continue that nobody asked for: $name', async ({ pieces }) => {
    const { gateway } = await start({
      request: (socket) => {
        pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index));
      },
    });
    for (let index = 0; index < 2; index += 1) {
      const answer = await call(gateway.port, POST);
      expect([answer.status, answer.body.toString(), answer.complete]).toEqual([200, '{}', true]);
      expect(answer.informational.map((one) => one.status)).not.toContain(100);
    }
  });
});

it('counts and digests an answer beyond the capture limit', async () => {
  const { createHash } = await import('node:crypto');
  const body = seededRandom(3).bytes(300_000);
  const { gateway } = await start(
    {
      request: (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
        socket.write(body);
      },
    },
    { limits: { captureResponseBytes: 1000, captureRequestBytes: 10 } },
  );
  const answer = await call(gateway.port, { ...POST, body: body.subarray(0, 5000) });
  expect(answer.body.equals(body)).toBe(true);
  const [exchange] = await gateway.recorded(1);
  const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(exchange!.response).toMatchObject({ size: 300_000, truncated: true, sha256: sha256(body) });
  expect(Buffer.from(bytesOf(exchange!.response)).equals(body.subarray(0, 1000))).toBe(true);
  expect(exchange!.request).toMatchObject({ size: 5000, truncated: true, sha256: sha256(body.subarray(0, 5000)) });
  expect(bytesOf(exchange!.request)).toHaveLength(10);
});

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}
