import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageId } from '../../src/model/delivery.ts';
import { newId } from '../../src/model/id.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
beforeEach(async () => {
  api = await serveApi();
});
afterEach(() => api.close());

const DESTINATION = 'https://hooks.example.com/a';
const rows = async () => ((await api.call('GET', '/v1/webhooks')).json as { data: Record<string, unknown>[] }).data;
const create = async (body: object = {}): Promise<Record<string, unknown>> => {
  const answer = await api.call('POST', '/v1/webhooks', { destination: DESTINATION, config: {}, ...body });
  expect(answer.status).toBe(200);
  return (answer.json as { data: Record<string, unknown>[] }).data[0]!;
};

describe('a webhook', () => {
  it('is created, listed, changed and deleted', async () => {
    const config = { sampleRate: 33.3, propertyFilters: [{ key: 'Environment', value: 'production' }] };
    const created = await create({ config, includeData: false });
    expect(created).toEqual({
      id: expect.any(String),
      created_at: expect.stringMatching(/Z$/),
      destination: DESTINATION,
      version: '2024-10-22',
      config: { ...config, includeData: false },
      hmac_key: expect.stringMatching(/^[0-9a-f]{64}$/),
      signing_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      updated_at: created.created_at,
      enabled: true,
      disabled_reason: null,
    });
    expect(await rows()).toEqual([created]);
    const put = await api.call('PUT', `/v1/webhooks/${String(created.id)}`, {
      destination: 'https://b.example.com/',
      config: {},
      enabled: false,
    });
    expect([put.status, await rows()]).toEqual([
      200,
      [
        {
          ...created,
          destination: 'https://b.example.com/',
          config: { sampleRate: 100, propertyFilters: [], includeData: true },
          updated_at: expect.any(String),
          enabled: false,
          disabled_reason: 'By request.',
        },
      ],
    ]);
    const deleted = await api.call('DELETE', `/v1/webhooks/${String(created.id)}`);
    expect([deleted.status, deleted.json, await rows()]).toEqual([201, { data: null, error: null }, []]);
  });

  it.each([
    { name: 'no body', body: undefined, status: 422 },
    { name: 'a list', body: [], status: 422 },
    { name: 'no destination', body: { config: {} }, status: 422, field: 'requestBody.destination' },
    { name: 'no config', body: { destination: DESTINATION }, status: 422, field: 'requestBody.config' },
    { name: 'a config that is a list', body: { destination: DESTINATION, config: [] }, status: 422 },
    { name: 'a word for includeData', body: { destination: DESTINATION, config: {}, includeData: 'yes' }, status: 422 },
    {
      name: 'what nobody knows',
      body: { destination: DESTINATION, config: {}, colour: 1 },
      status: 422,
      field: 'requestBody.colour',
    },
    ...[-1, 101, 'many', true, [], '1e309'].map((sampleRate) => ({
      name: `a sample rate of ${JSON.stringify(sampleRate)}`,
      body: { destination: DESTINATION, config: { sampleRate } },
      status: 400,
      error: 'Sample rate must be between 0 and 100',
    })),
    {
      name: 'filters that are an object',
      body: { destination: DESTINATION, config: { propertyFilters: { environment: 'production' } } },
      status: 400,
      error: 'Property filters must be an array',
    },
    {
      name: 'filters without values',
      body: { destination: DESTINATION, config: { propertyFilters: [{ key: 'a' }] } },
      status: 400,
      error: 'Property filters must be an array of objects with key and value properties',
    },
    { name: 'a private destination', body: { destination: 'https://10.0.0.1/', config: {} }, status: 400 },
    { name: 'a destination that is no URL', body: { destination: 'nowhere', config: {} }, status: 400 },
  ])('is refused with $name', async ({ body, status, ...expected }) => {
    const { field, error: message } = expected as { field?: string; error?: string };
    const answer = await api.call('POST', '/v1/webhooks', body);
    const { error = '', details = {} } = answer.json as { error?: string; details?: Record<string, unknown> };
    expect([answer.status, error.length > 0, Object.keys(details).length > 0]).toEqual([
      status,
      status === 400,
      status === 422,
    ]);
    expect([message ?? error, Object.keys(details)]).toEqual([
      error,
      field === undefined ? Object.keys(details) : [field],
    ]);
    expect(await rows()).toEqual([]);
  });

  it('is one of at most fifty', async () => {
    for (let index = 0; index < 50; index += 1) await create();
    const answer = await api.call('POST', '/v1/webhooks', { destination: DESTINATION, config: {} });
    expect([answer.status, answer.headers.get('gradeway-error')]).toEqual([400, 'invalid_webhook']);
  });

  it('is tested with a message shaped like a real one', async () => {
    const receiver = await startReceiver();
    const { id } = await create({ destination: receiver.url });
    const answer = await api.call('POST', `/v1/webhooks/${String(id)}/test`);
    expect([answer.status, answer.json]).toEqual([
      200,
      { data: { success: true, message: expect.stringContaining('200') }, error: null },
    ]);
    const sent = JSON.parse(receiver.received[0]!.body) as Record<string, unknown>;
    expect(sent).toMatchObject({ response_body: { choices: [{ message: { content: 'It has arrived.' } }] } });
    receiver.answer = (_received, outgoing) => outgoing.writeHead(500).end();
    const failed = await api.call('POST', `/v1/webhooks/${String(id)}/test`);
    expect([failed.status, failed.json]).toEqual([400, { data: null, error: 'It answered 500.' }]);
  });
});

describe('deliveries', () => {
  it('are read page by page, and sent again', async () => {
    const { id } = await create();
    const webhookId = String(id);
    const logs = [newLog(), newLog(), newLog()];
    for (const log of logs) await api.store.logs.add([{ ...log, webhooks: [webhookId] }], 1_790_000_000_000);
    type Page = { data: Record<string, unknown>[]; next: string | null };
    const first = (await api.call('GET', `/v1/webhooks/${webhookId}/deliveries?limit=2`)).json as Page;
    expect(first.data.map(({ log_id: logId }) => logId)).toEqual([logs[2]!.id, logs[1]!.id]);
    const last = (await api.call('GET', `/v1/webhooks/${webhookId}/deliveries?limit=2&cursor=${first.next}`))
      .json as Page;
    expect(last).toEqual({
      data: [
        {
          id: messageId(webhookId, logs[0]!.id),
          log_id: logs[0]!.id,
          request_id: logs[0]!.requestId,
          state: 'pending',
          attempts: 0,
          created_at: new Date(1_790_000_000_000).toISOString(),
          last_attempt: null,
          next_attempt_at: new Date(1_790_000_000_000).toISOString(),
        },
      ],
      next: null,
      error: null,
    });
    const again = (delivery: string) =>
      api.call('POST', `/v1/webhooks/${webhookId}/deliveries/${delivery}/redeliver`).then(({ status }) => status);
    expect(await again(messageId(webhookId, logs[0]!.id))).toBe(201);
    expect(await again(messageId(webhookId, newId()))).toBe(404);
    expect(await again(messageId(newId(), logs[0]!.id))).toBe(404);
    expect(await again('msg_1')).toBe(404);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=-1', 'cursor=1e9'])(
    'are not listed for %s',
    async (query) => {
      const { id } = await create();
      const answer = await api.call('GET', `/v1/webhooks/${String(id)}/deliveries?${query}`);
      expect([answer.status, Object.keys((answer.json as { details: object }).details)]).toEqual([
        422,
        [query.split('=')[0]],
      ]);
    },
  );
});

describe('another project', () => {
  it("cannot see, change, test or delete one's webhooks; nobody can without admin", async () => {
    const { id } = await create();
    const webhookId = String(id);
    const log = newLog({ webhooks: [webhookId] });
    await api.store.logs.add([log], 1);
    const { token } = await api.createKey(['admin'], 'other');
    const { token: reader } = await api.createKey(['ingest', 'score', 'read']);
    const body = { destination: 'https://evil.example.com', config: {} };
    const delivery = messageId(webhookId, log.id);
    const calls = [
      { method: 'GET', path: '/v1/webhooks', status: 200 },
      { method: 'PUT', path: `/v1/webhooks/${webhookId}`, body, status: 404 },
      { method: 'POST', path: `/v1/webhooks/${webhookId}/test`, status: 404 },
      { method: 'GET', path: `/v1/webhooks/${webhookId}/deliveries`, status: 404 },
      { method: 'POST', path: `/v1/webhooks/${webhookId}/deliveries/${delivery}/redeliver`, status: 404 },
      { method: 'DELETE', path: `/v1/webhooks/${webhookId}`, status: 201 },
    ];
    for (const { method, path, body: sent, status } of calls) {
      const as = (key: string) => api.call(method, path, sent, { authorization: `Bearer ${key}` });
      const answer = await as(token);
      expect([method, path, answer.status]).toEqual([method, path, status]);
      expect(answer.text).not.toContain(DESTINATION);
      expect([method, path, (await as(reader)).status]).toEqual([method, path, 403]);
      expect([method, path, (await api.call(method, path, sent)).status]).toEqual([method, path, 401]);
    }
    expect(await api.store.webhooks.list(DEFAULT_PROJECT.id)).toMatchObject([
      { id: webhookId, destination: DESTINATION },
    ]);
  });
});
