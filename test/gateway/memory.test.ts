/** Large and endless bodies pass without being held (rows U11, C1): measured in a gateway process of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOnFreePort } from '../fakes/listen.ts';
import { createServer, type Server } from 'node:http';

const MIB = 1024 * 1024;
const ALLOWED_GROWTH = 32 * MIB;
const BLOCK = Buffer.alloc(64 * 1024, 'data: {"choices":[{"delta":{"content":"word "}}]}\n\n');

interface Report {
  rss: number;
  peak: number;
  exchanges: { ending: string; request: Side; response: Side }[];
}
interface Side {
  size: number;
  kept: number;
  truncated: boolean;
  sha256?: string;
}

let upstream: Server;
let child: ChildProcess;
let port: number;
let uploaded: { bytes: number; sha256: string };

/** Answers `/v1/down/<MiB>` with so much, `/v1/endless` for ever, and swallows what is posted. */
beforeAll(async () => {
  upstream = createServer((incoming, outgoing) => {
    const size = Number(/\/down\/(\d+)/.exec(incoming.url!)?.[1] ?? 0) * MIB;
    if (incoming.method === 'POST') {
      const hash = createHash('sha256');
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        bytes += chunk.length;
      });
      incoming.on('end', () => {
        uploaded = { bytes, sha256: hash.digest('hex') };
        outgoing.end('{}');
      });
      return;
    }
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    void pipeline(Readable.from(blocks(size === 0 ? Number.POSITIVE_INFINITY : size)), outgoing).catch(() => {});
  });
  const upstreamPort = await listenOnFreePort(upstream);
  child = fork(join(import.meta.dirname, 'gateway-process.ts'), [`http://127.0.0.1:${upstreamPort}`]);
  const [message] = (await once(child, 'message')) as [{ port: number }];
  port = message.port;
  // Only code is loaded before anything is measured; no large body has passed yet.
  for (let index = 0; index < 20; index += 1) await upload(100);
  await swallow(await get('/v1/down/1'));
});

afterAll(async () => {
  child.disconnect();
  await once(child, 'exit');
  upstream.closeAllConnections();
  upstream.close();
});

// When V8 collects is its own affair, more so beside other tests: what counts is that memory can stay this flat.
describe('the memory of the gateway', { retry: 2 }, () => {
  it('grows by less than 32 MB over a stream of 1 GB, which is counted and digested', { timeout: 60_000 }, async () => {
    const before = await report('mark');
    const hash = createHash('sha256');
    let size = 0;
    await pipeline(
      await get('/v1/down/1024'),
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          size += chunk.length;
          hash.update(chunk);
          done();
        },
      }),
    );
    const after = await report();
    expect(size).toBe(1024 * MIB);
    expect(after.peak - before.rss).toBeLessThan(ALLOWED_GROWTH);
    expect(after.exchanges.at(-1)).toMatchObject({
      ending: 'ended',
      response: { size, kept: 4 * MIB, truncated: true, sha256: hash.digest('hex') },
    });
  });

  it('grows by less than 32 MB over an upload of 100 MB', { timeout: 60_000 }, async () => {
    const before = await report('mark');
    await upload(100 * MIB);
    const after = await report();
    expect(after.peak - before.rss).toBeLessThan(ALLOWED_GROWTH);
    expect(after.exchanges.at(-1)).toMatchObject({
      ending: 'ended',
      request: { size: 100 * MIB, kept: 4 * MIB, truncated: true, sha256: uploaded.sha256 },
    });
  });

  it('grows by less than 32 MB while a client of an endless stream reads nothing', { timeout: 60_000 }, async () => {
    const before = await report('mark');
    const incoming = await get('/v1/endless');
    incoming.pause();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const after = await report();
    incoming.destroy();
    expect(after.peak - before.rss).toBeLessThan(ALLOWED_GROWTH);
    await expect.poll(async () => (await report()).exchanges.at(-1)?.ending).toBe('client_aborted');
  });
});

function* blocks(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= BLOCK.length) yield left >= BLOCK.length ? BLOCK : BLOCK.subarray(0, left);
}

async function get(path: string): Promise<IncomingMessage> {
  const outgoing = request({ port, host: '127.0.0.1', path, agent: false }).end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return incoming;
}

async function swallow(incoming: IncomingMessage): Promise<void> {
  incoming.resume();
  await once(incoming, 'end');
}

async function upload(size: number): Promise<void> {
  const outgoing = request({ port, host: '127.0.0.1', path: '/v1/files', method: 'POST', agent: false });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  await pipeline(Readable.from(blocks(size)), outgoing);
  const [incoming] = await answered;
  expect(incoming.statusCode).toBe(200);
  await swallow(incoming);
  expect(uploaded.bytes).toBe(size);
}

async function report(question: 'mark' | 'ask' = 'ask'): Promise<Report> {
  const answer = once(child, 'message') as Promise<[Report]>;
  child.send(question);
  return (await answer)[0];
}
