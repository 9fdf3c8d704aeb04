import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { Scope } from '../../src/model/key.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const SESSIONS = { timeFilter: { startTimeUnixMs: 0, endTimeUnixMs: 1 }, timezoneDifference: 0 };
const DAY = { start: '2026-07-01', end: '2026-07-02' };
const OVER_TIME = { userFilter: 'all', timeFilter: DAY, dbIncrement: 'hour', timeZoneDifference: 0 };
const ROUTES: { method: string; path: string; scope: Scope; body?: unknown; done: number }[] = [
  { method: 'POST', path: '/v1/request/ID/score', scope: 'score', body: { scores: { a: 1 } }, done: 201 },
  { method: 'POST', path: '/v1/request/ID/feedback', scope: 'score', body: { rating: true }, done: 201 },
  { method: 'POST', path: '/v1/feedback', scope: 'score', body: { 'helicone-id': 'x', rating: true }, done: 200 },
  { method: 'GET', path: '/v1/request/ID', scope: 'read', done: 200 },
  { method: 'HEAD', path: '/v1/request/ID', scope: 'read', done: 200 },
  { method: 'PUT', path: '/v1/request/ID/property', scope: 'score', body: { key: 'a', value: 'b' }, done: 404 },
  ...[
    { path: '/v1/property/query', body: {} },
    { path: '/v1/property/hidden/query', body: {} },
    { path: '/v1/property/environment/search', body: { searchTerm: '' } },
    { path: '/v1/property/environment/top-costs/query', body: { timeFilter: DAY } },
    { path: '/v1/property/environment/top-requests/query', body: { timeFilter: DAY } },
    { path: '/v1/property/properties/over-time', body: { ...OVER_TIME, propertyKey: 'environment' } },
    { path: '/v1/evals/query', body: { filter: 'all', timeFilter: DAY } },
    { path: '/v1/evals/score-distributions/query', body: { filter: 'all', timeFilter: DAY } },
    { path: '/v1/dashboard/scores/query', body: OVER_TIME },
    { path: '/v1/user/query', body: {} },
    { path: '/v1/user/metrics/query', body: { filter: 'all', offset: 0, limit: 10 } },
    { path: '/v1/user/metrics-overview/query', body: { filter: 'all', pSize: 'p75', useInterquartile: false } },
    { path: '/v1/session/query', body: { ...SESSIONS, search: '', filter: {} } },
    { path: '/v1/session/count', body: { ...SESSIONS, search: '', filter: {} } },
    { path: '/v1/session/name/query', body: { ...SESSIONS, nameContains: '' } },
    { path: '/v1/session/metrics/query', body: { ...SESSIONS, nameContains: '' } },
  ].map((route) => ({ ...route, method: 'POST', scope: 'read' as const, done: 200 })),
  { method: 'POST', path: '/v1/property/hide', scope: 'score', body: { key: 'unheard' }, done: 404 },
  { method: 'POST', path: '/v1/property/restore', scope: 'score', body: { key: 'unheard' }, done: 404 },
  { method: 'GET', path: '/v1/session/ID/tag', scope: 'read', done: 200 },
  { method: 'POST', path: '/v1/session/ID/tag', scope: 'score', body: { tag: 'a' }, done: 404 },
  { method: 'POST', path: '/v1/session/ID/feedback', scope: 'score', body: { rating: true }, done: 404 },
  { method: 'GET', path: '/v1/evals/scores', scope: 'read', done: 200 },
  { method: 'GET', path: '/metrics', scope: 'read', done: 200 },
  ...['custom', 'oai', 'anthropic', 'googleapis'].map((kind) => ({
    method: 'POST',
    path: `/${kind}/v1/log`,
    scope: 'ingest' as const,
    body: {
      providerRequest: { url: 'https://x.example.com/v1', json: {} },
      providerResponse: { json: {}, status: 200 },
    },
    done: 200,
  })),
];

describe('which paths are ours', () => {
  let api: ServedApi;
  beforeAll(async () => {
    api = await serveApi();
  });
  afterAll(() => api.close());

  it.each([
    { method: 'GET', path: '/v1/evals' },
    { method: 'POST', path: '/v1/evals' },
    { method: 'GET', path: '/v1/evals/eval_123' },
    { method: 'POST', path: '/v1/evals/eval_123' },
    { method: 'DELETE', path: '/v1/evals/eval_123' },
    { method: 'POST', path: '/v1/evals/scores' },
    { method: 'GET', path: '/v1/evals/scores/runs' },
    { method: 'GET', path: '/v1/request' },
    { method: 'GET', path: '/v1/request/' },
    { method: 'GET', path: '/v1/request/a/b' },
    { method: 'GET', path: '/v1/request/a/score' },
    { method: 'DELETE', path: '/v1/request/a' },
    { method: 'POST', path: '/v1/request/a' },
    { method: 'POST', path: '/v1/request/a/score/' },
    { method: 'POST', path: '/v1/Request/a/score' },
    { method: 'POST', path: '/v1/chat/completions' },
    { method: 'GET', path: '/v1/models' },
    { method: 'GET', path: '/v1/feedback' },
    { method: 'POST', path: '/openai/v1/log' },
    { method: 'GET', path: '/anthropic/v1/log' },
    { method: 'GET', path: '/oai/v1/models' },
    { method: 'POST', path: '/oai/v1/log/' },
    { method: 'GET', path: '/metrics/x' },
    { method: 'POST', path: '/' },
    { method: 'OPTIONS', path: '/v1/evals/scores' },
  ])('$method $path goes upstream', async ({ method, path }) => {
    expect((await api.call(method, path)).status).toBe(299);
  });

  it.each([
    { method: 'POST', path: '/healthz', allow: 'GET, HEAD' },
    { method: 'DELETE', path: '/readyz?x', allow: 'GET, HEAD' },
    { method: 'OPTIONS', path: '/metrics', allow: 'GET, HEAD' },
    { method: 'GET', path: '/oai/v1/log', allow: 'POST' },
    { method: 'HEAD', path: '/custom/v1/log', allow: 'POST' },
    { method: 'PUT', path: '/googleapis/v1/log', allow: 'POST' },
    { method: 'PROPFIND', path: '/healthz', allow: 'GET, HEAD' },
  ])('$method $path is answered with 405 and what it takes', async ({ method, path, allow }) => {
    const { status, headers, text } = await api.call(method, path);
    expect([status, headers.get('allow'), headers.get('gradeway-error')]).toEqual([405, allow, 'method_not_allowed']);
    const says = `${path.split('?')[0]} takes ${allow.replace(', ', ' and ')} only.`;
    expect(text).toContain(method === 'HEAD' ? '' : says);
  });

  it.each([
    { target: '/v1/request/../score' },
    { target: '/v1/request/%2e%2E/score' },
    { target: '/v1/request/./score' },
    { target: '/v1/request/a#/score' },
    { target: '/v1/request/a\\b/score' },
  ])('POST $target goes upstream as it is written', async ({ target }) => {
    expect(
      await raw(api.port, `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`),
    ).toContain('299');
  });

  it.each(ROUTES)('$method $path is ours, also with a query', async ({ method, path, body, done }) => {
    expect((await api.call(method, `${path}?x=/v1/models`, body)).status).toBe(done);
  });

  it('answers HEAD like GET, without a body', async () => {
    const { status, text, headers } = await api.call('HEAD', '/healthz');
    expect([status, text, headers.get('content-type')]).toEqual([200, '', 'application/json; charset=utf-8']);
  });

  it('answers 4xx to a Host header that is none', async () => {
    const answer = await raw(api.port, 'GET /healthz HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it('goes on after a client that left in the middle of its body', async () => {
    const socket = connect(api.port, '127.0.0.1');
    socket.write('POST /v1/request/a/score HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"scores"');
    await new Promise((done) => setTimeout(done, 50));
    socket.destroy();
    await new Promise((done) => setTimeout(done, 50));
    expect((await api.call('GET', '/healthz')).json).toEqual({ status: 'ok' });
    expect(api.lines).toEqual([]);
  });

  it('says whether it is ready', async () => {
    expect((await api.call('GET', '/readyz')).json).toEqual({ status: 'ready', checks: { store: 'ok' } });
    api.health = { ready: false, checks: { store: 'failing', oldestPendingJobSeconds: 90 } };
    const answer = await api.call('GET', '/readyz');
    expect(answer.status).toBe(503);
    expect(answer.json).toEqual({ status: 'not ready', checks: { store: 'failing', oldestPendingJobSeconds: 90 } });
  });

  it('shows its counters in the text format of Prometheus', async () => {
    const { headers, text } = await api.call('GET', '/metrics');
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(text).toContain('# TYPE gradeway_proxied_calls_total counter');
  });

  it.each([
    { name: 'a page of another site', headers: { 'sec-fetch-site': 'cross-site' } },
    { name: 'a page of another port', headers: { 'sec-fetch-site': 'same-site' } },
    { name: 'a foreign origin', headers: { origin: 'https://evil.example.com' } },
    { name: 'a page without an origin', headers: { origin: 'null' } },
  ])('refuses $name while there are no keys', async ({ headers }) => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const sent = request(
        `${api.url}/v1/request/a/score`,
        { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      sent.on('error', reject);
      sent.end('{"scores":{"a":1}}');
    });
    expect(status).toBe(403);
  });
});

describe('keys', () => {
  let api: ServedApi;
  let tokens: Record<'whole' | 'other' | 'revoked', string> & Record<Scope, string>;
  beforeAll(async () => {
    api = await serveApi();
    const token = async (scopes: Scope[], project?: string) => (await api.createKey(scopes, project)).token;
    const revoked = await api.createKey(['admin']);
    await api.store.keys.revoke(revoked.row.id, Date.now());
    tokens = {
      whole: await token(['ingest', 'score', 'read']),
      other: await token(['admin'], 'other'),
      revoked: revoked.token,
      ingest: await token(['ingest']),
      score: await token(['score']),
      read: await token(['read']),
      admin: await token(['admin']),
    };
    await api.keys.refresh();
  });
  afterAll(() => api.close());

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  describe.each(ROUTES)('$method $path', ({ method, path, scope, body, done }) => {
    it.each([
      { name: 'no key', headers: () => ({}), says: 'No authorization header' },
      {
        name: 'a stranger',
        headers: () => bearer('sk-helicone-1234567-1234567-1234567-1234567'),
        says: 'No API key found',
      },
      { name: 'a revoked key', headers: () => bearer(tokens.revoked), says: 'No API key found' },
      {
        name: 'a key with another scheme',
        headers: () => ({ authorization: `Basic ${tokens.admin}` }),
        says: 'No API key found',
      },
      { name: 'a key without a scheme', headers: () => ({ authorization: tokens.admin }), says: 'No API key found' },
    ])('refuses $name with 401', async ({ headers, says }) => {
      const answer = await api.call(method, path, body, headers());
      expect(answer.status).toBe(401);
      expect(answer.text).toBe(refusalOf(method, path, says));
    });

    it('refuses keys without its scope with 403, and says which it needs', async () => {
      const lacking = (['ingest', 'score', 'read'] as const).filter((one) => one !== scope);
      for (const one of lacking) {
        const answer = await api.call(method, path, body, bearer(tokens[one]));
        expect(answer.status).toBe(403);
        expect(answer.text).toContain(method === 'HEAD' ? '' : scope);
      }
    });

    it('takes its scope, all scopes and admin, in any of the headers', async () => {
      for (const token of [tokens[scope], tokens.whole, tokens.admin])
        expect((await api.call(method, path, body, bearer(token))).status).toBe(done);
      for (const header of ['helicone-auth', 'gradeway-auth', 'HELICONE-AUTH'])
        expect((await api.call(method, path, body, { [header]: `bearer ${tokens[scope]}` })).status).toBe(done);
    });
  });

  it('are not needed to ask whether the process lives', async () => {
    expect((await api.call('GET', '/healthz')).status).toBe(200);
    expect((await api.call('GET', '/readyz')).status).toBe(200);
  });

  it('hide what belongs to another project', async () => {
    const log = newLog();
    await api.store.logs.add([log], Date.now());
    const mine = await api.call('GET', `/v1/request/${log.id}`, undefined, bearer(tokens.whole));
    expect(mine.json).toMatchObject({ data: { request_id: log.id } });
    const theirs = await api.call('GET', `/v1/request/${log.id}`, undefined, bearer(tokens.other));
    expect(theirs.json).toEqual({ error: null });
  });

  it('keep scores of another project apart', async () => {
    const log = newLog();
    await api.store.logs.add([log], Date.now());
    await api.call('POST', `/v1/request/${log.id}/score`, { scores: { foreign: 1 } }, bearer(tokens.other));
    const { json } = await api.call('GET', `/v1/request/${log.id}`, undefined, bearer(tokens.whole));
    expect(json).toMatchObject({ data: { scores: {} } });
    const names = await api.call('GET', '/v1/evals/scores', undefined, bearer(tokens.whole));
    expect(names.text).not.toContain('foreign');
  });

  it('are counted when refused, and never written', async () => {
    const counted = async () =>
      (await api.metrics.authFailures.get()).values.find(({ labels }) => labels.surface === 'api')!.value;
    const before = await counted();
    await api.call('GET', '/v1/evals/scores', undefined, bearer(tokens.revoked));
    expect(await counted()).toBe(before + 1);
    const all = api.lines.join('') + (await api.metrics.registry.metrics());
    for (const token of Object.values(tokens)) expect(all).not.toContain(token);
  });

  it('survive what is put into the header', async () => {
    const attacks = [
      "' or 1=1 --",
      '" ; drop table keys',
      '\u00ff\u00fe',
      'a'.repeat(8000),
      '%00',
      '{"$ne":null}',
      '../../etc',
      '\t',
    ];
    for (const attack of attacks) {
      const answer = await api.call('GET', '/v1/evals/scores', undefined, bearer(attack));
      expect(answer.status).toBe(401);
    }
    expect((await api.call('GET', '/v1/evals/scores', undefined, bearer(tokens.read))).status).toBe(200);
  });
});

describe('one log', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
  });
  afterEach(() => api.close());

  it('is unknown in the two ways of Helicone', async () => {
    const id = newId();
    const plain = await api.call('GET', `/v1/request/${id}`);
    expect([plain.status, plain.text]).toEqual([200, '{"error":null}']);
    const bodies = await api.call('GET', `/v1/request/${id}?includeBody=true`);
    expect([bodies.status, bodies.text]).toEqual([200, '{"data":null,"error":null}']);
    expect((await api.call('GET', '/v1/request/a%20b')).status).toBe(422);
  });

  it("comes as Helicone's row, with bodies, properties, scores and evaluations", async () => {
    const log = newLog({
      evaluators: ['judge'],
      usage: {
        inputTokens: 100,
        cachedInputTokens: 30,
        cacheWriteTokens: 10,
        audioInputTokens: 5,
        outputTokens: 50,
        reasoningTokens: 20,
        audioOutputTokens: 4,
        estimated: false,
      },
    });
    await api.store.logs.add([log], Date.now());
    await api.call('POST', `/v1/request/${log.requestId}/score`, { scores: { safe: true } });
    const [job] = await api.store.jobs.claim({
      evaluators: ['judge'],
      limit: 1,
      nowMs: Date.now(),
      leaseUntilMs: Date.now() + 1000,
    });
    await api.store.jobs.complete([
      {
        job: job!,
        evaluatorVersion: 'v7',
        atMs: 1_800_000_000_000,
        retryAtMs: undefined,
        dead: false,
        outcome: {
          outcome: 'scored',
          scores: [{ name: 'quality', value: 7, reason: 'short' }],
          durationMs: 3,
          printed: 'thought about it',
        },
      },
    ]);
    const { json } = await api.call('GET', `/v1/request/${log.requestId}?includeBody=true`);
    expect(json).toMatchObject({
      error: null,
      data: {
        request_id: log.requestId,
        response_id: log.id,
        response_status: 200,
        request_created_at: '2026-09-21T14:13:20.000Z',
        request_user_id: 'ada',
        request_body: { model: 'gpt-4o' },
        response_body: { choices: [{ message: { content: 'Hi' } }] },
        provider: 'OPENAI',
        delay_ms: 20,
        model: 'gpt-4o-2024-08-06',
        request_model: 'gpt-4o',
        target_url: 'https://api.openai.com/v1/chat/completions',
        total_tokens: 150,
        prompt_tokens: 55,
        completion_tokens: 26,
        reasoning_tokens: 20,
        prompt_cache_read_tokens: 30,
        prompt_cache_write_tokens: 10,
        cost: 0.0000525,
        properties: {
          environment: 'production',
          'Helicone-Session-Id': 's-1',
          'Helicone-Session-Name': 'greeting',
          'Helicone-Session-Path': '/hello',
        },
        scores: { 'safe-hcone-bool': 1, quality: 7 },
        updated_at: '2027-01-15T08:00:00.000Z',
        gradeway: {
          log: {
            id: log.id,
            ending: 'ended',
            input: [{ role: 'user', text: 'Hello' }],
            output: { text: 'Hi' },
            requestHeaders: log.requestHeaders,
          },
          logsWithRequestId: 1,
          logIds: [log.id],
          evaluations: [{ evaluator: 'judge', evaluatorVersion: 'v7', outcome: 'scored', printed: 'thought about it' }],
        },
      },
    });
    const { gradeway } = (json as { data: { gradeway: { scores: { name: string }[]; log: object } } }).data;
    expect(gradeway.scores.find(({ name }) => name === 'quality')).toMatchObject({
      source: 'evaluator',
      evaluator: 'judge',
      reason: 'short',
    });
    expect(gradeway.log).not.toHaveProperty('requestBody');
  });

  it.each([
    {
      name: 'an upstream with a base path',
      log: { target: 'https://api.groq.com/openai', path: '/openai/v1/models?limit=2' },
      url: 'https://api.groq.com/openai/v1/models?limit=2',
    },
    {
      name: 'an upstream without one',
      log: { target: 'http://127.0.0.1:8000', path: '/v1/models' },
      url: 'http://127.0.0.1:8000/v1/models',
    },
    { name: 'an async log without a URL', log: { target: 'custom', path: 'my-model' }, url: 'my-model' },
    { name: 'no upstream', log: { target: '', path: '/nobody/v1' }, url: '/nobody/v1' },
  ])('says where a call went: $name', async ({ log: changes, url }) => {
    const log = newLog(changes);
    await api.store.logs.add([log], Date.now());
    expect((await api.call('GET', `/v1/request/${log.id}`)).json).toMatchObject({
      data: { request_path: url, target_url: url },
    });
  });

  it.each([
    { name: 'was named', log: { modelAsked: 'a', modelAnswered: 'b', model: 'mine' }, override: 'mine' },
    {
      name: 'is the one asked for, in place of the one that answered',
      log: { modelAsked: 'a', modelAnswered: 'b', model: 'a' },
      override: 'a',
    },
    { name: 'is all there is', log: { modelAsked: null, modelAnswered: null, model: 'mine' }, override: 'mine' },
    { name: 'answered', log: { modelAsked: 'a', modelAnswered: 'b', model: 'b' }, override: null },
    { name: 'was asked for', log: { modelAsked: 'a', modelAnswered: null, model: 'a' }, override: null },
    { name: 'is unknown', log: { modelAsked: null, modelAnswered: null, model: null }, override: null },
  ])('says which model was put in place of others: one that $name', async ({ log: changes, override }) => {
    const log = newLog(changes);
    await api.store.logs.add([log], Date.now());
    expect((await api.call('GET', `/v1/request/${log.id}`)).json).toMatchObject({
      data: { model: changes.model, model_override: override },
    });
  });

  it('says how many share its request id, and shows the newest', async () => {
    const requestId = newId();
    const older = newLog({ requestId });
    const newer = newLog({ requestId, startedAtMs: older.startedAtMs + 1 });
    await api.store.logs.add([older, newer], Date.now());
    expect((await api.call('GET', `/v1/request/${requestId}`)).json).toMatchObject({
      data: { response_id: newer.id, gradeway: { logsWithRequestId: 2, logIds: [newer.id, older.id] } },
    });
    expect((await api.call('GET', `/v1/request/${older.id}`)).json).toMatchObject({ data: { response_id: older.id } });
  });

  it.each([
    { name: 'a client that went away', changes: { ending: 'client_aborted' as const, status: 200 }, status: -3 },
    { name: 'a stream that fell silent', changes: { ending: 'timeout' as const, status: 200 }, status: -2 },
    {
      name: 'an upstream that never answered',
      changes: { ending: 'timeout' as const, status: 504, errorCode: 'upstream_timeout' },
      status: 504,
    },
    { name: 'a process that died', changes: { ending: 'interrupted' as const, status: null }, status: -100 },
  ])("gives $name Helicone's status", async ({ changes, status }) => {
    const log = newLog(changes);
    await api.store.logs.add([log], Date.now());
    expect((await api.call('GET', `/v1/request/${log.id}`)).json).toMatchObject({ data: { response_status: status } });
  });

  it('has null and not 0 for a cost and tokens that are unknown', async () => {
    const log = newLog({ costUsd: null, usage: null });
    await api.store.logs.add([log], Date.now());
    expect((await api.call('GET', `/v1/request/${log.id}`)).json).toMatchObject({
      data: { cost: null, total_tokens: null, prompt_tokens: null },
    });
  });

  it.each([
    { name: 'nested very deep', body: '['.repeat(200_000) + ']'.repeat(200_000) },
    { name: 'no JSON', body: '{"a":' },
    { name: 'no text', body: Buffer.from([0, 255, 254, 1]) },
    { name: 'empty', body: '' },
  ])('is readable where a body is $name', async ({ body }) => {
    const log = newLog({ requestBody: Buffer.from(body), responseBody: Buffer.from(body) });
    await api.store.logs.add([log], Date.now());
    const { status, json } = await api.call('GET', `/v1/request/${log.id}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ data: { request_id: log.requestId } });
  });
});

/** The body of a 401. */
function refusalOf(method: string, path: string, message: string): string {
  if (method === 'HEAD') return '';
  if (path.endsWith('/log')) return 'Unauthorized';
  return JSON.stringify(path === '/metrics' ? { error: message } : { error: message, trace: 'isAuthenticated.error' });
}

async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(text, 'latin1');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
