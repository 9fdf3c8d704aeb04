import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const NOON = Date.parse('2026-07-01T12:00:00Z');
const HOUR_MS = 3_600_000;

const usage = (inputTokens: number, cachedInputTokens: number, outputTokens: number, reasoningTokens: number) => ({
  inputTokens,
  cachedInputTokens,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  outputTokens,
  reasoningTokens,
  audioOutputTokens: 0,
  estimated: false,
});

let api: ServedApi;
beforeAll(async () => {
  api = await serveApi();
  await api.store.logs.add(
    [
      newLog({ userId: 'ada', startedAtMs: NOON, costUsd: 0.5, usage: usage(100, 40, 10, 4), model: 'small' }),
      newLog({ userId: 'ada', startedAtMs: NOON + HOUR_MS, costUsd: null, usage: null, model: 'large' }),
      newLog({ userId: 'ada', startedAtMs: NOON + 14 * HOUR_MS, costUsd: 0.25, usage: usage(20, 0, 10, 0) }),
      newLog({ userId: 'grace', startedAtMs: NOON - HOUR_MS, costUsd: null, usage: null }),
      newLog({ userId: null, startedAtMs: NOON + HOUR_MS, costUsd: 2, usage: usage(1, 0, 1, 0) }),
    ],
    NOON,
  );
});
afterAll(() => api.close());

const metrics = async (changes: object): Promise<{ users: Record<string, unknown>[]; count: number }> => {
  const body = { filter: 'all', offset: 0, limit: 10, ...changes };
  const { status, json } = await api.call('POST', '/v1/user/metrics/query', body);
  expect(status).toBe(200);
  return (json as { data: { users: Record<string, unknown>[]; count: number } }).data;
};
const idsOf = async (changes: object): Promise<unknown[]> => (await metrics(changes)).users.map((row) => row.user_id);

describe('POST /v1/user/metrics/query', () => {
  it('says what the calls of each user add up to, the last to be active first', async () => {
    const { json } = await api.call('POST', '/v1/user/metrics/query', { filter: 'all', offset: 0, limit: 10 });
    expect(json).toEqual({
      data: {
        users: [
          {
            id: 'ada',
            user_id: 'ada',
            active_for: 2,
            first_active: '2026-07-01T12:00:00.000Z',
            last_active: '2026-07-02T02:00:00.000Z',
            total_requests: 3,
            average_requests_per_day_active: 1.5,
            // Of the two calls whose tokens are known, cached ones among them.
            average_tokens_per_request: 70,
            total_completion_tokens: 16,
            total_prompt_tokens: 80,
            cost: 0.75,
            rate_limited_count: 0,
          },
          expect.objectContaining({ user_id: '', total_requests: 1, cost: 2 }),
          expect.objectContaining({ user_id: 'grace', cost: null, total_prompt_tokens: null }),
        ],
        count: 3,
        hasUsers: true,
      },
      error: null,
    });
  });

  it("counts days by the client's clocks", async () => {
    const [ada] = (await metrics({ timeZoneDifferenceMinutes: 240 })).users;
    expect([ada!['user_id'], ada!['active_for']]).toEqual(['ada', 1]);
  });

  it('sorts by what is asked for, and pages', async () => {
    expect(await idsOf({ sort: { cost: 'desc' } })).toEqual(['', 'ada', 'grace']);
    expect(await idsOf({ sort: { total_requests: 'asc' } })).toEqual(['', 'grace', 'ada']);
    expect(await idsOf({ sort: { user_id: 'desc' }, offset: 1, limit: '1' })).toEqual(['ada']);
    expect((await metrics({ limit: 1 })).count).toBe(3);
  });

  it('is of the calls and of the users that the filter leaves', async () => {
    expect(await idsOf({ filter: { request_response_rmt: { model: { equals: 'small' } } } })).toEqual(['ada']);
    expect(await idsOf({ filter: { users_view: { user_cost: { gte: 0.75 } } } })).toEqual(['ada', '']);
    const filter = {
      left: { users_view: { user_total_requests: { lt: 2 } } },
      operator: 'or',
      right: { users_view: { user_user_id: { contains: 'AD' } } },
    };
    expect(await idsOf({ filter })).toEqual(['ada', '', 'grace']);
    const timeFilter = { startTimeUnixSeconds: NOON / 1000, endTimeUnixSeconds: NOON / 1000 + 1 };
    expect((await metrics({ timeFilter })).users).toMatchObject([{ user_id: 'ada', total_requests: 1 }]);
  });

  it('answers a limit above 1,000 with 400, as there', async () => {
    const body = { filter: 'all', offset: 0, limit: 1001 };
    const { status, json } = await api.call('POST', '/v1/user/metrics/query', body);
    expect([status, json]).toEqual([400, { data: null, error: 'Limit cannot be greater than 1000' }]);
  });

  it.each([
    { name: 'no filter', body: { offset: 0, limit: 1 }, at: 'requestBody.filter' },
    { name: 'no offset', body: { filter: 'all', limit: 1 }, at: 'requestBody.offset' },
    {
      name: 'a sort key that there is not',
      body: { filter: 'all', offset: 0, limit: 1, sort: { x: 'asc' } },
      at: 'requestBody.x',
    },
    {
      name: 'a condition on sessions',
      body: { filter: { sessions_request_response_rmt: {} }, offset: 0, limit: 1 },
      at: 'requestBody.filter.sessions_request_response_rmt',
    },
    {
      name: 'a zone of 25 hours',
      body: { filter: 'all', offset: 0, limit: 1, timeZoneDifferenceMinutes: 1500 },
      at: 'requestBody.timeZoneDifferenceMinutes',
    },
  ])('refuses $name with 422 and the place', async ({ body, at }) => {
    const { status, json } = await api.call('POST', '/v1/user/metrics/query', body);
    expect([status, Object.keys((json as { details: object }).details)]).toEqual([422, [at]]);
  });
});

describe('POST /v1/user/query', () => {
  it('says what the calls of the named users add up to, and takes seconds for seconds', async () => {
    const timeFilter = { startTimeUnixSeconds: NOON / 1000, endTimeUnixSeconds: NOON / 1000 + 7200 };
    const { json } = await api.call('POST', '/v1/user/query', { userIds: ['ada', 'nobody'], timeFilter });
    expect(json).toEqual({
      data: [{ user_id: 'ada', count: 2, prompt_tokens: 60, completion_tokens: 6, cost: 0.5 }],
      error: null,
    });
    const all = await api.call('POST', '/v1/user/query', {});
    expect((all.json as { data: { user_id: string }[] }).data.map((row) => row.user_id)).toEqual(['ada', '', 'grace']);
  });
});

describe('POST /v1/user/metrics-overview/query', () => {
  const overview = async (changes: object): Promise<unknown> => {
    const body = { filter: 'all', pSize: 'p99', useInterquartile: false, ...changes };
    return (await api.call('POST', '/v1/user/metrics-overview/query', body)).json;
  };

  it('shows how calls and cost are spread over users, in ten bins up to the percentile', async () => {
    const { data } = (await overview({})) as { data: Record<string, { range_start: string; value: number }[]> };
    expect(data['request_count']).toHaveLength(10);
    // Two users have a call, one has three, which is above the percentile.
    expect(data['request_count']!.map(({ value }) => value)).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(data['user_cost']![0]).toMatchObject({ range_start: '0.75', value: 1 });
  });

  it('shows a single value as one bin, and nothing of nobody', async () => {
    const one = await overview({ filter: { request_response_rmt: { user_id: { equals: 'ada' } } }, pSize: 'p50' });
    expect(one).toEqual({
      data: {
        request_count: [{ range_start: '3', range_end: '3', value: 1 }],
        user_cost: [{ range_start: '0.75', range_end: '0.75', value: 1 }],
      },
      error: null,
    });
    const none = await overview({ filter: { request_response_rmt: { user_id: { equals: 'nobody' } } } });
    expect(none).toEqual({ data: { request_count: [], user_cost: [] }, error: null });
  });
});
