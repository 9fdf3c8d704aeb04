/** What an upstream answers comes through the gateway as it comes without it (catalogue rows U7, U8, U12). */
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type HttpAnswer, type HttpCall } from '../fakes/http-client.ts';
import { seededRandom, type Random } from '../fakes/random.ts';
import { sendRaw } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawRequest, type RawUpstream } from '../fakes/raw-upstream.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';
import { bytesOf } from '../../src/model/exchange.ts';

const OURS = /^(helicone-id|gradeway-id|helicone-status|connection|keep-alive|transfer-encoding)$/i;

/** What must be the same with and without the gateway. */
function visible(answer: HttpAnswer): object {
  const headers: string[] = [];
  for (let index = 0; index < answer.rawHeaders.length; index += 2)
    if (!OURS.test(answer.rawHeaders[index]!))
      headers.push(`${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}`);
  return {
    status: answer.status,
    reason: answer.reason,
    headers,
    body: answer.body.toString('latin1'),
    trailers: answer.rawTrailers,
    informational: answer.informational,
    complete: answer.complete,
  };
}

interface Scripted {
  pieces: Buffer[];
  close: boolean;
  pauseMs?: number;
}

async function write(socket: Socket, { pieces, close, pauseMs }: Scripted): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    await (pauseMs === undefined
      ? new Promise((resolve) => setImmediate(resolve))
      : new Promise((resolve) => setTimeout(resolve, pauseMs)));
  }
  if (close) socket.end();
}

let upstream: RawUpstream;
let gateway: TestGateway;
let script: (request: RawRequest) => Scripted;

beforeAll(async () => {
  upstream = await startRawUpstream({
    request: (socket, request) => void write(socket, script(request)),
  });
  gateway = await startGateway(upstream.url);
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const plain = (text: string): Scripted => ({ pieces: [bytes(text)], close: false });

const ANSWERS: { name: string; answer: Scripted; request?: HttpCall }[] = [
  { name: 'a plain 200', answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}') },
  { name: 'an empty body by length', answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n') },
  { name: 'an empty body by chunks', answer: plain('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n') },
  {
    name: 'chunks with extensions',
    answer: plain('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'),
  },
  {
    name: 'trailers',
    answer: plain(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum, X-Two\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-Two: a\r\nX-Two: b\r\n\r\n',
    ),
  },
  {
    name: 'a body that ends with the connection',
    answer: { ...plain('HTTP/1.1 200 OK\r\n\r\nuntil the end'), close: true },
  },
  { name: 'HTTP/1.0', answer: { ...plain('HTTP/1.0 200 OK\r\nX-Old: 1\r\n\r\nold'), close: true } },
  {
    name: 'HTTP/1.0 with a length',
    answer: { ...plain('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold'), close: true },
  },
  {
    name: 'Connection: close',
    answer: { ...plain('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'), close: true },
  },
  {
    name: '201 with Location',
    answer: plain('HTTP/1.1 201 Created\r\nLocation: /v1/files/1\r\nContent-Length: 1\r\n\r\n1'),
  },
  { name: '204', answer: plain('HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n') },
  { name: '204 with a length of 0', answer: plain('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n') },
  { name: '205', answer: plain('HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n') },
  {
    name: '206',
    answer: plain('HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab'),
  },
  { name: '304', answer: plain('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n') },
  { name: '304 with a length', answer: plain('HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "x"\r\n\r\n') },
  {
    name: 'HEAD with a length',
    answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nX-Head: 1\r\n\r\n'),
    request: { method: 'HEAD' },
  },
  { name: 'HEAD without a length', answer: plain('HTTP/1.1 200 OK\r\nX-Head: 1\r\n\r\n'), request: { method: 'HEAD' } },
  {
    name: '103 before the answer',
    answer: plain(
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-A: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ),
  },
  {
    name: '102 and two 103',
    answer: plain(
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </b>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ),
  },
  {
    name: '302 not followed',
    answer: plain('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
  },
  {
    name: '401',
    answer: plain('HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 2\r\n\r\n{}'),
  },
  {
    name: '407',
    answer: plain(
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n',
    ),
  },
  {
    name: '429 with Retry-After',
    answer: plain(
      'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nx-ratelimit-remaining-tokens: 0\r\nContent-Length: 2\r\n\r\n{}',
    ),
  },
  { name: '500', answer: plain('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}') },
  {
    name: '503 with Retry-After',
    answer: plain('HTTP/1.1 503 Overloaded\r\nretry-after: 1\r\nContent-Length: 2\r\n\r\n{}'),
  },
  { name: 'a status nobody knows', answer: plain('HTTP/1.1 599 What\r\nContent-Length: 1\r\n\r\nx') },
  { name: 'a reason phrase of its own', answer: plain('HTTP/1.1 200 Slow Down Please\r\nContent-Length: 0\r\n\r\n') },
  { name: 'an empty reason phrase', answer: plain('HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n') },
  { name: 'a reason phrase in latin1', answer: plain('HTTP/1.1 200 Gr\xfc\xdfe\r\nContent-Length: 0\r\n\r\n') },
  { name: 'a reason phrase in UTF-8', answer: plain('HTTP/1.1 200 Gr\xc3\xbc\xc3\x9fe\r\nContent-Length: 0\r\n\r\n') },
  {
    name: 'a reason phrase in pieces',
    answer: {
      pieces: ['HTTP/1.1 200 Sl', 'ow Do', 'wn\r', '\nContent-Le', 'ngth: 2\r\n', '\r\n', 'o', 'k'].map(bytes),
      close: false,
      pauseMs: 3,
    },
  },
  {
    name: 'headers with duplicates, case and odd names',
    answer: plain(
      'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Dup: 1\r\nx-DUP: 2\r\nX_Under: 1\r\n!#$%&: odd\r\nX-Empty:\r\nContent-Length: 0\r\n\r\n',
    ),
  },
  {
    name: 'latin1 and UTF-8 in header values',
    answer: plain('HTTP/1.1 200 OK\r\nX-Latin: Gr\xfc\xdfe\r\nX-Utf: Gr\xc3\xbc\xc3\x9fe\r\nContent-Length: 0\r\n\r\n'),
  },
  {
    name: 'a Content-Disposition beyond ASCII',
    answer: plain(
      'HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename="\xc3\xbc.mp3"\r\nContent-Length: 1\r\n\r\nx',
    ),
  },
  {
    name: 'headers named in Connection',
    answer: plain('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nok'),
  },
  { name: 'no Date', answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n') },
  {
    name: 'its own Date and Server',
    answer: plain('HTTP/1.1 200 OK\r\nDate: then\r\nServer: s\r\nContent-Length: 0\r\n\r\n'),
  },
  {
    name: 'a body on GET',
    answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    request: { method: 'GET', body: 'x', headers: { 'content-length': '1' } },
  },
  {
    name: 'OPTIONS',
    answer: plain('HTTP/1.1 204 No Content\r\nAllow: GET\r\nAccess-Control-Allow-Origin: *\r\n\r\n'),
    request: { method: 'OPTIONS' },
  },
  { name: 'TRACE', answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nTRACE'), request: { method: 'TRACE' } },
  { name: 'DELETE', answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'), request: { method: 'DELETE' } },
  {
    name: 'PATCH',
    answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
    request: { method: 'PATCH', body: '{}' },
  },
  {
    name: 'QUERY',
    answer: plain('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
    request: { method: 'QUERY', body: 'q' },
  },
  {
    name: 'a byte at a time',
    answer: {
      pieces: Array.from(
        'HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nX-T: 1\r\n\r\n',
        bytes,
      ),
      close: false,
      pauseMs: 1,
    },
  },
  {
    name: 'a slow body',
    answer: {
      pieces: ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'a', 'b', 'c', 'd', 'e'].map(bytes),
      close: false,
      pauseMs: 20,
    },
  },
  {
    name: 'an event stream with everything',
    answer: plain(
      `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n${[
        '\xef\xbb\xbf: comment\n\n',
        'data:no space\n\n',
        'data: one\ndata: two\r\n\r\n',
        'event: message_stop\rdata: {}\r\r',
        'data: [DONE]\n\n',
        'after the end\n\n',
      ]
        .map((event) => `${event.length.toString(16)}\r\n${event}\r\n`)
        .join('')}0\r\n\r\n`,
    ),
  },
];

describe('an answer through the gateway', () => {
  it.each(ANSWERS)('is the same as without it: $name', async ({ answer, request }) => {
    script = () => answer;
    const before = gateway.exchanges.length;
    const direct = await call(upstream.port, request);
    const through = await call(gateway.port, request);
    expect(visible(through)).toEqual(visible(direct));
    expect(through.headers['helicone-status']).toBe('success');
    const [exchange] = (await gateway.recorded(before + 1)).slice(before);
    expect(exchange).toMatchObject({ ending: 'ended', status: direct.status, errorCode: undefined });
    expect(Buffer.from(bytesOf(exchange!.response)).equals(direct.body)).toBe(true);
    expect(gateway.exchanges.length).toBe(before + 1);
  });

  it('is the same for 1,000 random answers, split anywhere', { timeout: 60_000 }, async () => {
    const seed = 20260721;
    const answers = Array.from({ length: 1000 }, (_, index) => randomAnswer(seededRandom(seed + index)));
    script = (request) => answers[Number(/\/r\/(\d+)/.exec(request.head)![1])]!;
    const before = gateway.exchanges.length;
    const agents = [
      new Agent({ keepAlive: true, maxSockets: 4 }),
      new Agent({ keepAlive: true, maxSockets: 4 }),
    ] as const;
    const wrong: string[] = [];
    const one = async (index: number): Promise<void> => {
      const path = `/v1/r/${index}`;
      const direct = await call(upstream.port, { path, agent: agents[0] });
      const through = await call(gateway.port, { path, agent: agents[1] });
      if (JSON.stringify(visible(direct)) !== JSON.stringify(visible(through))) wrong.push(`seed ${seed + index}`);
    };
    let next = 0;
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        while (next < answers.length) {
          next += 1;
          await one(next - 1);
        }
      }),
    );
    for (const agent of agents) agent.destroy();
    expect(wrong).toEqual([]);
    const recorded = await gateway.recorded(before + 1000);
    expect(recorded.slice(before).filter((exchange) => exchange.ending !== 'ended')).toEqual([]);
  });

  it('reaches an HTTP/1.0 client without chunks, trailers or informational heads', async () => {
    script = () =>
      plain(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n',
      );
    const { received, closing } = await sendRaw(gateway.port, 'GET /v1/models HTTP/1.0\r\nHost: x\r\n\r\n');
    const text = received.toString('latin1');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toMatch(/chunked|trailer/i);
    expect(text.endsWith('\r\n\r\nabc')).toBe(true);
    expect(closing).toBe('ended');
  });

  it('drops a header that the upstream named in Connection', async () => {
    script = () =>
      plain('HTTP/1.1 200 OK\r\nX-Secret: 1\r\nConnection: keep-alive, x-secret\r\nContent-Length: 0\r\n\r\n');
    const answer = await call(gateway.port);
    expect(answer.headers['x-secret']).toBeUndefined();
  });

  it('carries our ids where the upstream sends headers of these names', async () => {
    script = () =>
      plain(
        'HTTP/1.1 200 OK\r\nHelicone-Id: theirs\r\ngradeway-error: theirs\r\nHelicone-Status: failed\r\nHelicone-Cache: HIT\r\nContent-Length: 0\r\n\r\n',
      );
    const { headers } = await call(gateway.port);
    expect(headers['helicone-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['gradeway-id']).toBe(headers['helicone-id']);
    expect(headers['gradeway-error']).toBeUndefined();
    expect(headers).toMatchObject({ 'helicone-status': 'success', 'helicone-cache': 'HIT' });
  });
});

function randomAnswer(random: Random): Scripted {
  const roll = random.next();
  const size =
    roll < 0.7
      ? random.between(0, 3000)
      : roll < 0.97
        ? random.between(3000, 60_000)
        : random.between(60_000, 1_000_000);
  const encoding = random.pick(['', '', '', 'gzip', 'br', 'zstd', 'deflate', 'wrong']);
  const body = encode(encoding, random.bytes(size));
  const head = [
    `HTTP/1.1 ${random.pick([200, 200, 200, 201, 400, 404, 429, 500, 529])} ${random.pick(['OK', '', 'Slow Down', 'Gr\xfcn'])}`,
  ];
  head.push(
    `Content-Type: ${random.pick(['application/json', 'text/event-stream', 'audio/mpeg', 'application/octet-stream'])}`,
  );
  if (encoding !== '') head.push(`Content-Encoding: ${encoding === 'wrong' ? 'gzip' : encoding}`);
  for (let index = random.between(0, 6); index > 0; index -= 1)
    head.push(`${random.pick(['X-A', 'x-a', 'Set-Cookie', 'x-request-id'])}: ${random.bytes(8).toString('hex')}`);
  const framing = random.pick(['length', 'length', 'chunked', 'chunked', 'close']);
  const parts = [];
  if (framing === 'length') parts.push(bytes(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n`), body);
  else if (framing === 'close') parts.push(bytes(`${head.join('\r\n')}\r\n\r\n`), body);
  else {
    parts.push(bytes(`${head.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n`));
    for (let at = 0; at < body.length;) {
      const length = Math.min(body.length - at, random.between(1, Math.max(1, Math.ceil(body.length / 8))));
      parts.push(bytes(`${length.toString(16)}\r\n`), body.subarray(at, at + length), bytes('\r\n'));
      at += length;
    }
    parts.push(bytes(random.pick(['0\r\n\r\n', '0\r\nX-Trailer: t\r\n\r\n'])));
  }
  return { pieces: split(Buffer.concat(parts), random), close: framing === 'close' };
}

function encode(encoding: string, body: Buffer): Buffer {
  if (encoding === 'gzip') return gzipSync(body);
  if (encoding === 'br') return brotliCompressSync(body, { params: {} });
  if (encoding === 'zstd') return zstdCompressSync(body);
  return encoding === 'deflate' ? deflateSync(body) : body;
}

function split(whole: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: random.between(0, 12) }, () => random.between(0, whole.length));
  cuts.push(...Array.from({ length: random.between(0, 4) }, () => random.between(0, Math.min(300, whole.length))));
  const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
  return places
    .slice(1)
    .map((end, index) => whole.subarray(places[index], end))
    .filter((piece) => piece.length > 0);
}
