import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const START = Date.parse('2026-07-01T22:30:00Z');
const HOUR_MS = 3_600_000;
const RANGE = { start: '2026-07-01T00:00:00Z', end: '2026-07-04T00:00:00Z' };

let api: ServedApi;
beforeAll(async () => {
  api = await serveApi();
  const log = (hours: number, costUsd: number | null, properties: Record<string, string>) =>
    newLog({ startedAtMs: START + hours * HOUR_MS, costUsd, properties: new Map(Object.entries(properties)) });
  const many = Array.from({ length: 250 }, (_, index) =>
    log(2, 0.25, { customer: `c-${String(index).padStart(3, '0')}` }),
  );
  await api.store.logs.add(
    [
      log(0, 0.5, { tier: 'free', customer: 'c-001' }),
      log(0, 0.25, { tier: 'free', customer: 'c-007' }),
      log(1, null, { tier: 'trial' }),
      log(2, 4, { tier: 'paid', customer: 'c-007' }),
      log(2, 8, {}),
      ...many,
      ...Array.from({ length: 12 }, (_, index) => log(100, 1, { late: `v${index}` })),
    ],
    START,
  );
});
afterAll(() => api.close());

const post = async (path: string, body: unknown): Promise<unknown> => {
  const { status, json } = await api.call('POST', `/v1/property/${path}`, body);
  expect(status).toBe(200);
  expect((json as { error: unknown }).error).toBeNull();
  return (json as { data: unknown }).data;
};

describe('POST /v1/property/query', () => {
  it('names the properties', async () => {
    expect(await post('query', {})).toEqual([{ property: 'customer' }, { property: 'late' }, { property: 'tier' }]);
  });
});

describe('POST /v1/property/hide and restore', () => {
  it('take a property out of the list, and put it back', async () => {
    expect(await post('hide', { key: 'Tier' })).toEqual({ ok: true });
    expect(await post('hide', { key: 'tier' })).toEqual({ ok: true });
    expect(await post('query', {})).toEqual([{ property: 'customer' }, { property: 'late' }]);
    expect(await post('hidden/query', {})).toEqual([{ property: 'tier' }]);
    expect(await post('tier/search', { searchTerm: 'paid' })).toEqual(['paid']);
    expect(await post('restore', { key: 'TIER' })).toEqual({ ok: true });
    expect(await post('hidden/query', {})).toEqual([]);
    expect(await post('query', {})).toHaveLength(3);
  });

  it('know no property that no request has, and none that is not hidden', async () => {
    for (const [path, key] of [
      ['hide', 'unheard'],
      ['hide', '\0'],
      ['hide', '\ud800'],
      ['restore', 'tier'],
    ] as const)
      expect([path, key, (await api.call('POST', `/v1/property/${path}`, { key })).status]).toEqual([path, key, 404]);
    expect((await api.call('POST', '/v1/property/hide', {})).status).toBe(422);
  });
});

describe('POST /v1/property/{name}/search', () => {
  it('finds values by a part of them, without case, at most 25', async () => {
    expect(await post('TIER/search', { searchTerm: 'A' })).toEqual(['paid', 'trial']);
    expect(await post('customer/search', { searchTerm: 'c-24' })).toHaveLength(10);
    expect(await post('customer/search', { searchTerm: '' })).toHaveLength(25);
    expect(await post('unheard/search', { searchTerm: '' })).toEqual([]);
  });
});

describe('POST /v1/property/{name}/top-requests/query and top-costs/query', () => {
  it('tell the values that most calls have, and those that cost most', async () => {
    expect(await post('Tier/top-requests/query', { timeFilter: RANGE })).toEqual([
      { value: 'free', count: 2 },
      { value: 'paid', count: 1 },
      { value: 'trial', count: 1 },
    ]);
    expect(await post('tier/top-costs/query', { timeFilter: RANGE })).toEqual([
      { value: 'paid', cost: 4 },
      { value: 'free', cost: 0.75 },
      { value: 'trial', cost: null },
    ]);
  });

  it('hold to the range', async () => {
    const timeFilter = { start: '2026-07-01T23:00:00Z', end: '2026-07-02T00:00:00Z' };
    expect(await post('tier/top-requests/query', { timeFilter })).toEqual([{ value: 'trial', count: 1 }]);
    expect(await post('unheard/top-costs/query', { timeFilter })).toEqual([]);
  });

  it('tell ten of them, and add the rest up', async () => {
    const timeFilter = { start: '2026-07-05T00:00:00Z', end: '2026-07-07T00:00:00Z' };
    const few = (await post('late/top-costs/query', { timeFilter })) as { value: string; cost: number }[];
    expect(few.map(({ cost }) => cost)).toEqual([...Array.from({ length: 10 }, () => 1), 2]);
    expect(few.at(-1)!.value).toBe('Other');
    // More values than rollups hold.
    const costs = (await post('customer/top-costs/query', { timeFilter: RANGE })) as { value: string; cost: number }[];
    expect([costs.slice(0, 3), costs.length, costs.at(-1)]).toEqual([
      [
        { value: 'c-007', cost: 4.5 },
        { value: 'c-001', cost: 0.75 },
        { value: 'c-000', cost: 0.25 },
      ],
      11,
      { value: 'Other', cost: 60 },
    ]);
    const counts = (await post('customer/top-requests/query', { timeFilter: RANGE })) as { value: string }[];
    expect([counts[0], counts.at(-1)]).toEqual([
      { value: 'c-007', count: 3 },
      { value: 'Other', count: 240 },
    ]);
  });
});

describe('POST /v1/property/properties/over-time', () => {
  const asked = (changes: object): object => ({
    userFilter: 'all',
    timeFilter: { start: '2026-07-01T22:00:00Z', end: '2026-07-02T01:59:59.999Z' },
    dbIncrement: 'hour',
    timeZoneDifference: 0,
    propertyKey: 'Tier',
    ...changes,
  });
  const point = (property: string, total_cost: number | null, request_count: number, at: string): object => ({
    property,
    total_cost,
    request_count,
    created_at_trunc: at,
  });

  it('gives each value in each hour, and a point without a value for an hour without any', async () => {
    expect(await post('properties/over-time', asked({}))).toEqual([
      point('free', 0.75, 2, '2026-07-01T22:00:00.000Z'),
      point('trial', null, 1, '2026-07-01T23:00:00.000Z'),
      point('paid', 4, 1, '2026-07-02T00:00:00.000Z'),
      point('', 0, 0, '2026-07-02T01:00:00.000Z'),
    ]);
  });

  it("has days begin by the client's clocks, and holds to the filter", async () => {
    const userFilter = { request_response_rmt: { cost: { gt: 0.25 } } };
    // Two hours before UTC: the day begins at 22:00.
    expect(
      await post('properties/over-time', asked({ userFilter, dbIncrement: 'day', timeZoneDifference: -120 })),
    ).toEqual([point('free', 0.5, 1, '2026-07-01T22:00:00.000Z'), point('paid', 4, 1, '2026-07-01T22:00:00.000Z')]);
  });

  it.each([
    { name: 'no property', body: asked({ propertyKey: undefined }), at: 'requestBody.propertyKey' },
    { name: 'no filter', body: asked({ userFilter: undefined }), at: 'requestBody.userFilter' },
    {
      name: 'a filter with a mistake',
      body: asked({ userFilter: { request_response_rmt: { x: {} } } }),
      at: 'requestBody.userFilter.request_response_rmt.x',
    },
    { name: 'a stretch that there is not', body: asked({ dbIncrement: 'second' }), at: 'requestBody.dbIncrement' },
    { name: 'no zone', body: asked({ timeZoneDifference: undefined }), at: 'requestBody.timeZoneDifference' },
    {
      name: 'more points than anybody can look at',
      body: asked({ dbIncrement: 'min', timeFilter: { start: '2026-01-01', end: '2026-12-31' } }),
      at: 'requestBody.timeFilter',
    },
    {
      name: 'a time that is none',
      body: asked({ timeFilter: { start: 'x', end: '2026-12-31' } }),
      at: 'requestBody.timeFilter.start',
    },
  ])('refuses $name with 422 and the place', async ({ body, at }) => {
    const { status, json } = await api.call('POST', '/v1/property/properties/over-time', body);
    expect([status, Object.keys((json as { details: object }).details)]).toEqual([422, [at]]);
  });
});
