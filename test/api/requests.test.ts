import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

describe('PUT /v1/request/{id}/property', () => {
  let api: ServedApi;
  beforeAll(async () => {
    api = await serveApi();
  });
  afterAll(() => api.close());

  const added = async (changes: Parameters<typeof newLog>[0] = {}) => {
    const log = newLog(changes);
    await api.store.logs.add([log], Date.now());
    return log;
  };
  const set = (id: string, body: unknown): Promise<Answer> => api.call('PUT', `/v1/request/${id}/property`, body);
  const propertiesOf = async (id: string): Promise<Record<string, string>> => {
    const { json } = await api.call('GET', `/v1/request/${id}`);
    return (json as { data: { properties: Record<string, string> } }).data.properties;
  };

  it('sets a property that is new and one that is there, and filters find the log by it at once', async () => {
    const log = await added();
    const { status, json } = await set(log.requestId, { key: 'Reviewed-By', value: 'ada' });
    expect([status, json]).toEqual([201, { data: null, error: null }]);
    expect((await set(log.id, { key: 'ENVIRONMENT', value: 'staging' })).status).toBe(201);
    expect(await propertiesOf(log.id)).toMatchObject({ environment: 'staging', 'reviewed-by': 'ada' });
    const found = async (name: string, value: string): Promise<unknown> => {
      const filter = { request_response_rmt: { properties: { [name]: { equals: value } } } };
      return (await api.call('POST', '/v1/request/count/query', { filter })).json;
    };
    expect(await found('reviewed-by', 'ada')).toEqual({ data: 1, error: null });
    expect(await found('environment', 'production')).toEqual({ data: 0, error: null });
  });

  it("answers an id that nobody knows with 404 in Helicone's envelope", async () => {
    const { status, json } = await set(newId(), { key: 'a', value: 'b' });
    expect([status, json]).toEqual([404, { data: null, error: 'Request not found' }]);
  });

  it('stores what stores can hold of a text', async () => {
    const { id } = await added();
    expect((await set(id, { key: 'odd', value: 'a\0b\ud800' })).status).toBe(201);
    expect((await propertiesOf(id))['odd']).toBe('ab\ufffd');
  });

  it.each([
    { name: 'a number', body: { key: 'a', value: 1 }, at: 'requestBody.value' },
    { name: 'no value', body: { key: 'a' }, at: 'requestBody.value' },
    { name: 'no key', body: { value: 'a' }, at: 'requestBody.key' },
    { name: 'an empty key', body: { key: '', value: 'a' }, at: 'requestBody.key' },
    { name: 'a key with a control character', body: { key: '\u0001model', value: 'a' }, at: 'requestBody.key' },
    { name: 'a key of 129 characters', body: { key: 'k'.repeat(129), value: 'a' }, at: 'requestBody.key' },
    { name: 'a value of 1,025 characters', body: { key: 'a', value: 'v'.repeat(1025) }, at: 'requestBody.value' },
    { name: 'the session', body: { key: 'Helicone-Session-Id', value: 's-2' }, at: 'requestBody.key' },
    { name: 'what is not asked for', body: { key: 'a', value: 'b', more: 1 }, at: 'requestBody.more' },
    { name: 'no body', body: undefined, at: 'requestBody' },
  ])('refuses $name with 422 and the place', async ({ body, at }) => {
    const { id } = await added();
    const { status, json } = await set(id, body);
    expect([status, Object.keys((json as { details: object }).details)]).toEqual([422, [at]]);
  });

  it('takes no 65th property, but changes one of the 64', async () => {
    const { id } = await added({ properties: new Map(Array.from({ length: 64 }, (_, i) => [`p${i}`, 'x'])) });
    expect((await set(id, { key: 'one-more', value: 'x' })).status).toBe(422);
    expect((await set(id, { key: 'p7', value: 'y' })).status).toBe(201);
    expect(Object.keys(await propertiesOf(id)).filter((name) => name.startsWith('p'))).toHaveLength(64);
  });
});
