import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wholeLogSchema } from '../../src/api/routes/v1/schemas.ts';
import { newId } from '../../src/model/id.ts';
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
