/** Upstreams that speak TLS, as every real provider does, through either lane. */
import { Agent } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf } from '../../src/model/exchange.ts';
import { call, errorOf } from '../fakes/http-client.ts';
import { listenOnFreePort } from '../fakes/listen.ts';
import { seededRandom } from '../fakes/random.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../fixtures/certificate.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

const EVENTS = Array.from({ length: 40 }, (_, index) => `data: {"index":${index}}\n\n`);

interface TlsUpstream {
  server: Server;
  port: number;
  /** Every connection that was ever opened, and those that are open. */
  opened: number;
  sockets: Set<TLSSocket>;
}

const closing: (() => Promise<void> | void)[] = [];
const trusted = getCACertificates('default');

/** `/v1/stream` sends events one by one, `/v1/cut` breaks off, all else is echoed. */
async function startTlsUpstream(): Promise<TlsUpstream> {
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      if (incoming.url === '/v1/stream') {
        outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
        const send = (index: number): void => {
          if (index === EVENTS.length) outgoing.end('data: [DONE]\n\n');
          else outgoing.write(EVENTS[index]!, () => setImmediate(send, index + 1));
        };
        send(0);
      } else if (incoming.url === '/v1/cut') {
        outgoing.writeHead(200, { 'content-length': 100 });
        outgoing.write('only this', () => incoming.socket.destroy());
      } else outgoing.end(Buffer.concat(chunks));
    });
  });
  const upstream: TlsUpstream = { server, port: await listenOnFreePort(server), opened: 0, sockets: new Set() };
  server.on('secureConnection', (socket) => {
    upstream.opened += 1;
    upstream.sockets.add(socket);
    socket.on('close', () => upstream.sockets.delete(socket));
  });
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return upstream;
}

async function start(url: string, fastLane: boolean): Promise<TestGateway> {
  const gateway = await startGateway(url, { fastLane });
  closing.push(() => gateway.close());
  return gateway;
}

beforeAll(() => setDefaultCACertificates([...trusted, CERTIFICATE]));

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.each([{ fastLane: true }, { fastLane: false }])(
  'an upstream that speaks TLS, fast lane: $fastLane',
  (mode) => {
    it('gets and gives bodies of any size unchanged, over connections that are used again', async () => {
      const upstream = await startTlsUpstream();
      const gateway = await start(`https://127.0.0.1:${upstream.port}`, mode.fastLane);
      const agent = new Agent({ keepAlive: true });
      closing.push(() => agent.destroy());
      const random = seededRandom(7);
      for (const size of [0, 1, 100, 16_384, 16_385, 70_000, 1_000_000, 3]) {
        const body = random.bytes(size);
        const answer = await call(gateway.port, { method: 'POST', path: '/v1/echo', body, agent });
        expect(answer.status).toBe(200);
        expect(answer.body.equals(body), `${size} bytes`).toBe(true);
      }
      const exchanges = await gateway.recorded(8);
      expect(exchanges.map(({ ending }) => ending)).toEqual(Array.from({ length: 8 }, () => 'ended'));
      expect(Buffer.from(bytesOf(exchanges[3]!.response)).length).toBe(16_384);
      // Bodies that flow (more than the gateway collects first) go by the other client, which has its own connection.
      expect(upstream.opened).toBeLessThanOrEqual(2);
    });

    it('streams events as they come', async () => {
      const upstream = await startTlsUpstream();
      const gateway = await start(`https://127.0.0.1:${upstream.port}`, mode.fastLane);
      const answers = await Promise.all(Array.from({ length: 8 }, () => call(gateway.port, { path: '/v1/stream' })));
      for (const { body, complete } of answers) {
        expect(complete).toBe(true);
        expect(body.toString()).toBe(`${EVENTS.join('')}data: [DONE]\n\n`);
      }
    });

    it('is closed when the client goes, and its cuts reach the client as cuts', async () => {
      const upstream = await startTlsUpstream();
      const gateway = await start(`https://127.0.0.1:${upstream.port}`, mode.fastLane);
      const cut = await call(gateway.port, { path: '/v1/cut' });
      expect([cut.complete, cut.body.toString()]).toEqual([false, 'only this']);
      const abort = new AbortController();
      await call(gateway.port, { path: '/v1/stream', signal: abort.signal, onData: () => abort.abort() }).catch(
        () => {},
      );
      const exchanges = await gateway.recorded(2);
      expect(exchanges.map(({ ending }) => ending)).toEqual(['upstream_aborted', 'client_aborted']);
      await expect.poll(() => upstream.sockets.size).toBe(0);
    });

    it('is asked again on a new connection where it closed an idle one', async () => {
      const upstream = await startTlsUpstream();
      const gateway = await start(`https://127.0.0.1:${upstream.port}`, mode.fastLane);
      for (let round = 0; round < 5; round += 1) {
        expect((await call(gateway.port, { method: 'POST', path: '/v1/echo', body: 'a' })).body.toString()).toBe('a');
        for (const socket of upstream.sockets) socket.end();
        await expect.poll(() => upstream.sockets.size).toBe(0);
      }
      expect(upstream.opened).toBe(5);
    });

    it('is not talked to where its certificate is not trusted', async () => {
      setDefaultCACertificates(trusted);
      try {
        const upstream = await startTlsUpstream();
        const gateway = await start(`https://127.0.0.1:${upstream.port}`, mode.fastLane);
        const answer = await call(gateway.port, { method: 'POST', path: '/v1/echo', body: 'secret' });
        expect(answer.status).toBe(502);
        expect(errorOf(answer).code).toBe('upstream_unreachable');
        expect(upstream.opened).toBe(0);
      } finally {
        setDefaultCACertificates([...trusted, CERTIFICATE]);
      }
    });
  },
);
