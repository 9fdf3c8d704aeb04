/** The listening server: what goes to our API and what to the proxy, and how it stops. */
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { call, errorOf } from '../fakes/http-client.ts';
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

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}';
const SSE =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n2\r\n\n\n\r\n';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean, what: string): Promise<void> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > 3000) throw new Error(`never: ${what}`);
    await pause(1);
  }
}

async function idleConnection(
  port: number,
): Promise<{ socket: Socket; received: () => string; closed: () => boolean }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let closed = false;
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received: () => received, closed: () => closed };
}

describe('the choice between our API and the proxy', () => {
  const api: Overrides['api'] = {
    handles: (method, path) => (method === 'GET' && path === '/healthz') || path === '/v1/evals/scores',
    listener(incoming, outgoing) {
      let size = 0;
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      incoming.on('end', () => outgoing.end(`api ${incoming.url} ${size}`));
    },
  };
  it.each([
    { path: '/healthz', answer: 'api /healthz 0' },
    { path: '/healthz?full=1', answer: 'api /healthz?full=1 0' },
    { path: '/v1/evals/scores', answer: 'api /v1/evals/scores 0' },
    { path: '/v1/evals/scores/', answer: '{}' },
    { path: '/v1/evals/score', answer: '{}' },
    { path: '/openai/v1/evals/scores', answer: '{}' },
  ])('is made by method and exact path: $path', async ({ path, answer }) => {
    const { gateway } = await start({ request: (socket) => socket.write(OK) }, { api });
    expect((await call(gateway.port, { path })).body.toString()).toBe(answer);
  });

  it('looks at the method', async () => {
    const { gateway } = await start({ request: (socket) => socket.write(OK) }, { api });
    const answer = await call(gateway.port, { path: '/healthz', body: 'x' });
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'not_found']);
  });

  it('checks the Host header for the API too', async () => {
    const { gateway } = await start({}, { api, allowedHosts: new Set(['localhost']) });
    expect((await call(gateway.port, { path: '/healthz', headers: { Host: 'localhost' } })).status).toBe(200);
    const answer = await call(gateway.port, { path: '/healthz', headers: { Host: 'evil.example' } });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'invalid_host']);
  });

  it('asks for a body of the API with 100 Continue', async () => {
    const { gateway } = await start({}, { api });
    const head = 'POST /v1/evals/scores HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n';
    const { received } = await sendRaw(gateway.port, [head, 'abc'], {
      ready: (all) => all.includes('100 Continue'),
      until: (all) => all.includes('api'),
    });
    expect(received.toString()).toContain('api /v1/evals/scores 3');
  });
});

describe('what is no request', () => {
  it.each([
    { name: 'garbage', bytes: 'hello\r\n\r\n', status: 400 },
    { name: 'TLS', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
    { name: 'a broken header', bytes: 'GET /v1/x HTTP/1.1\r\nbroken\r\n\r\n', status: 400 },
    { name: 'HTTP/2', bytes: 'GET /v1/x HTTP/2.0\r\nHost: x\r\nConnection: close\r\n\r\n', status: 400 },
  ])('gets an answer that says so, and the connection closes: $name', async ({ bytes, status }) => {
    const { gateway } = await start({});
    const { received, closing } = await sendRaw(gateway.port, bytes, { until: () => false, timeoutMs: 1500 });
    expect(statusOf(received)).toBe(status);
    expect(received.toString()).toContain('"code":"invalid_request"');
    expect(closing).not.toBe('open');
  });

  it('breaks the connection and not the answer where it follows a request', async () => {
    const { gateway } = await start({ request: () => {} }, { fastLane: false });
    const { received, closing } = await sendRaw(
      gateway.port,
      ['GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n', 'garbage\r\n\r\n'],
      { pauseMs: 30 },
    );
    expect(closing).not.toBe('open');
    expect(received.toString()).toBe('');
    expect((await gateway.recorded(1))[0]!.ending).toBe('client_aborted');
  });

  it('is looked at in the fast lane when the answer before it is out', async () => {
    const { gateway } = await start(
      { request: (socket) => setTimeout(() => socket.write(OK), 60) },
      { fastLane: true },
    );
    const { received, closing } = await sendRaw(
      gateway.port,
      ['GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n', 'garbage\r\n\r\n'],
      { pauseMs: 30 },
    );
    expect(closing).not.toBe('open');
    expect(received.toString()).toMatch(/^HTTP\/1\.1 200 OK[^]*\{\}HTTP\/1\.1 400 [^]*"code":"invalid_request"/);
    expect((await gateway.recorded(1))[0]!.ending).toBe('ended');
  });
});

it('closes connections beyond their limit', async () => {
  const { gateway } = await start({ request: (socket) => socket.write(OK) }, { limits: { connections: 3 } });
  const idle = await Promise.all([1, 2, 3].map(() => idleConnection(gateway.port)));
  const { received, closing } = await sendRaw(gateway.port, 'GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n');
  expect([received.length, closing === 'open']).toEqual([0, false]);
  for (const { socket } of idle) socket.destroy();
  await pause(20);
  expect((await call(gateway.port)).status).toBe(200);
});

it('closes an idle connection when its time is over', async () => {
  const { gateway } = await start({ request: (socket) => socket.write(OK) }, { timeouts: { keepAliveMs: 100 } });
  const { closing, received } = await sendRaw(gateway.port, 'GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n', {
    timeoutMs: 4000,
  });
  expect([statusOf(received), closing]).toEqual([200, 'ended']);
});

describe('draining', () => {
  it('lets open calls end, answers new ones with 503, and closes idle connections', async () => {
    const waiting: Socket[] = [];
    const { gateway } = await start({ request: (socket) => waiting.push(socket) });
    const idle = await idleConnection(gateway.port);
    const busy = await idleConnection(gateway.port);
    busy.socket.write('GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => waiting.length === 1, 'the call is under way');
    const drained = gateway.ingress.drain();
    await until(idle.closed, 'the idle connection is closed');
    // A second request on the busy connection comes too late; one on a new connection finds nobody.
    busy.socket.write('GET /v1/late HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect(call(gateway.port)).rejects.toThrow(/ECONNREFUSED/);
    waiting[0]!.write(OK);
    await drained;
    await until(busy.closed, 'the busy connection is closed');
    expect(busy.received()).toContain('200 OK');
    expect(busy.received()).toMatch(/503 Service Unavailable[^]*"code":"draining"/);
    expect(gateway.exchanges).toMatchObject([{ ending: 'ended', path: '/v1/slow' }]);
  });

  it('interrupts what does not end in time, and records that', async () => {
    const { upstream, gateway } = await start(
      { request: (socket) => socket.write(SSE) },
      { timeouts: { drainMs: 100 } },
    );
    const agent = new Agent({ keepAlive: true });
    const answer = call(gateway.port, { agent });
    await until(() => gateway.gateway.inFlight() === 1 && upstream.requests.length === 1, 'the stream is open');
    await pause(20);
    await gateway.ingress.drain();
    expect((await answer).complete).toBe(false);
    expect(gateway.exchanges).toMatchObject([{ ending: 'interrupted', status: 200 }]);
    expect(Buffer.from(bytesOf(gateway.exchanges[0]!.response)).toString()).toBe('data: 1\n\n');
    expect(await upstream.closedWithin(200)).toBeLessThan(200);
    agent.destroy();
  });

  it('waits for the logs of the calls that it interrupts', async () => {
    let commit = (): void => {};
    const committed = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const { upstream, gateway } = await start({}, { timeouts: { drainMs: 30 }, record: () => committed });
    const answer = call(gateway.port);
    await until(() => upstream.requests.length === 1, 'the call is under way');
    let closed = false;
    const closing = gateway.gateway.close().then(() => {
      closed = true;
    });
    await pause(50);
    expect([closed, gateway.exchanges[0]!.ending]).toEqual([false, 'interrupted']);
    commit();
    await closing;
    expect([(await answer).status, errorOf(await answer).code]).toEqual([503, 'draining']);
    expect(gateway.exchanges).toMatchObject([{ status: 503, errorCode: 'draining' }]);
  });

  it('turns calls away once the gateway is closed', async () => {
    const { upstream, gateway } = await start({});
    await gateway.gateway.close();
    const answer = await call(gateway.port);
    expect([answer.status, errorOf(answer).code, upstream.requests]).toEqual([503, 'draining', []]);
  });
});
