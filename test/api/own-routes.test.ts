import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeLogSchema } from '../../src/model/log-row.ts';
import { newId } from '../../src/model/id.ts';
import type { NewLog } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

describe('/api/v1', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
  });
  afterEach(() => api.close());

  it('gives a log whole, in the form that its schema describes', async () => {
    const log = newLog({ properties: new Map([['__proto__', 'x']]) });
    await api.store.logs.add([log], Date.now());
    await api.call('PUT', `/api/v1/logs/${log.id}/scores/tone`, { value: 'calm', source: 'human', reason: 'because' });
    const { status, json, text } = await api.call('GET', `/api/v1/logs/${log.requestId}`);
    expect(status).toBe(200);
    expect(wholeLogSchema.strict().safeParse(json).error).toBeUndefined();
    expect(json).toMatchObject({
      id: log.id,
      output: { text: 'Hi' },
      requestBody: { model: 'gpt-4o' },
      scores: [{ name: 'tone', value: 'calm', source: 'human', reason: 'because' }],
      logIds: [log.id],
    });
    expect(text).toContain('"__proto__":"x"');
    expect(text).not.toContain(log.projectId);
  });

  it('keeps scores of logs that are still to come, and replaces what one source gave before', async () => {
    const log = newLog();
    const path = `/api/v1/logs/${log.id}/scores`;
    expect((await api.call('PUT', `${path}/accuracy`, { value: 0.25 })).json).toEqual({ stored: 'kept' });
    await api.store.logs.add([log], Date.now());
    expect((await api.call('PUT', `${path}/accuracy`, { value: -0 })).json).toEqual({ stored: 'attached' });
    expect((await api.call('PUT', `${path}/accuracy`, { value: true, source: 'human' })).status).toBe(200);
    const { json } = await api.call('GET', path);
    const { scores } = json as { scores: { source: string; value: unknown }[] };
    expect(new Map(scores.map(({ source, value }) => [source, value] as const))).toEqual(
      new Map<string, unknown>([
        ['api', 0],
        ['human', true],
      ]),
    );
    expect((await api.call('GET', '/api/v1/scores')).text).toContain('"accuracy"');
  });

  it('takes a score back by name and source, and no other', async () => {
    const log = newLog();
    await api.store.logs.add([log], Date.now());
    const path = `/api/v1/logs/${log.requestId}/scores`;
    for (const source of ['api', 'human'])
      await api.call('PUT', `${path}/tone`, { value: source === 'api' ? 1 : 'warm', source });
    await api.call('PUT', `${path}/fit`, { value: 2 });
    const left = async (): Promise<string[]> =>
      ((await api.call('GET', path)).json as { scores: { name: string; source: string }[] }).scores.map(
        ({ name, source }) => `${name} ${source}`,
      );
    await api.call('PUT', `${path}/mood`, { value: 3, source: 'human' });
    const byProgram = await api.call('DELETE', `${path}/mood`);
    expect([byProgram.status, JSON.stringify(byProgram.json)]).toEqual([404, expect.stringContaining('?source=human')]);
    expect((await api.call('DELETE', `${path}/mood?source=human`)).json).toEqual({ removed: 1 });
    expect((await api.call('DELETE', `${path}/tone?source=human`)).json).toEqual({ removed: 1 });
    expect(await left()).toEqual(['fit api', 'tone api']);
    expect((await api.call('DELETE', `${path}/tone?source=human`)).status).toBe(404);
    expect((await api.call('DELETE', `${path}/tone`)).json).toEqual({ removed: 1 });
    expect(await left()).toEqual(['fit api']);
    for (const bad of ['?source=evaluator', '?source=', '?source=api&source=human'])
      expect([bad, (await api.call('DELETE', `${path}/fit${bad}`)).status]).toEqual([bad, 422]);
    expect((await api.call('DELETE', `/api/v1/logs/${newId()}/scores/fit`)).status).toBe(404);
    // Gone from statistics, too.
    const { json } = await api.call('POST', '/api/v1/statistics/scores', { scores: ['tone', 'fit'] });
    expect(json).toMatchObject({ rows: [{ statistics: { count: 1, sum: 2 } }, { statistics: { count: 0 } }] });
  });

  it('sets properties of a log, and names the values that there are', async () => {
    const logs = [newLog(), newLog()];
    await api.store.logs.add(logs, Date.now());
    const [log] = logs as [NewLog, NewLog];
    expect((await api.call('PUT', `/api/v1/logs/${log.id}/properties/Plan`, { value: 'Pro' })).json).toEqual({
      name: 'plan',
      value: 'Pro',
    });
    await api.call('PUT', `/api/v1/logs/${log.id}/properties/environment`, { value: 'staging' });
    expect((await api.call('GET', `/api/v1/logs/${log.id}`)).json).toMatchObject({
      properties: { plan: 'Pro', environment: 'staging' },
    });
    const values = async (query: string): Promise<unknown> =>
      ((await api.call('GET', `/api/v1/properties/Environment/values${query}`)).json as { values: string[] }).values;
    expect(new Set((await values('')) as string[])).toEqual(new Set(['production', 'staging']));
    expect(await values('?contains=STAG')).toEqual(['staging']);
    expect(await values('?contains=none')).toEqual([]);
    expect(await values('?limit=1')).toHaveLength(1);
    const cases: [string, string, unknown, number][] = [
      ['GET', '/api/v1/properties/unheard/values', undefined, 200],
      ['GET', '/api/v1/properties/a/values?limit=0', undefined, 422],
      ['GET', '/api/v1/properties/%01model/values', undefined, 422],
      ['PUT', `/api/v1/logs/${newId()}/properties/a`, { value: 'x' }, 404],
      ['PUT', `/api/v1/logs/${log.id}/properties/%01model`, { value: 'x' }, 422],
      ['PUT', `/api/v1/logs/${log.id}/properties/a`, { value: 'a\0' }, 422],
      ['PUT', `/api/v1/logs/${log.id}/properties/a`, { value: 1 }, 422],
    ];
    for (const [method, path, body, status] of cases)
      expect([path, (await api.call(method, path, body)).status]).toEqual([path, status]);
    const full = newLog({ properties: new Map(Array.from({ length: 64 }, (_, index) => [`p${index}`, 'x'])) });
    await api.store.logs.add([full], Date.now());
    expect((await api.call('PUT', `/api/v1/logs/${full.id}/properties/one-more`, { value: 'x' })).status).toBe(422);
    expect((await api.call('PUT', `/api/v1/logs/${full.id}/properties/p1`, { value: 'y' })).status).toBe(200);
  });

  it.each([
    { name: 'a value of no kind', body: { value: {} }, at: 'body.value' },
    { name: 'a number beyond all', body: '{"value":1e309}', at: 'body.value' },
    { name: 'no value', body: {}, at: 'body.value' },
    { name: 'what no schema knows', body: { value: 1, extra: 1 }, at: 'body' },
    { name: "an evaluator's name", body: { value: 1, source: 'evaluator' }, at: 'body.source' },
    { name: 'a NUL', body: { value: 'a\0b' }, at: 'body.value' },
    { name: 'half a surrogate pair', body: '{"value":"\\ud800"}', at: 'body.value' },
  ])('refuses $name with the place', async ({ body, at }) => {
    const { status, json } = await api.call('PUT', '/api/v1/logs/x/scores/a', body);
    expect(status).toBe(422);
    const { error } = json as { error: { code: string; details: object } };
    expect([error.code, Object.keys(error.details)]).toEqual(['validation_failed', [at]]);
  });

  it('answers in one shape what is not there, cannot be read, or is another method', async () => {
    const id = newId();
    const cases: [string, string, unknown, number, string][] = [
      ['GET', `/api/v1/logs/${id}`, undefined, 404, 'not_found'],
      ['GET', `/api/v1/logs/${id}/scores`, undefined, 404, 'not_found'],
      ['GET', '/api/v1/nothing', undefined, 404, 'not_found'],
      ['GET', '/api/v1/logs/a%20b', undefined, 422, 'validation_failed'],
      ['PUT', `/api/v1/logs/${id}/scores/a`, '{', 400, 'invalid_body'],
      ['PUT', `/api/v1/logs/${id}/scores/a`, '['.repeat(100_000), 400, 'invalid_body'],
      ['PATCH', '/api/v1/scores', undefined, 405, 'method_not_allowed'],
    ];
    for (const [method, path, body, status, code] of cases) {
      const answer = await api.call(method, path, body);
      expect([path, answer.status, (answer.json as { error: { code: string } }).error.code]).toEqual([
        path,
        status,
        code,
      ]);
    }
  });

  it('gives signed addresses of bodies that need no key, and takes no other', async () => {
    const log = newLog();
    await api.store.logs.add([log], Date.now());
    const { token } = await api.createKey(['read']);
    const row = await api.call('GET', `/v1/request/${log.id}`, undefined, { authorization: `Bearer ${token}` });
    const address = (row.json as { data: { signed_body_url: string } }).data.signed_body_url;
    expect(address).toMatch(new RegExp(`^${api.url}/v1/request/${log.id}/body\\?`));
    const path = address.slice(api.url.length);
    const bodies = await api.call('GET', path);
    expect([bodies.status, bodies.json]).toMatchObject([
      200,
      { request: { model: 'gpt-4o' }, response: { id: 'chatcmpl-1' } },
    ]);
    expect((await api.call('GET', path.replace(log.id, newId()))).status).toBe(403);
    expect((await api.call('GET', path.replace(/project=[^&]*/, `project=${newId()}`))).status).toBe(403);
    expect((await api.call('GET', `/v1/request/${log.id}/body`)).status).toBe(403);
  });

  it('finds several by their ids, with null for what is unknown', async () => {
    const log = newLog();
    await api.store.logs.add([log], Date.now());
    const { status, json } = await api.call('POST', '/v1/request/query-ids', { requestIds: [log.id, newId()] });
    expect(status).toBe(200);
    expect(json).toMatchObject({ data: [{ request_id: log.requestId }, null], error: null });
    expect((await api.call('POST', '/v1/request/query-ids', { requestIds: ['a b'] })).status).toBe(422);
    expect((await api.call('POST', '/v1/request/query-ids', { requestIds: [] })).json).toEqual({
      data: [],
      error: null,
    });
  });

  it('stores what is posted to an evaluation, fractions too', async () => {
    const log = newLog();
    await api.store.logs.add([log], Date.now());
    const posted = await api.call('POST', `/v1/evals/${log.requestId}`, { name: 'fit', score: 0.5 });
    expect([posted.status, posted.json]).toEqual([201, { data: null, error: null }]);
    expect((await api.call('GET', `/v1/request/${log.id}`)).json).toMatchObject({ data: { scores: { fit: 0.5 } } });
    expect((await api.call('POST', `/v1/evals/${log.requestId}`, { name: 'fit', score: 'x' })).status).toBe(422);
  });
});
