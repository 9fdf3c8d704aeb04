/** Guardrails on the way of a call: what is held back for them, what they stop, and what passes as if there were none. */
import { Agent, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Guardrails } from '../../src/gateway/guard.ts';
import { bytesOf, type Exchange, type InlineEvaluation } from '../../src/model/exchange.ts';
import { guardrailSchema, type OwnedGuardrail } from '../../src/model/guardrail.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { ScoreValue } from '../../src/model/score.ts';
import { call, errorOf, type HttpCall } from '../fakes/http-client.ts';
import { type HttpUpstream, startHttpUpstream } from '../fakes/http-upstream.ts';
import { startRawUpstream } from '../fakes/raw-upstream.ts';
import { type Overrides, startGateway, type TestGateway } from './start-gateway.ts';

const ran = { durationMs: 1, printed: '' };
const scored = (value: ScoreValue): Outcome => ({
  outcome: 'scored',
  scores: [{ name: 'pii', value, reason: null }],
  ...ran,
});
const FAILED: Outcome = { outcome: 'failed', code: 'threw', message: 'boom', retryable: true, ...ran };
const QUESTION = '{"model":"m","messages":[{"role":"user","content":"Hello"}]}';
const ANSWER = '{"choices":[{"message":{"content":"Hi"}}]}';
const EVENTS = ['data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n', 'data: [DONE]\n\n'];

type Given = Partial<OwnedGuardrail> & Pick<OwnedGuardrail, 'on'>;

function guardrail({ projectId = null, ...given }: Given): OwnedGuardrail {
  const action = given.action ?? 'block';
  const blockIf = action === 'block' ? { blockIf: { equals: true } } : {};
  return { ...guardrailSchema.parse({ name: 'no-pii', evaluator: 'pii', action, ...blockIf, ...given }), projectId };
}

interface Looking extends Guardrails {
  seen: Exchange[];
}

/** Gives each of these outcomes in turn, the last again and again. */
function looking(list: OwnedGuardrail[], ...outcomes: (Outcome | undefined | Promise<Outcome>)[]): Looking {
  const seen: Exchange[] = [];
  return {
    seen,
    list: () => list,
    async look(guardrails, exchange) {
      seen.push(exchange);
      const outcome = await (outcomes.length > 1 ? outcomes.shift() : outcomes[0]);
      return guardrails.map(({ evaluator }): InlineEvaluation | undefined =>
        outcome === undefined ? undefined : { evaluator, evaluatorVersion: 'v1', outcome, atMs: 5 },
      );
    },
  };
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  while (open.length > 0) await open.pop()!.close();
});

const answerPlainly = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER);
};
const stream = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of EVENTS) response.write(event);
  response.end();
};

const post = (changes: HttpCall = {}): HttpCall => ({
  path: '/v1/chat/completions',
  headers: { 'content-type': 'application/json', 'content-length': String(QUESTION.length) },
  body: QUESTION,
  ...changes,
});

describe.each([
  { lane: 'fast', fastLane: true },
  { lane: 'ordinary', fastLane: false },
])('guardrails in the $lane lane', ({ fastLane }) => {
  async function start(
    guardrails: Guardrails | undefined,
    answer: (response: ServerResponse) => void = answerPlainly,
    overrides: Overrides = {},
  ): Promise<TestGateway & { upstream: HttpUpstream }> {
    const upstream = await startHttpUpstream((_seen, response) => answer(response));
    open.push(upstream);
    const gateway = await startGateway(upstream.url, { fastLane, guardrails, ...overrides });
    open.push(gateway);
    return { ...gateway, upstream };
  }

  describe('on the request', () => {
    it('stop a call before its upstream hears of it', async () => {
      const guardrails = looking([guardrail({ on: 'request' })], scored(true));
      const gateway = await start(guardrails);
      const answer = await call(gateway.port, post());
      expect(answer.status).toBe(400);
      expect(answer.headers).toMatchObject({
        'gradeway-error': 'guardrail_blocked',
        'gradeway-guardrail': 'no-pii=true',
        'helicone-status': 'failed',
      });
      const [exchange] = await gateway.recorded(1);
      expect(errorOf(answer)).toMatchObject({
        code: 'guardrail_blocked',
        type: 'invalid_request_error',
        log_id: exchange!.id,
        message: expect.stringContaining('no-pii'),
      });
      expect(gateway.upstream.seen).toEqual([]);
      expect(exchange).toMatchObject({ ending: 'refused', status: 400, errorCode: 'guardrail_blocked' });
      expect(Buffer.from(bytesOf(exchange!.request)).toString()).toBe(QUESTION);
      expect(exchange!.evaluations).toEqual([
        { evaluator: 'pii', evaluatorVersion: 'v1', outcome: scored(true), atMs: 5 },
      ]);
      expect(Buffer.from(bytesOf(guardrails.seen[0]!.request)).toString()).toBe(QUESTION);
    });

    it('say the words that they were given, and leave the connection open', async () => {
      const list = [guardrail({ on: 'request', message: 'Keep personal data out.' })];
      const gateway = await start(looking(list, scored(true), scored(false)));
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      expect(errorOf(await call(gateway.port, post({ agent }))).message).toBe('Keep personal data out.');
      expect((await call(gateway.port, post({ agent }))).status).toBe(200);
      agent.destroy();
    });

    it('let the same bytes pass where they have nothing against them, compressed ones too', async () => {
      const guardrails = looking([guardrail({ on: 'request' })], scored(false));
      const gateway = await start(guardrails);
      const body = gzipSync(QUESTION);
      const headers = { 'content-encoding': 'gzip', 'content-length': String(body.length), 'x-own': 'a' };
      const answer = await call(gateway.port, post({ body, headers }));
      expect(answer.body.toString()).toBe(ANSWER);
      expect(answer.headers['gradeway-guardrail']).toBeUndefined();
      expect(gateway.upstream.seen[0]!.body.equals(body)).toBe(true);
      expect(gateway.upstream.seen[0]!.headers).toMatchObject(headers);
      expect(Buffer.from(bytesOf(guardrails.seen[0]!.request)).equals(body)).toBe(true);
      const [exchange] = await gateway.recorded(1);
      expect(exchange).toMatchObject({ ending: 'ended', status: 200, errorCode: undefined });
      expect(exchange!.request.size).toBe(body.length);
    });

    it.each([
      { action: 'annotate' as const, outcome: scored(true), header: 'no-pii=true' },
      { action: 'annotate' as const, outcome: scored('r\u00fcde, =1'), header: 'no-pii=r%C3%BCde%2C%20%3D1' },
      { action: 'annotate' as const, outcome: FAILED, header: 'no-pii=failed:threw' },
      { action: 'log' as const, outcome: scored(true), header: undefined },
    ])('only say so where they $action: $header', async ({ action, outcome, header }) => {
      const gateway = await start(looking([guardrail({ on: 'request', action })], outcome));
      const answer = await call(gateway.port, post());
      expect([answer.status, answer.headers['gradeway-guardrail']]).toEqual([200, header]);
      expect((await gateway.recorded(1))[0]!.evaluations).toMatchObject([{ outcome }]);
    });

    it.each([
      { name: 'open', onFailure: 'open' as const, outcome: FAILED, status: 200, code: undefined },
      { name: 'closed', onFailure: 'closed' as const, outcome: FAILED, status: 424, code: 'guardrail_failed' },
      {
        name: 'closed, and skipped',
        onFailure: 'closed' as const,
        outcome: { outcome: 'skipped' as const, reason: 'paused', ...ran },
        status: 424,
        code: 'guardrail_failed',
      },
      {
        name: 'closed, and without an objection',
        onFailure: 'closed' as const,
        outcome: { outcome: 'abstained' as const, reason: null, ...ran },
        status: 200,
        code: undefined,
      },
      {
        name: 'closed, and not concerned',
        onFailure: 'closed' as const,
        outcome: undefined,
        status: 200,
        code: undefined,
      },
    ])('fail $name', async ({ onFailure, outcome, status, code }) => {
      const gateway = await start(looking([guardrail({ on: 'request', onFailure })], outcome));
      const answer = await call(gateway.port, post());
      expect([answer.status, answer.headers['gradeway-error']]).toEqual([status, code]);
      expect(gateway.upstream.seen).toHaveLength(status === 200 ? 1 : 0);
      expect((await gateway.recorded(1))[0]!.errorCode).toBe(code);
    });

    it.each<{ name: string; headers: Record<string, string> }>([
      { name: 'with a length', headers: { 'content-length': '3000' } },
      { name: 'in chunks', headers: { 'transfer-encoding': 'chunked' } },
    ])('leave bodies alone that are larger than they look at, or refuse them: $name', async ({ headers }) => {
      const limits = { guardrailBytes: 1024 };
      const body = 'x'.repeat(3000);
      const opened = looking([guardrail({ on: 'request' })], scored(true));
      const gateway = await start(opened, answerPlainly, { limits });
      expect((await call(gateway.port, post({ body, headers }))).status).toBe(200);
      expect(gateway.upstream.seen[0]!.body.toString()).toBe(body);
      expect(opened.seen).toEqual([]);
      const [exchange] = await gateway.recorded(1);
      expect(exchange!.later).toEqual([{ evaluator: 'pii', filter: undefined }]);
      expect(exchange!.request.size).toBe(3000);

      const closed = await start(looking([guardrail({ on: 'request', onFailure: 'closed' })]), answerPlainly, {
        limits,
      });
      const answer = await call(closed.port, post({ body, headers }));
      expect([answer.status, errorOf(answer).code]).toEqual([424, 'guardrail_failed']);
      expect(errorOf(answer).message).toContain('limits.guardrailBytes');
      expect(closed.upstream.seen).toEqual([]);
    });

    it('have nothing to look at where there is no body', async () => {
      const guardrails = looking([guardrail({ on: 'request', onFailure: 'closed' })], scored(true));
      const gateway = await start(guardrails);
      for (const method of ['GET', 'HEAD', 'DELETE'])
        expect((await call(gateway.port, { method, path: '/v1/models' })).status).toBe(200);
      expect(guardrails.seen).toEqual([]);
    });

    it('do not reach an upstream for a client that is gone meanwhile', async () => {
      const outcome = Promise.withResolvers<Outcome>();
      const guardrails = looking([guardrail({ on: 'request' })], outcome.promise);
      const gateway = await start(guardrails);
      const controller = new AbortController();
      const answer = call(gateway.port, post({ signal: controller.signal })).catch((error: Error) => error.name);
      await expect.poll(() => guardrails.seen.length).toBe(1);
      controller.abort();
      expect(await answer).toBe('AbortError');
      const [exchange] = await gateway.recorded(1);
      expect(exchange).toMatchObject({ ending: 'client_aborted', status: undefined });
      expect(exchange!.request.size).toBe(QUESTION.length);
      outcome.resolve(scored(false));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(gateway.upstream.seen).toEqual([]);
      expect(gateway.exchanges).toHaveLength(1);
      expect(gateway.gateway.inFlight()).toBe(0);
    });

    it('are not waited for when the gateway stops', async () => {
      const guardrails = looking([guardrail({ on: 'request' })], new Promise<Outcome>(() => {}));
      const gateway = await start(guardrails);
      const answer = call(gateway.port, post());
      await expect.poll(() => guardrails.seen.length).toBe(1);
      await gateway.gateway.close();
      expect((await answer).status).toBe(503);
      expect(gateway.exchanges).toMatchObject([{ ending: 'interrupted', errorCode: 'draining' }]);
    });
  });

  describe('on the answer', () => {
    it('stop it before its client sees a byte', async () => {
      const guardrails = looking([guardrail({ on: 'response' })], scored(true));
      const gateway = await start(guardrails);
      const answer = await call(gateway.port, post());
      expect(answer.status).toBe(400);
      expect(answer.body.toString()).not.toContain('Hi');
      expect(answer.headers['gradeway-guardrail']).toBe('no-pii=true');
      const [exchange] = await gateway.recorded(1);
      expect(exchange).toMatchObject({ ending: 'refused', status: 400, errorCode: 'guardrail_blocked' });
      expect(Buffer.from(bytesOf(exchange!.response)).toString()).toBe(ANSWER);
      expect(guardrails.seen[0]).toMatchObject({ status: 200, id: exchange!.id });
      expect(Buffer.from(bytesOf(guardrails.seen[0]!.response)).toString()).toBe(ANSWER);
      expect(Buffer.from(bytesOf(guardrails.seen[0]!.request)).toString()).toBe(QUESTION);
    });

    it.each([
      { name: 'with a length', answer: answerPlainly },
      {
        name: 'in chunks with trailers',
        answer: (response: ServerResponse) => {
          response.writeHead(201, 'Made', ['Trailer', 'x-sum', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
          for (let index = 0; index < 5; index += 1) response.write(`part ${index}`);
          response.addTrailers([['x-sum', 'abc']]);
          response.end();
        },
      },
    ])('let it pass as it came: $name', async ({ answer }) => {
      const plain = await start(undefined, answer);
      const guarded = await start(looking([guardrail({ on: 'response' })], scored(false)), answer);
      const [one, other] = [await call(plain.port, post()), await call(guarded.port, post())];
      const withoutIds = (headers: string[]): string[] =>
        headers.filter((header, index) => !/-id$|^date$/i.test(index % 2 === 0 ? header : headers[index - 1]!));
      expect(other.body.equals(one.body)).toBe(true);
      expect([other.status, other.reason, other.rawTrailers]).toEqual([one.status, one.reason, one.rawTrailers]);
      expect(withoutIds(other.rawHeaders)).toEqual(withoutIds(one.rawHeaders));
    });

    it('tell what they found by a header that no upstream can give', async () => {
      const gateway = await start(
        looking([guardrail({ on: 'response', action: 'annotate' })], scored(0.25)),
        (response) => response.writeHead(200, { 'Gradeway-Guardrail': 'no-pii=false' }).end(ANSWER),
      );
      expect((await call(gateway.port, post())).headers['gradeway-guardrail']).toBe('no-pii=0.25');
    });

    it('are told of together with those of the request, and the last look of an evaluator counts', async () => {
      const list = [
        guardrail({ on: 'request', action: 'annotate', name: 'before' }),
        guardrail({ on: 'response', action: 'annotate', name: 'after' }),
      ];
      const gateway = await start(looking(list, scored(1), scored(2)));
      expect((await call(gateway.port, post())).headers['gradeway-guardrail']).toBe('before=1, after=2');
      expect((await gateway.recorded(1))[0]!.evaluations).toMatchObject([{ outcome: scored(2) }]);
    });

    it('leave errors of the provider alone, and answers without a body', async () => {
      const guardrails = looking([guardrail({ on: 'response', onFailure: 'closed' })], scored(true));
      const statuses = [429, 500, 204, 200];
      const gateway = await start(guardrails, (response) => response.writeHead(statuses.shift()!).end());
      for (const status of [429, 500, 204]) expect((await call(gateway.port, post())).status).toBe(status);
      expect((await call(gateway.port, { method: 'HEAD' })).status).toBe(200);
      expect(guardrails.seen).toEqual([]);
    });

    it('let a stream pass where they do not hold it, and leave it to a job', async () => {
      const filter = { field: 'model' as const, equals: 'm' };
      const guardrails = looking([guardrail({ on: 'response', filter, onFailure: 'closed' })], scored(true));
      const gateway = await start(guardrails, stream);
      const answer = await call(gateway.port, post());
      expect([answer.status, answer.body.toString()]).toEqual([200, EVENTS.join('')]);
      expect(guardrails.seen).toEqual([]);
      expect((await gateway.recorded(1))[0]!.later).toEqual([{ evaluator: 'pii', filter }]);
    });

    it.each([
      { name: 'passes', value: false, status: 200 },
      { name: 'is stopped', value: true, status: 400 },
    ])('hold a stream until it is over where they are told to: it $name', async ({ value, status }) => {
      const ended = Promise.withResolvers<void>();
      const guardrails = looking([guardrail({ on: 'response', holdStreams: true })], scored(value));
      const gateway = await start(guardrails, (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(EVENTS[0]);
        void ended.promise.then(() => response.end(EVENTS[1]));
      });
      let seen = 0;
      const answer = call(gateway.port, post({ onData: (chunk) => (seen += chunk.length) }));
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect(seen).toBe(0);
      ended.resolve();
      const { status: got, body: bytes } = await answer;
      expect(got).toBe(status);
      expect(bytes.toString().includes('"Hi"')).toBe(!value);
      expect([EVENTS.join('') === bytes.toString(), value]).toEqual([!value, value]);
      expect(Buffer.from(bytesOf(guardrails.seen[0]!.response)).toString()).toBe(EVENTS.join(''));
    });

    it('look at a held stream that is over while its upstream stays on the line', async () => {
      const upstream = await startRawUpstream({
        request: (socket) =>
          void socket.write(
            `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${EVENTS.map(
              (event) => `${event.length.toString(16)}\r\n${event}\r\n`,
            ).join('')}`,
          ),
      });
      open.push(upstream);
      const guardrails = looking([guardrail({ on: 'response', holdStreams: true })], scored(false));
      const gateway = await startGateway(upstream.url, { fastLane, guardrails });
      open.push(gateway);
      const controller = new AbortController();
      let seen = '';
      void call(gateway.port, post({ signal: controller.signal, onData: (chunk) => (seen += chunk.toString()) })).catch(
        () => {},
      );
      await expect.poll(() => seen, { timeout: 2000 }).toBe(EVENTS.join(''));
      expect(guardrails.seen).toHaveLength(1);
      controller.abort();
      expect(await gateway.recorded(1)).toMatchObject([{ ending: 'client_aborted', status: 200 }]);
    });

    it('leave answers alone that are larger than they look at, or refuse them', async () => {
      const limits = { guardrailBytes: 1024 };
      const parts = Array.from({ length: 40 }, (_, index) => String(index).repeat(100));
      const large = (response: ServerResponse): void => {
        response.writeHead(200, { 'content-type': 'application/json' });
        for (const part of parts) response.write(part);
        response.end();
      };
      const opened = looking([guardrail({ on: 'response' })], scored(true));
      const gateway = await start(opened, large, { limits });
      expect((await call(gateway.port, post())).body.toString()).toBe(parts.join(''));
      expect(opened.seen).toEqual([]);
      expect((await gateway.recorded(1))[0]!.later).toHaveLength(1);

      const closed = await start(looking([guardrail({ on: 'response', onFailure: 'closed' })]), large, { limits });
      const answer = await call(closed.port, post());
      expect([answer.status, errorOf(answer).code]).toEqual([424, 'guardrail_failed']);
      expect((await closed.recorded(1))[0]).toMatchObject({ ending: 'refused', errorCode: 'guardrail_failed' });
    });

    it('let go of an answer for a client that is gone meanwhile', async () => {
      const outcome = Promise.withResolvers<Outcome>();
      const guardrails = looking([guardrail({ on: 'response' })], outcome.promise);
      const gateway = await start(guardrails);
      const controller = new AbortController();
      void call(gateway.port, post({ signal: controller.signal })).catch(() => {});
      await expect.poll(() => guardrails.seen.length).toBe(1);
      controller.abort();
      expect(await gateway.recorded(1)).toMatchObject([{ ending: 'client_aborted', status: undefined }]);
      outcome.resolve(scored(true));
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(gateway.exchanges).toHaveLength(1);
      // The connection to the upstream is not taken from whoever has it by now.
      expect((await call(gateway.port, post())).status).toBe(400);
    });

    it('tell of an upstream that broke off what its client has not begun to read', async () => {
      const guardrails = looking([guardrail({ on: 'response' })], scored(false));
      const gateway = await start(guardrails, (response) => {
        response.writeHead(200, { 'content-length': 100 }).write('half');
        setTimeout(() => response.destroy(), 20);
      });
      const answer = await call(gateway.port, post());
      expect([answer.status, errorOf(answer).code]).toEqual([502, 'upstream_unreachable']);
      expect(guardrails.seen).toEqual([]);
    });

    it('let nobody see the end before the log is committed', async () => {
      const commit = Promise.withResolvers<void>();
      const gateway = await start(looking([guardrail({ on: 'response' })], scored(false)), answerPlainly, {
        record: () => commit.promise,
      });
      let isAnswered = false;
      const answer = call(gateway.port, post()).finally(() => (isAnswered = true));
      await gateway.recorded(1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(isAnswered).toBe(false);
      commit.resolve();
      expect((await answer).body.toString()).toBe(ANSWER);
    });
  });

  it('are not asked about calls that their filter rules out by the head, and are where it takes the body', async () => {
    const property = { property: 'Environment', equals: 'production' };
    const guardrails = looking([guardrail({ on: 'request', filter: property })], scored(true));
    const gateway = await start(guardrails);
    const from = (environment: string): HttpCall =>
      post({
        headers: { 'content-length': String(QUESTION.length), 'Gradeway-Property-Environment': environment },
      });
    expect((await call(gateway.port, from('staging'))).status).toBe(200);
    expect(guardrails.seen).toEqual([]);
    expect((await call(gateway.port, from('production'))).status).toBe(400);

    const byModel = looking([guardrail({ on: 'request', filter: { field: 'model', equals: 'other' } })], undefined);
    const asking = await start(byModel);
    expect((await call(asking.port, post())).status).toBe(200);
    expect(byModel.seen).toHaveLength(1);
  });

  it('of another project, and on calls of our own, are not asked', async () => {
    const list = [
      guardrail({ on: 'request', projectId: 'project-2' }),
      guardrail({ on: 'response', projectId: 'project-2' }),
    ];
    const foreign = looking(list, scored(true));
    expect((await call((await start(foreign)).port, post())).status).toBe(200);
    expect(foreign.seen).toEqual([]);

    const ours = looking([guardrail({ on: 'request' }), guardrail({ on: 'response' })], scored(true));
    const gateway = await start(ours);
    const answer = await gateway.gateway.call({
      projectId: 'project-1',
      path: '/openai/v1/chat/completions',
      headers: {},
      body: QUESTION,
      properties: {},
      timeoutMs: 2000,
    });
    expect(answer?.status).toBe(200);
    expect(ours.seen).toEqual([]);
  });

  it('keep fifty calls at once apart', async () => {
    const list = [guardrail({ on: 'request' }), guardrail({ on: 'response' })];
    const gateway = await start({
      list: () => list,
      async look(guardrails, exchange) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        const stops = Buffer.from(bytesOf(exchange.request)).toString().includes('"stop":true');
        return guardrails.map(({ evaluator }) => ({
          evaluator,
          evaluatorVersion: 'v1',
          outcome: scored(stops),
          atMs: 1,
        }));
      },
    });
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const body = JSON.stringify({ number: index, stop: index % 3 === 0 });
        return (await call(gateway.port, post({ body, headers: { 'content-length': String(body.length) } }))).status;
      }),
    );
    expect(statuses).toEqual(Array.from({ length: 50 }, (_, index) => (index % 3 === 0 ? 400 : 200)));
    expect(gateway.upstream.seen).toHaveLength(33);
    expect(await gateway.recorded(50)).toHaveLength(50);
    expect(gateway.gateway.inFlight()).toBe(0);
  });
});
