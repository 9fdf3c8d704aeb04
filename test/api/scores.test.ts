import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

let api: ServedApi;
// One for the whole file: every test has logs of its own, and opening a store takes longer than most of them.
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

async function log(changes: Parameters<typeof newLog>[0] = {}) {
  const one = newLog(changes);
  await api.store.logs.add([one], Date.now());
  return one;
}

async function keptSoFar(): Promise<number> {
  const { values } = await api.metrics.scoresKept.get();
  return values[0]!.value;
}

async function scoresOf(id: string): Promise<Record<string, unknown>> {
  const { json } = await api.call('GET', `/v1/request/${id}`);
  return (json as { data: { scores: Record<string, unknown> } }).data.scores;
}

describe('POST /v1/request/{id}/score', () => {
  it("answers 201 in Helicone's envelope, and the scores are read at once", async () => {
    const { id } = await log();
    const answer = await api.call('POST', `/v1/request/${id}/score`, {
      scores: { accuracy: 92, safe: true, rude: false, tone: 'calm' },
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ data: null, error: null });
    expect(await scoresOf(id)).toEqual({ accuracy: 92, 'safe-hcone-bool': 1, 'rude-hcone-bool': 0, tone: 'calm' });
  });

  it('merges by name, the last write winning', async () => {
    const { id } = await log();
    await api.call('POST', `/v1/request/${id}/score`, { scores: { a: 1, b: 2 } });
    await api.call('POST', `/v1/request/${id}/score`, { scores: { b: 3, c: 4 } });
    expect(await scoresOf(id)).toEqual({ a: 1, b: 3, c: 4 });
  });

  it('loses none of many that come at once', async () => {
    const { id } = await log();
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`);
    await Promise.all(
      names.map((name, index) => api.call('POST', `/v1/request/${id}/score`, { scores: { [name]: index } })),
    );
    expect(Object.keys(await scoresOf(id)).toSorted()).toEqual(names.toSorted());
  });

  it('stores nothing where one of several is wrong, and names that one', async () => {
    const { id } = await log();
    const answer = await api.call('POST', `/v1/request/${id}/score`, { scores: { good: 1, bad: 0.92 } });
    expect(answer.status).toBe(422);
    expect(answer.json).toEqual({
      message: 'Validation Failed',
      details: {
        'requestBody.scores.bad': { message: expect.stringContaining('Multiply by 100') as string, value: 0.92 },
      },
    });
    expect(await scoresOf(id)).toEqual({});
  });

  it("takes the provider's own id of the answer", async () => {
    const one = await log({ providerResponseId: 'chatcmpl-AbC123' });
    await api.call('POST', '/v1/request/chatcmpl-AbC123/score', { scores: { accuracy: 5 } });
    expect(await scoresOf(one.id)).toEqual({ accuracy: 5 });
  });

  it('keeps a score for a log that comes later, and counts it', async () => {
    const [requestId, before] = [newId(), await keptSoFar()];
    const answer = await api.call('POST', `/v1/request/${requestId}/score`, { scores: { early: 1, bird: true } });
    expect(answer.status).toBe(201);
    expect(await keptSoFar()).toBe(before + 2);
    await log({ requestId });
    expect(await scoresOf(requestId)).toEqual({ early: 1, 'bird-hcone-bool': 1 });
  });

  it('gives scores of a repeated request id to the newest log', async () => {
    const requestId = newId();
    const older = await log({ requestId, startedAtMs: 1_790_000_000_000 });
    const newer = await log({ requestId, startedAtMs: 1_790_000_009_000 });
    await api.call('POST', `/v1/request/${requestId}/score`, { scores: { a: 1 } });
    expect(await scoresOf(newer.id)).toEqual({ a: 1 });
    expect(await scoresOf(older.id)).toEqual({});
  });

  it('takes names of object members as ordinary names', async () => {
    const { id } = await log();
    const answer = await api.call(
      'POST',
      `/v1/request/${id}/score`,
      '{"scores":{"__proto__":1,"constructor":2,"toString":true}}',
    );
    expect(answer.status).toBe(201);
    const { text } = await api.call('GET', `/v1/request/${id}`);
    expect(text).toContain('"scores":{"__proto__":1,"constructor":2,"toString-hcone-bool":1}');
  });

  it('takes no scores at all as nothing to do', async () => {
    const before = await keptSoFar();
    expect((await api.call('POST', `/v1/request/${newId()}/score`, { scores: {} })).status).toBe(201);
    expect(await keptSoFar()).toBe(before);
  });

  it.each([
    { name: 'no body', body: undefined, details: { requestBody: { message: "'requestBody' is required" } } },
    { name: 'no scores', body: {}, details: { 'requestBody.scores': { message: "'scores' is required" } } },
    {
      name: 'another key',
      body: { scores: {}, extra: 1 },
      details: {
        'requestBody.extra': { message: '"extra" is an excess property and therefore is not allowed', value: 'extra' },
      },
    },
    {
      name: 'a name like a member',
      body: '{"scores":{"__proto__":{}}}',
      details: { 'requestBody.scores.__proto__': { value: {} } },
    },
  ])('answers 422 for $name', async ({ body, details }) => {
    const answer = await api.call('POST', `/v1/request/${newId()}/score`, body);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ message: 'Validation Failed', details });
  });

  it.each([
    { name: 'text that is no JSON', body: '{"scores":\n{a}}', status: 400, says: 'position 12 (line 2, column 2)' },
    { name: 'JSON that ends early', body: '{"scores":', status: 400, says: 'ends too early, at position 10' },
    { name: 'two values', body: '{} {}', status: 400, says: 'position 3' },
    { name: 'bytes that are no UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]), status: 400, says: 'UTF-8' },
    {
      name: 'JSON nested 257 deep',
      body: `{"scores":${'['.repeat(256)}${']'.repeat(256)}}`,
      status: 400,
      says: 'deeper than 256',
    },
    { name: 'JSON nested a million deep', body: '['.repeat(1_000_000), status: 400, says: 'deeper than 256' },
    {
      name: 'a body over 1 MB',
      body: `{"scores":{"a":"${'x'.repeat(1024 * 1024)}"}}`,
      status: 413,
      says: 'larger than 1048576 bytes',
    },
    {
      name: 'a body of very many values',
      body: `{"scores":[${'1,'.repeat(20_000)}1]}`,
      status: 400,
      says: 'more than 20000 values',
    },
  ])('answers $status for $name', async ({ body, status, says }) => {
    const answer = await api.call('POST', `/v1/request/${newId()}/score`, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ data: null, error: expect.stringContaining(says) as string });
  });

  it('names the first mistakes of very many, and not all of them', async () => {
    const body = Object.fromEntries(Array.from({ length: 19_000 }, (_, index) => [`extra${index}`, index]));
    const answer = await api.call('POST', `/v1/request/${newId()}/score`, body);
    expect(answer.status).toBe(422);
    expect(Object.keys((answer.json as { details: object }).details)).toHaveLength(50);
  });

  it('reads brackets inside of texts as texts', async () => {
    const answer = await api.call('POST', `/v1/request/${newId()}/score`, `{"scores":{"a":"\\"${'['.repeat(180)}"}}`);
    expect(answer.status).toBe(201);
  });

  it('says that a compressed body shall come uncompressed', async () => {
    const answer = await api.call('POST', `/v1/request/${newId()}/score`, '{}', { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('uncompressed');
  });

  it.each([{ type: 'text/plain' }, { type: 'application/x-www-form-urlencoded' }, { type: 'nonsense' }])(
    'reads a body called $type as JSON',
    async ({ type }) => {
      const answer = await api.call(
        'POST',
        `/v1/request/${newId()}/score`,
        { scores: { a: 1 } },
        { 'content-type': type },
      );
      expect(answer.status).toBe(201);
    },
  );

  it.each([
    { name: 'a blank', id: 'a%20b' },
    { name: 'a slash', id: 'a%2Fb' },
    { name: 'more than 200 characters', id: 'x'.repeat(201) },
    { name: 'a percent sign that is no escape', id: '%zz' },
    { name: 'bytes that are no UTF-8', id: '%ff' },
    { name: 'NUL', id: '%00' },
    { name: 'SQL', id: "'%20or%201=1--" },
  ])('answers 422 for an id with $name', async ({ id }) => {
    const answer = await api.call('POST', `/v1/request/${id}/score`, { scores: { a: 1 } });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      details: { requestId: { message: expect.stringContaining('1 to 200') as string } },
    });
  });

  it('never answers 5xx, whatever the body is', async () => {
    const { id } = await log();
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc.double(),
      fc.maxSafeInteger(),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('1e999', '-', '.', '1e', '0x1', 'true ', ' 5', 'NaN', '\ud800', '\0'),
    );
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 220 }),
      fc.constantFrom('__proto__', 'constructor', 'hasOwnProperty', '', 'a"b', "'; drop table scores; --", '\ud800'),
    );
    const entries = (value2: fc.Arbitrary<unknown>) =>
      fc
        .array(fc.tuple(name, value2), { maxLength: 8 })
        .map(
          (pairs) =>
            `{${pairs.map(([key, one]) => `${JSON.stringify(key)}:${JSON.stringify(one) ?? 'null'}`).join(',')}}`,
        );
    const body = fc.oneof(
      { weight: 6, arbitrary: entries(value).map((scores) => `{"scores":${scores}}`) },
      { weight: 2, arbitrary: entries(value) },
      { weight: 1, arbitrary: fc.jsonValue().map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    );
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 20, maxLength: 20 }), async (bodies) => {
        const answers = await Promise.all(bodies.map((one) => api.call('POST', `/v1/request/${id}/score`, one)));
        for (const { status, json } of answers) {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          expect([201, 400, 422]).toContain(status);
          expect(json).toBeTypeOf('object');
        }
      }),
      { numRuns: 250 },
    );
    // 5,000 bodies, and each kind of answer among them.
    expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5000);
    expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([201, 400, 422]);
    expect((await api.call('GET', `/v1/request/${id}`)).status).toBe(200);
    expect(api.lines).toEqual([]);
  }, 120_000);
});

/** How zod itself says what is wrong. */
const ZOD_WORDS = /Invalid input|expected|received|nonoptional/i;

describe('feedback', () => {
  it.each([
    { rating: true, stored: 1 },
    { rating: false, stored: 0 },
    { rating: 'true', stored: 1 },
    { rating: 'FALSE', stored: 0 },
    { rating: null, stored: 0 },
  ])('takes the rating $rating', async ({ rating, stored }) => {
    const { id } = await log();
    const answer = await api.call('POST', `/v1/request/${id}/feedback`, { rating });
    expect([answer.status, answer.json]).toEqual([201, { data: null, error: null }]);
    expect(await scoresOf(id)).toEqual({ 'helicone-score-feedback': stored });
  });

  it.each([
    { name: 'a number', body: { rating: 1 }, at: 'requestBody.rating' },
    { name: 'a word', body: { rating: 'positive' }, at: 'requestBody.rating' },
    { name: 'no rating', body: {}, at: 'requestBody.rating' },
    { name: 'another key', body: { rating: true, extra: 1 }, at: 'requestBody.extra' },
    { name: 'no body', body: undefined, at: 'requestBody' },
    { name: 'a list', body: [true], at: 'requestBody', says: 'send an object and not a list' },
    { name: 'a text', body: '"true"', at: 'requestBody', says: 'send an object and not a text' },
  ])('answers 422 for $name', async ({ body, at, says = '' }) => {
    const answer = await api.call('POST', `/v1/request/${newId()}/feedback`, body);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      message: 'Validation Failed',
      details: { [at]: { message: expect.stringContaining(says) as string } },
    });
    expect(answer.text).not.toMatch(ZOD_WORDS);
  });

  it('is taken in the old form too', async () => {
    const { id } = await log();
    const answer = await api.call('POST', '/v1/feedback', { 'helicone-id': id, rating: false });
    expect([answer.status, answer.json]).toEqual([200, { message: 'Feedback added successfully.', helicone_id: id }]);
    expect(await scoresOf(id)).toEqual({ 'helicone-score-feedback': 0 });
  });

  it.each([
    {
      name: 'no id',
      body: { rating: true },
      at: 'requestBody.helicone-id',
      says: "'helicone-id' is required: send the id that the header Helicone-Id",
    },
    { name: 'an id that is a number', body: { 'helicone-id': 5, rating: true }, at: 'requestBody.helicone-id' },
    { name: 'no rating', body: { 'helicone-id': 'a' }, at: 'requestBody.rating' },
  ])('answers 422 in the old form for $name', async ({ body, at, says = '' }) => {
    const answer = await api.call('POST', '/v1/feedback', body);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ details: { [at]: { message: expect.stringContaining(says) as string } } });
    expect(answer.text).not.toMatch(ZOD_WORDS);
  });
});

describe('GET /v1/evals/scores', () => {
  it('is empty at first, and then lists the names as the wire has them, feedback included, once a log has them', async () => {
    const { token, row } = await api.createKey(['read', 'score'], 'names');
    const headers = { authorization: `Bearer ${token}` };
    const names = async (): Promise<string[]> => {
      const { status, json } = await api.call('GET', '/v1/evals/scores', undefined, headers);
      expect(status).toBe(200);
      expect(json).toMatchObject({ error: null });
      return (json as { data: string[] }).data.toSorted();
    };
    expect(await names()).toEqual([]);
    const id = newId();
    await api.call('POST', `/v1/request/${id}/score`, { scores: { accuracy: 92, safe: true, tone: 'calm' } }, headers);
    await api.call('POST', `/v1/request/${id}/feedback`, { rating: true }, headers);
    expect(await names()).toEqual([]);
    await log({ id, requestId: id, projectId: row.projectId });
    expect(await names()).toEqual(['accuracy', 'helicone-score-feedback', 'safe-hcone-bool', 'tone']);
  });
});
