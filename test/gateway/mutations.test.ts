/** Bytes broken at random, from either side: the gateway answers or closes, records each call once, and goes on. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../fakes/http-client.ts';
import { seededRandom, type Random } from '../fakes/random.ts';
import { sendRaw } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawUpstream } from '../fakes/raw-upstream.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

const ROUNDS = 600;
const CLEAN = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean');
const ANSWERS = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: req_1\r\nContent-Length: 15\r\n\r\n{"id":"abcdefg"}',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n10\r\ndata: {"a":"b"}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Disposition: inline\r\nConnection: keep-alive, X-A\r\nX-A: b\r\n\r\n',
];
const REQUESTS = [
  'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nHelicone-Property-A: b\r\nContent-Length: 13\r\n\r\n{"model":"m"}',
  'POST /v1/files HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\nX-T: 1\r\n\r\n',
  'GET /v1/models?a=b HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-A\r\nX-A: b\r\nHelicone-Auth: Bearer k\r\n\r\n',
];
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  '\0',
  '\x01',
  '\x7f',
  '\xff',
  ';',
  ',',
  '0',
  'f',
  '-',
  '\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
];

/** One to three bytes replaced, removed, put in, or a stretch moved. */
function mutate(text: string, random: Random): Buffer {
  let bytes = text;
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const at = random.between(0, bytes.length - 1);
    const piece = random.pick(PIECES);
    const kind = random.between(0, 3);
    if (kind === 0) bytes = bytes.slice(0, at) + piece + bytes.slice(at + 1);
    else if (kind === 1) bytes = bytes.slice(0, at) + bytes.slice(at + random.between(1, 4));
    else if (kind === 2) bytes = bytes.slice(0, at) + piece + bytes.slice(at);
    else bytes = bytes.slice(0, at) + bytes.slice(random.between(0, bytes.length - 1));
  }
  return Buffer.from(bytes, 'latin1');
}

let upstream: RawUpstream;
let gateway: TestGateway;
let answer: Buffer;
/** The connection on which the broken answer goes out. */
let broken: Socket | undefined;

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  const middle = Math.floor(bytes.length / 2);
  socket.write(bytes.subarray(0, middle));
  await new Promise((resolve) => setImmediate(resolve));
  if (!socket.destroyed) socket.write(bytes.subarray(middle));
}

beforeAll(async () => {
  upstream = await startRawUpstream({
    request: (socket, request) => {
      if (request.head.includes('/v1/mutated')) {
        broken = socket;
        void write(socket, answer);
      } else socket.write(CLEAN);
    },
  });
  gateway = await startGateway(upstream.url, { timeouts: { clientHeadersMs: 200, clientRequestMs: 300 } });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

describe('bytes broken at random', () => {
  it('by the upstream never reach another call, and every call is recorded once', { timeout: 60_000 }, async () => {
    const harmed: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const random = seededRandom(1000 + round);
      answer = mutate(random.pick(ANSWERS), random);
      const before = gateway.exchanges.length;
      // An answer that has become one without end is ended.
      const timer = setTimeout(() => broken?.end(), 25);
      await call(gateway.port, { path: '/v1/mutated' }).catch(() => undefined);
      clearTimeout(timer);
      const next = await call(gateway.port, { path: '/v1/clean' });
      await gateway.recorded(before + 2);
      if (next.body.toString() !== 'clean' || gateway.exchanges.length !== before + 2) harmed.push(round);
    }
    expect(harmed).toEqual([]);
    expect(gateway.gateway.inFlight()).toBe(0);
    expect(gateway.reports.filter((report) => report.code === 'internal')).toEqual([]);
  });

  it('by the client never reach the upstream malformed', { timeout: 60_000 }, async () => {
    const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
    const one = async (round: number): Promise<void> => {
      const random = seededRandom(5000 + round);
      await sendRaw(gateway.port, mutate(random.pick(REQUESTS), random), { timeoutMs: 60 });
    };
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        for (let round = rounds.pop(); round !== undefined; round = rounds.pop()) await one(round);
      }),
    );
    expect(upstream.malformed).toEqual([]);
    expect((await call(gateway.port, { path: '/v1/clean' })).body.toString()).toBe('clean');
    await expect.poll(() => gateway.gateway.inFlight()).toBe(0);
    expect(gateway.reports.filter((report) => report.code === 'internal')).toEqual([]);
    expect(new Set(gateway.exchanges.map((exchange) => exchange.id)).size).toBe(gateway.exchanges.length);
  });
});
