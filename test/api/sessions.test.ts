import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

const START = Date.parse('2026-07-01T12:00:00Z');
const MINUTE_MS = 60_000;

const usage = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens: 2,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  outputTokens,
  reasoningTokens: 1,
  audioOutputTokens: 0,
  estimated: false,
});

let api: ServedApi;
let first: string;
beforeAll(async () => {
  api = await serveApi();
  const at = (minutes: number, sessionId: string | null, sessionName: string | null, costUsd: number | null) =>
    newLog({
      sessionId,
      sessionName,
      costUsd,
      startedAtMs: START + minutes * MINUTE_MS,
      durationMs: 100 * (minutes + 1),
      usage: usage(10, 5),
      userId: minutes % 2 === 0 ? 'ada' : 'grace',
      model: minutes === 3 ? 'large' : 'small',
    });
  const logs = [
    at(0, 's-1', 'Booking a trip', 0.25),
    at(1, 's-1', 'Booking a trip', 0.5),
    at(2, 's-2', 'Booking a trip', null),
    at(3, 's-3', null, 1),
    at(4, null, null, 4),
  ];
  first = logs[0]!.id;
  await api.store.logs.add(logs, START);
});
afterAll(() => api.close());

const RANGE = { startTimeUnixMs: START, endTimeUnixMs: START + 10 * MINUTE_MS };
const asked = (changes: object): object => ({
  search: '',
  timeFilter: RANGE,
  timezoneDifference: 0,
  filter: 'all',
  ...changes,
});
const dataOf = ({ status, json }: Answer): unknown => {
  expect(status).toBe(200);
  return (json as { data: unknown }).data;
};
const idsOf = async (changes: object): Promise<unknown[]> => {
  const rows = dataOf(await api.call('POST', '/v1/session/query', asked(changes)));
  return (rows as { session_id: unknown }[]).map((row) => row.session_id);
};

describe('POST /v1/session/query', () => {
  it('says what the calls of each session add up to, the newest session first', async () => {
    const { json } = await api.call('POST', '/v1/session/query', asked({}));
    expect(json).toEqual({
      data: [
        expect.objectContaining({ session_id: 's-3', session_name: '', total_cost: 1 }),
        expect.objectContaining({ session_id: 's-2', total_cost: null }),
        {
          created_at: '2026-07-01T12:00:00.000Z',
          latest_request_created_at: '2026-07-01T12:01:00.000Z',
          session_id: 's-1',
          session_name: 'Booking a trip',
          total_cost: 0.75,
          total_requests: 2,
          prompt_tokens: 16,
          completion_tokens: 8,
          // All of them, cached and reasoning ones too.
          total_tokens: 30,
          avg_latency: 150,
          user_ids: ['ada', 'grace'],
        },
      ],
      error: null,
    });
  });

  it('finds by a part of the id or the name, without case, and by the whole name', async () => {
    expect(await idsOf({ search: 'S-2' })).toEqual(['s-2']);
    expect(await idsOf({ search: 'TRIP' })).toEqual(['s-2', 's-1']);
    expect(await idsOf({ nameEquals: 'Booking a trip' })).toEqual(['s-2', 's-1']);
    expect(await idsOf({ nameEquals: 'Booking' })).toEqual([]);
    expect(await idsOf({ limit: '1', offset: '1' })).toEqual(['s-2']);
  });

  it('is of the calls and of the sessions that filter and range leave', async () => {
    expect(await idsOf({ filter: { request_response_rmt: { model: { equals: 'large' } } } })).toEqual(['s-3']);
    const sums = (columns: object): object => ({ filter: { sessions_request_response_rmt: columns } });
    expect(await idsOf(sums({ session_total_requests: { gt: 1 } }))).toEqual(['s-1']);
    expect(await idsOf(sums({ session_session_name: { contains: 'booking' } }))).toEqual(['s-2', 's-1']);
    expect(await idsOf(sums({ session_created_at: { gte: '2026-07-01T12:03:00Z' } }))).toEqual(['s-3']);
    const timeFilter = { startTimeUnixMs: START + MINUTE_MS, endTimeUnixMs: START + 3 * MINUTE_MS };
    const rows = dataOf(await api.call('POST', '/v1/session/query', asked({ timeFilter })));
    expect(rows).toMatchObject([
      { session_id: 's-2', total_requests: 1 },
      { session_id: 's-1', total_requests: 1, user_ids: ['grace'] },
    ]);
  });

  it.each(['search', 'timeFilter', 'timezoneDifference', 'filter'])('needs %s', async (name) => {
    const { status, json } = await api.call('POST', '/v1/session/query', asked({ [name]: undefined }));
    expect([status, Object.keys((json as { details: object }).details)]).toEqual([422, [`requestBody.${name}`]]);
  });
});

describe('POST /v1/session/count', () => {
  it('adds all sessions up; a session without a known cost is in no average of costs', async () => {
    const data = dataOf(await api.call('POST', '/v1/session/count', asked({})));
    expect(data).toEqual({ count: 3, total_cost: 1.75, avg_cost: 0.875, avg_latency: 250, avg_requests: 4 / 3 });
  });

  it('has no averages of nothing', async () => {
    const data = dataOf(await api.call('POST', '/v1/session/count', asked({ search: 'nothing' })));
    expect(data).toEqual({ count: 0, total_cost: null, avg_cost: null, avg_latency: null, avg_requests: null });
  });
});

describe('POST /v1/session/name/query', () => {
  it('says what the sessions of each name add up to, the last used first', async () => {
    const body = { nameContains: '', timezoneDifference: 0 };
    expect(dataOf(await api.call('POST', '/v1/session/name/query', body))).toEqual([
      expect.objectContaining({ name: '', session_count: 1 }),
      {
        name: 'Booking a trip',
        created_at: '2026-07-01T12:00:00.000Z',
        first_used: '2026-07-01T12:00:00.000Z',
        last_used: '2026-07-01T12:02:00.000Z',
        session_count: 2,
        total_cost: 0.75,
        avg_latency: 200,
      },
    ]);
    const some = await api.call('POST', '/v1/session/name/query', { ...body, nameContains: 'BOOK', timeFilter: RANGE });
    expect(dataOf(some)).toMatchObject([{ name: 'Booking a trip' }]);
  });
});

describe('POST /v1/session/metrics/query', () => {
  it('shows how calls, seconds and cost are spread over sessions', async () => {
    const body = { nameContains: 'trip', timezoneDifference: 0, pSize: 'p50', useInterquartile: true, filter: {} };
    const data = dataOf(await api.call('POST', '/v1/session/metrics/query', body));
    expect(data).toEqual({
      // The middle of one call and two is between them.
      session_count: [],
      session_duration: [],
      session_cost: [{ range_start: '0.75', range_end: '0.75', value: 1 }],
      average: {
        session_count: [{ average: 1.5 }],
        session_duration: [{ average: 30 }],
        session_cost: [{ average: 0.75 }],
      },
    });
    const wide = dataOf(await api.call('POST', '/v1/session/metrics/query', { ...body, pSize: 'p99' }));
    expect((wide as { session_duration: object[] }).session_duration.at(-1)).toMatchObject({ value: 0 });
  });
});

describe('POST /v1/session/{id}/feedback', () => {
  it("is a property of the session's first call", async () => {
    for (const [rating, value] of [
      [true, '1'],
      [null, '0'],
    ]) {
      const { status, json } = await api.call('POST', '/v1/session/s-1/feedback', { rating });
      expect([status, json]).toEqual([200, { data: null, error: null }]);
      const row = await api.call('GET', `/v1/request/${first}`);
      expect(row.json).toMatchObject({ data: { properties: { 'helicone-session-feedback': value } } });
    }
  });

  it('is 404 for a session that nobody knows, and 422 for what is no rating', async () => {
    const unknown = await api.call('POST', '/v1/session/nothing/feedback', { rating: true });
    expect([unknown.status, unknown.json]).toEqual([404, { data: null, error: 'No request found' }]);
    expect((await api.call('POST', '/v1/session/s-1/feedback', { rating: 1 })).status).toBe(422);
  });
});

describe('GET and POST /v1/session/{id}/tag', () => {
  it('read and write the tag of a session, which its first call can be found by', async () => {
    expect(dataOf(await api.call('GET', '/v1/session/s-3/tag'))).toBeNull();
    for (const tag of ['to be looked at', 'done\0', '']) {
      expect(dataOf(await api.call('POST', '/v1/session/s-3/tag', { tag }))).toBeNull();
      expect(dataOf(await api.call('GET', '/v1/session/s-3/tag'))).toBe(tag.replace('\0', ''));
    }
    await api.call('POST', '/v1/session/s-3/tag', { tag: 'found' });
    const filter = { request_response_rmt: { properties: { 'helicone-session-tag': { equals: 'found' } } } };
    expect(await idsOf({ filter })).toEqual(['s-3']);
  });

  it('know no tag of a session that nobody knows', async () => {
    expect(dataOf(await api.call('GET', '/v1/session/nothing/tag'))).toBeNull();
    const { status, json } = await api.call('POST', '/v1/session/nothing/tag', { tag: 'x' });
    expect([status, json]).toEqual([404, { data: null, error: 'No request found' }]);
    expect((await api.call('POST', '/v1/session/s-3/tag', { tag: 1 })).status).toBe(422);
  });
});
