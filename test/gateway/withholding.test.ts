/** In durable mode no client sees the end of an answer whose log is not committed; in fast mode nothing waits. */
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { StreamEnd } from '../../src/gateway/stream-end.ts';
import { call } from '../fakes/http-client.ts';
import { sendRaw } from '../fakes/raw-client.ts';
import { startRawUpstream } from '../fakes/raw-upstream.ts';
import { startGateway, type Overrides, type TestGateway } from './start-gateway.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  while (open.length > 0) await open.pop()!.close();
});

async function start(script: (socket: Socket) => void, overrides: Overrides): Promise<TestGateway> {
  const upstream = await startRawUpstream({ request: script });
  open.push(upstream);
  const gateway = await startGateway(upstream.url, overrides);
  open.push(gateway);
  return gateway;
}

/** A `record` that stays open until it is told. */
function latch(): { record: () => Promise<void>; commit: () => void } {
  let commit = (): void => {};
  const committed = new Promise<void>((resolve) => {
    commit = resolve;
  });
  return { record: () => committed, commit: () => commit() };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const SSE = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';
const DELTA = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const DONE = 'data: [DONE]\n\n';

const ANSWERS: { name: string; bytes: string; close?: boolean; method?: string; early: string; late: string }[] = [
  { name: 'a body with a length', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd', early: '', late: 'abcd' },
  {
    name: 'a body in chunks',
    bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('ab')}${chunk('cd')}0\r\n\r\n`,
    early: 'cd',
    late: '0\r\n\r\n',
  },
  {
    name: 'a body without a length',
    bytes: 'HTTP/1.1 200 OK\r\n\r\nabcd',
    close: true,
    early: 'abcd',
    late: '0\r\n\r\n',
  },
  { name: 'an empty body', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', early: '', late: 'HTTP/1.1 200' },
  { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', early: '', late: 'HTTP/1.1 204' },
  { name: '304', bytes: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', early: '', late: 'HTTP/1.1 304' },
  {
    name: 'HEAD',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
    method: 'HEAD',
    early: '',
    late: 'HTTP/1.1 200',
  },
  { name: 'a stream of OpenAI', bytes: `${SSE}${chunk(DELTA)}${chunk(DONE)}0\r\n\r\n`, early: DELTA, late: DONE },
  {
    name: 'a stream of Anthropic',
    bytes: `${SSE}${chunk('event: message_delta\ndata: {}\n\n')}${chunk('event: message_stop\ndata: {"type":"message_stop"}\n\n')}0\r\n\r\n`,
    early: 'message_delta',
    late: 'message_stop',
  },
  {
    name: 'a stream of responses',
    bytes: `${SSE}${chunk('event: response.created\ndata: {}\n\n')}${chunk('event: response.completed\ndata: {"response":{}}\n\n')}0\r\n\r\n`,
    early: 'response.created',
    late: 'response.completed',
  },
];

describe('the end of an answer', () => {
  it.each(ANSWERS)('waits for the commit in durable mode: $name', async ({ bytes, close, method, early, late }) => {
    const { record, commit } = latch();
    const gateway = await start(
      (socket) => {
        socket.write(bytes);
        if (close === true) setTimeout(() => socket.end(), 5);
      },
      { record },
    );
    const request = `${method ?? 'GET'} /v1/models HTTP/1.1\r\nHost: x\r\n\r\n`;
    let received = '';
    const answer = sendRaw(gateway.port, request, {
      until: (all) => {
        received = all.toString('latin1');
        return received.includes(late);
      },
    });
    await gateway.recorded(1);
    await pause(30);
    expect(received).not.toContain(late);
    expect(received).toContain(early);
    expect(gateway.gateway.inFlight()).toBe(1);
    commit();
    expect((await answer).received.toString('latin1')).toContain(late);
    expect(gateway.gateway.inFlight()).toBe(0);
  });

  it.each(ANSWERS)('waits for nothing in fast mode: $name', async ({ bytes, close, method, late }) => {
    const gateway = await start(
      (socket) => {
        socket.write(bytes);
        if (close === true) socket.end();
      },
      { durability: 'fast', record: () => new Promise(() => {}) },
    );
    open.pop(); // a record that never resolves keeps the call in flight: closed without waiting
    const request = `${method ?? 'GET'} /v1/models HTTP/1.1\r\nHost: x\r\n\r\n`;
    const { received } = await sendRaw(gateway.port, request, { until: (all) => all.includes(late) });
    expect(received.toString('latin1')).toContain(late);
    gateway.ingress.closeAllConnections();
    gateway.ingress.server.close();
    void gateway.gateway.close();
  });

  it('waits for the commit where the answer is an error of ours', async () => {
    const { record, commit } = latch();
    const gateway = await start(() => {}, { record });
    let answered = false;
    const answer = call(gateway.port, { path: '/nobody/x' }).then((one) => {
      answered = true;
      return one;
    });
    await gateway.recorded(1);
    await pause(20);
    expect(answered).toBe(false);
    commit();
    expect((await answer).status).toBe(404);
  });

  it('is seen even where the commit fails', async () => {
    const gateway = await start((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), {
      record: () => Promise.reject(new Error('broken')),
    });
    expect(await call(gateway.port)).toMatchObject({ status: 200, complete: true });
    expect(gateway.reports.map((report) => report.code)).toEqual(['internal']);
    expect(gateway.gateway.inFlight()).toBe(0);
  });

  it('has still ended where the client hangs up while only the end is missing', async () => {
    const { record, commit } = latch();
    const gateway = await start((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), { record });
    await sendRaw(gateway.port, 'GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n', { timeoutMs: 50 });
    commit();
    await pause(20);
    expect(gateway.exchanges.map((exchange) => exchange.ending)).toEqual(['ended']);
    expect(gateway.gateway.inFlight()).toBe(0);
  });
});

describe('the ending event of a stream', () => {
  it('is released at once where more data follows it', async () => {
    const { record, commit } = latch();
    const gateway = await start(
      (socket) => {
        socket.write(`${SSE}${chunk(DONE)}`);
        setTimeout(() => socket.write(chunk(': more\n\n')), 60);
      },
      { record },
    );
    let before = '';
    const { received } = await sendRaw(gateway.port, 'GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n', {
      until: (all) => {
        if (!all.includes('more')) before = all.toString();
        return all.includes('more');
      },
    });
    expect(received.toString()).toContain('[DONE]');
    expect(before).not.toContain('[DONE]');
    expect(gateway.exchanges).toEqual([]);
    commit();
  });

  it('is released after 250 ms where the upstream does not end', async () => {
    const gateway = await start((socket) => socket.write(`${SSE}${chunk(DELTA)}${chunk(DONE)}`), {});
    const start_ = performance.now();
    await sendRaw(gateway.port, 'GET /v1/x HTTP/1.1\r\nHost: x\r\n\r\n', { until: (all) => all.includes('[DONE]') });
    expect(performance.now() - start_).toBeGreaterThanOrEqual(240);
    expect((await gateway.recorded(1))[0]!.ending).toBe('client_aborted');
  });

  const STREAMS = [
    { name: 'OpenAI', before: DELTA.repeat(2), end: DONE },
    { name: 'OpenAI without a blank', before: DELTA, end: 'data:[DONE]\n\n' },
    { name: 'OpenAI with CRLF', before: DELTA.replaceAll('\n', '\r\n'), end: 'data: [DONE]\r\n\r\n' },
    {
      name: 'Anthropic',
      before: 'event: ping\ndata: {}\n\n',
      end: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    },
    {
      name: 'responses',
      before: 'event: response.created\ndata: {}\n\n',
      end: `event: response.completed\ndata: {"a":"${'x'.repeat(200)}"}\n\n`,
    },
    { name: 'responses that failed', before: 'event: a\ndata: 1\n\n', end: 'event: response.failed\ndata: {}\n\n' },
  ];
  it.each(STREAMS)('is found wherever the stream is split: $name', ({ before, end }) => {
    const whole = Buffer.from(before + end);
    for (let first = 1; first < whole.length; first += 1) {
      for (const second of [whole.length, Math.min(whole.length, first + 3), Math.min(whole.length, first + 17)]) {
        const parts = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)];
        const watch = new StreamEnd();
        const found = parts.filter((part) => part.length > 0).map((part) => watch.isEnd(part));
        expect(found.at(-1), `split at ${first} and ${second}`).toBe(true);
      }
    }
  });

  it.each([
    { name: 'inside a text', bytes: 'data: {"content":"data: [DONE]"}\n\n' },
    { name: 'as the name of another event', bytes: 'event: message_stopped\ndata: {}\n\n' },
    { name: 'in a comment', bytes: ': event: message_stop\n\n' },
    { name: 'in an array', bytes: 'data: [1]\n\n' },
  ])('is not taken for one that only looks so: $name', ({ bytes }) => {
    expect(new StreamEnd().isEnd(Buffer.from(bytes))).toBe(false);
  });
});

it('waits in fast mode too while the recorder is behind', async () => {
  let behind = true;
  const { record, commit } = latch();
  const gateway = await start((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), {
    withholds: () => behind,
    record,
  });
  const answered: string[] = [];
  const waiting = call(gateway.port).then(() => answered.push('while behind'));
  await gateway.recorded(1);
  behind = false;
  await call(gateway.port);
  answered.push('afterwards');
  commit();
  await waiting;
  expect(answered).toEqual(['afterwards', 'while behind']);
});

describe.each([
  { durability: 'durable', fastLane: true },
  { durability: 'durable', fastLane: false },
  { durability: 'fast', fastLane: true },
  { durability: 'fast', fastLane: false },
] as const)('calls that run at the same time, $durability, fast lane: $fastLane', (mode) => {
  it('are reported once each, as ended, and leave the running ones', async () => {
    const script = (socket: Socket): unknown => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd');
    const gateway = await start(script, mode);
    // Kept alive: a connection that is to be closed is none for the fast lane.
    const agent = new Agent({ keepAlive: true });
    open.push({ close: async () => agent.destroy() });
    await Promise.all(Array.from({ length: 20 }, () => call(gateway.port, { agent })));
    await pause(20);
    expect(gateway.exchanges.map(({ ending }) => ending)).toEqual(Array.from({ length: 20 }, () => 'ended'));
    expect(new Set(gateway.exchanges.map(({ id }) => id)).size).toBe(20);
    expect(gateway.gateway.inFlight()).toBe(0);
  });
});
