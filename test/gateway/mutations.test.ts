/** Bytes broken at random, from either side: the gateway answers or closes, records each call once, and goes on. */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../fakes/http-client.ts';
import { seededRandom } from '../fakes/random.ts';
import { sendRaw } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawUpstream } from '../fakes/raw-upstream.ts';
import { ANSWERS, mutate, REQUESTS } from './mutated.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

const ROUNDS = 600;
const CLEAN = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nclean');
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
