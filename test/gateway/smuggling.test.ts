/**
 * Request smuggling over raw sockets (row C4): whatever a client sends, the upstream sees no request or one that is well
 * formed, and never bytes that it could take for another. Each vector runs alone and behind an ordinary request on a
 * connection that stays open.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawUpstream } from '../fakes/raw-upstream.ts';
import { HOST, VECTORS } from './smuggling-vectors.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

let upstream: RawUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startRawUpstream({
    request: (socket, request) => {
      const body = Buffer.from(`seen:${request.head.split(' ')[1]}`);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body.toString()}`);
    },
  });
  gateway = await startGateway(upstream.url, { timeouts: { headersMs: 2000 } });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const ORDINARY = `GET /v1/MARKED/first HTTP/1.1\r\n${HOST}\r\n`;

describe('a smuggling vector', () => {
  it('is one of at least 120', () => {
    expect(2 * VECTORS.length).toBeGreaterThanOrEqual(240);
    expect(new Set(VECTORS.map((vector) => vector.name)).size).toBe(VECTORS.length);
  });

  describe.each([
    { place: 'alone', before: '', first: 0 },
    { place: 'behind another request', before: ORDINARY, first: 1 },
  ])('$place', ({ before, first }) => {
    it.concurrent.each(VECTORS)(
      'reaches the upstream as nothing or as one request: $name',
      async ({ bytes, allowed }) => {
        // An own path per vector tells its requests apart from those of the others.
        const mark = `${first}-${String(VECTORS.findIndex((vector) => vector.bytes === bytes)).padStart(4, '0')}`;
        const marked = (text: string): string => text.replaceAll('MARKED', mark);
        const { received } = await sendRaw(
          gateway.port,
          [marked(before), marked(bytes)].filter((part) => part !== ''),
          {
            timeoutMs: 250,
            ready: (answered) => answered.includes('/first'),
          },
        );
        const seen = upstream.requests.filter((request) => request.head.includes(`/v1/${mark}/`));
        const own = seen.filter((request) => !request.head.includes('/smuggled') && !request.head.includes('/first'));
        const smuggled = seen.filter((request) => request.head.includes('/smuggled'));
        expect(seen.length - own.length - smuggled.length).toBe(first);
        expect(allowed === 'either' ? [0, 1] : [allowed]).toContain(own.length);
        // What follows a complete request may be one of its own, answered as such; it is never part of another's bytes.
        expect(smuggled.length).toBeLessThanOrEqual(allowed === 0 ? 0 : 1);
        const answers = received.toString('latin1').match(/HTTP\/1\.1 \d{3}/g) ?? [];
        expect(answers.length).toBeGreaterThanOrEqual(seen.length);
        for (const request of own) {
          const framings = request.headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
          expect(framings.length).toBeLessThanOrEqual(1);
          expect(request.headers.filter(([name]) => /^host$/i.test(name))).toHaveLength(1);
        }
      },
    );
  });

  it('leaves no bytes at the upstream that are not a request', () => {
    expect(upstream.malformed).toEqual([]);
  });
});
