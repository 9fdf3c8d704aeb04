/**
 * What Helicone's clients send, byte for byte as they and its documentation send it, over fetch: its own SDK and its manual
 * logger cannot be installed beside this version of the openai client.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { ASK, HELLO, MODEL, startConversation } from './conversation.ts';
import { type RunningGateway, startRunningGateway } from './running-gateway.ts';

interface Row {
  request_id: string;
  response_status: number;
  request_body: unknown;
  response_body: { choices?: { message: { content: string } }[] } | null;
  request_user_id: string | null;
  properties: Record<string, string>;
  scores: Record<string, number | string>;
  signed_body_url: string;
  cost: number | null;
  delay_ms: number;
  total_tokens: number;
  time_to_first_token: number | null;
}

/** A call as a user of Helicone makes it, whose id is chosen before. */
interface Said {
  id: string;
  headers: Record<string, string>;
}

const KEY = { Authorization: 'Bearer sk-helicone-abcdefg-abcdefg-abcdefg-abcdefg' };
const JSON_BODY = { 'Content-Type': 'application/json' };
const SESSION = 'ab264595-30be-4828-b401-3de6ea8446f5';

let folder: string;
let provider: LLMock;
let gateway: RunningGateway;
let calls: Said[];

beforeAll(async () => {
  provider = await startConversation();
  // Without evaluators: nothing is scored but by the clients.
  folder = await mkdtemp(join(tmpdir(), 'gradeway-no-evaluators-'));
  gateway = await startRunningGateway({ GRADEWAY_UPSTREAM_OPENAI_URL: provider.url, GRADEWAY_EVALUATORS: folder });
  calls = [
    {
      id: newId(),
      headers: {
        'Helicone-User-Id': 'abc@email.com',
        'Helicone-Property-Environment': 'production',
        'Helicone-Property-PromptVersion': 'v2',
      },
    },
    {
      id: newId(),
      headers: {
        'Helicone-Session-Id': SESSION,
        'Helicone-Session-Name': 'Trip',
        'Helicone-Session-Path': '/trip/flight',
        'Helicone-Property-Environment': 'staging',
      },
    },
    { id: newId(), headers: {} },
  ];
  for (const { id, headers } of calls) {
    await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        ...JSON_BODY,
        Authorization: 'Bearer sk-of-the-client',
        'Helicone-Auth': KEY.Authorization,
        'Helicone-Request-Id': id,
        ...headers,
      },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: ASK.hello }] }),
    }).then((answer) => answer.arrayBuffer());
  }
}, 60_000);
afterAll(async () => {
  await gateway?.close();
  await provider?.stop();
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body: unknown, headers: Record<string, string> = KEY): Promise<Response> =>
  fetch(gateway.url + path, { method: 'POST', headers: { ...JSON_BODY, ...headers }, body: JSON.stringify(body) });
const query = async (body: unknown, path = '/v1/request/query-clickhouse'): Promise<Row[]> => {
  const answer = await post(path, body);
  expect(answer.status).toBe(201);
  const { data, error } = (await answer.json()) as { data: Row[]; error: null };
  expect(error).toBeNull();
  return data;
};
const placesOf = (rows: Row[]): number[] => rows.map(({ request_id: id }) => calls.findIndex((call) => call.id === id));

describe('a query of requests', () => {
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();

  it.each<{ name: string; body: object; found: number[] }>([
    {
      name: 'the key test of the web application',
      body: {
        filter: 'all',
        isCached: false,
        limit: 10,
        offset: 0,
        sort: { created_at: 'desc' },
        isScored: false,
        isPartOfExperiment: false,
      },
      found: [2, 1, 0],
    },
    {
      name: "the requests page's",
      body: { filter: {}, offset: 0, limit: 25, sort: { created_at: 'desc' }, isCached: false },
      found: [2, 1, 0],
    },
    {
      name: "the export tool's",
      body: {
        filter: {
          left: {
            left: { request_response_rmt: { request_created_at: { gte: hourAgo } } },
            operator: 'and',
            right: { request_response_rmt: { request_created_at: { lt: inAnHour } } },
          },
          operator: 'and',
          right: { request_response_rmt: { properties: { environment: { equals: 'production' } } } },
        },
        limit: 1000,
        offset: 0,
        sort: { created_at: 'asc' },
        isCached: false,
        includeInputs: false,
        isScored: false,
        isPartOfExperiment: false,
      },
      found: [0],
    },
    {
      name: "the documentation's, of a user's requests to a model",
      body: {
        filter: {
          operator: 'and',
          right: { request_response_rmt: { model: { contains: 'gpt-4' } } },
          left: { request_response_rmt: { user_id: { equals: 'abc@email.com' } } },
        },
      },
      found: [0],
    },
    {
      name: "the documentation's, of a user before there was ClickHouse",
      body: { filter: { request: { user_id: { equals: 'abc@email.com' } } } },
      found: [0],
    },
    {
      name: "the sessions example's",
      body: { filter: { properties: { 'Helicone-Session-Id': { equals: SESSION } } } },
      found: [1],
    },
    {
      name: 'of the last hours, oldest client',
      body: { filter: { request: { created_at: { gte: hourAgo } } }, limit: 500 },
      found: [2, 1, 0],
    },
    { name: 'a connection test', body: { filter: { values: {} }, limit: 1 }, found: [2] },
    {
      name: "the documentation's property, in the case that it was sent in",
      body: { filter: { request_response_rmt: { properties: { PromptVersion: { equals: 'v2' } } } } },
      found: [0],
    },
  ])('finds the same in both of its paths: $name', async ({ body, found }) => {
    for (const path of ['/v1/request/query', '/v1/request/query-clickhouse'])
      expect(placesOf(await query(body, path))).toEqual(found);
    const count = await post('/v1/request/count/query', body);
    expect([count.status, await count.json()]).toEqual([
      200,
      { data: (body as { limit?: number }).limit === 1 ? calls.length : found.length, error: null },
    ]);
  });

  it('has rows from which the export tool makes its lines, bodies by address included', async () => {
    const [row] = await query({ filter: { request_response_rmt: { user_id: { equals: 'abc@email.com' } } } });
    expect(row).toMatchObject({
      response_status: 200,
      request_user_id: 'abc@email.com',
      request_properties: { environment: 'production', promptversion: 'v2' },
      request_model: MODEL,
      total_tokens: 18,
      prompt_tokens: 11,
      completion_tokens: 7,
    });
    expect(row!.cost).toBeGreaterThan(0);
    // As the export tool: no key is sent there.
    const bodies = await fetch(row!.signed_body_url);
    const { request, response } = (await bodies.json()) as { request: unknown; response: Row['response_body'] };
    expect(request).toEqual({ model: MODEL, messages: [{ role: 'user', content: ASK.hello }] });
    expect(response!.choices![0]!.message.content).toBe(HELLO);
    expect(row!.response_body).toEqual(response);
  });
});

describe('scores and feedback', () => {
  it('are posted for an id that was chosen before the call, and asked for by range in one call', async () => {
    const id = newId();
    const scores = { accuracy: 92, helpfulness: 80, is_safe: true, model_used: 'gpt-4o' };
    const scored = await post(`/v1/request/${id}/score`, { scores });
    expect([scored.status, await scored.json()]).toEqual([201, { data: null, error: null }]);
    await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...JSON_BODY, 'Helicone-Request-Id': id },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: ASK.hello }] }),
    }).then((answer) => answer.arrayBuffer());
    await gateway.logOf(id);
    for (const filter of [
      { accuracy: { gt: 90 } },
      { accuracy: { gte: 92 } },
      { accuracy: { lte: 92 } },
      { helpfulness: { lt: 81 } },
      { accuracy: { equals: 92 } },
      { accuracy: { equals: '92' } },
      { 'is_safe-hcone-bool': { equals: '1' } },
      { model_used: { equals: 'gpt-4o' } },
    ]) {
      const rows = await query({ filter: { request_response_rmt: { scores: filter } } });
      expect([filter, rows.map((row) => row.request_id)]).toEqual([filter, [id]]);
    }
    expect(await query({ filter: { request_response_rmt: { scores: { accuracy: { gt: 92 } } } } })).toEqual([]);
    const [row] = await query({ filter: { request_response_rmt: { request_id: { equals: id } } } });
    expect(row!.scores).toMatchObject({ accuracy: 92, helpfulness: 80, 'is_safe-hcone-bool': 1, model_used: 'gpt-4o' });
    const names = (await (await fetch(`${gateway.url}/v1/evals/scores`, { headers: KEY })).json()) as {
      data: string[];
    };
    expect(names.data).toEqual(expect.arrayContaining(['accuracy', 'is_safe-hcone-bool', 'model_used']));
  });

  it("take feedback as the SDK's logFeedback and as the API sends it", async () => {
    const [first, second] = calls as [Said, Said, Said];
    const bySdk = await post(
      '/v1/feedback',
      { 'helicone-id': first.id, rating: true },
      { 'Helicone-Auth': KEY.Authorization },
    );
    expect([bySdk.status, await bySdk.json()]).toEqual([
      200,
      { message: 'Feedback added successfully.', helicone_id: first.id },
    ]);
    expect((await post(`/v1/request/${second.id}/feedback`, { rating: false })).status).toBe(201);
    const rated = { 'helicone-score-feedback': { equals: true } };
    expect(placesOf(await query({ filter: { request_response_rmt: rated } }))).toEqual([0]);
    expect(placesOf(await query({ filter: { feedback: { rating: { equals: true } } } }))).toEqual([0]);
  });

  it('take a UUID of the seventh version as the id of a call, which Helicone replaces', async () => {
    expect(calls.every(({ id }) => id[14] === '7')).toBe(true);
    expect(placesOf(await query({ filter: 'all', limit: 1000 })).filter((place) => place >= 0)).toEqual([2, 1, 0]);
  });
});

describe('the manual logger', () => {
  const startedAt = Date.now() - 1500;
  const sent = (changes: object): object => ({
    providerRequest: { url: 'custom-model-nopath', json: { model: 'my-model', prompt: 'Say hello' }, meta: {} },
    providerResponse: { headers: {}, status: 200, json: {} },
    timing: {
      startTime: { seconds: Math.trunc(startedAt / 1000), milliseconds: startedAt % 1000 },
      endTime: { seconds: Math.trunc((startedAt + 1234) / 1000), milliseconds: (startedAt + 1234) % 1000 },
    },
    ...changes,
  });
  const events = [
    'data: {"id":"c-1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}',
    'data: {"id":"c-1","choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}]}',
    'data: [DONE]',
    '',
  ].join('\n\n');

  it.each<{ name: string; kind: string; body: object; shown: object }>([
    {
      name: 'a result',
      kind: 'custom',
      body: sent({ providerResponse: { headers: {}, status: 200, json: { text: 'Hello' } } }),
      shown: { response_body: { text: 'Hello' }, request_body: { model: 'my-model', prompt: 'Say hello' } },
    },
    {
      name: 'a call of a tool',
      kind: 'custom',
      body: sent({
        providerRequest: {
          url: 'custom-model-nopath',
          json: { _type: 'tool', toolName: 'weather', input: { city: 'Paris' } },
          meta: {},
        },
        providerResponse: { headers: {}, status: 200, json: { output: 'sunny', _type: 'tool', toolName: 'weather' } },
      }),
      shown: { request_body: { toolName: 'weather' }, response_body: { output: 'sunny', toolName: 'weather' } },
    },
    {
      name: 'a stream',
      kind: 'oai',
      body: {
        ...sent({
          providerRequest: {
            url: 'custom-model-nopath',
            json: { model: MODEL, messages: [{ role: 'user', content: 'Say hello' }], stream: true },
            meta: {},
          },
          providerResponse: { headers: {}, status: 200, json: {}, textBody: events },
          timing: {
            startTime: { seconds: Math.trunc(startedAt / 1000), milliseconds: startedAt % 1000 },
            endTime: { seconds: Math.trunc((startedAt + 1234) / 1000), milliseconds: (startedAt + 1234) % 1000 },
            timeToFirstToken: 321,
          },
        }),
        provider: 'OPENAI',
      },
      shown: { response_body: { choices: [{ message: { content: 'Hello' } }] }, time_to_first_token: 321 },
    },
  ])('logs $name, which is a request like any other', async ({ name, kind, body, shown }) => {
    const user = `logger of ${name}`;
    const answer = await post(`/${kind}/v1/log`, body, { ...KEY, 'Helicone-User-Id': user });
    expect([answer.status, await answer.text()]).toEqual([200, 'ok']);
    const id = answer.headers.get('helicone-id')!;
    await gateway.logOf(id);
    const [row] = await query({ filter: { request_response_rmt: { user_id: { equals: user } } } });
    expect(row).toMatchObject({ request_id: id, response_status: 200, delay_ms: 1234, ...shown });
  });
});

describe('the pages of users, sessions and properties', () => {
  it('show what was called', async () => {
    const users = await post('/v1/user/metrics/query', { filter: 'all', offset: 0, limit: 100 });
    const { data } = (await users.json()) as { data: { users: { user_id: string }[] } };
    expect(data.users).toContainEqual(expect.objectContaining({ user_id: 'abc@email.com', total_requests: 1 }));
    const sessions = await post('/v1/session/query', {
      search: '',
      timeFilter: { startTimeUnixMs: Date.now() - 3_600_000, endTimeUnixMs: Date.now() + 3_600_000 },
      timezoneDifference: new Date().getTimezoneOffset(),
      filter: 'all',
      nameEquals: 'Trip',
    });
    expect(await sessions.json()).toMatchObject({
      data: [{ session_id: SESSION, session_name: 'Trip', total_requests: 1, total_tokens: 18 }],
      error: null,
    });
    const properties = await post('/v1/property/query', {});
    expect(await properties.json()).toMatchObject({
      data: [{ property: 'environment' }, { property: 'promptversion' }],
    });
  });
});
