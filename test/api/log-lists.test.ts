import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { logRowSchema } from '../../src/model/log-row.ts';
import type { NewLog } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const START = 1_790_000_000_000;

describe('lists of logs', () => {
  let api: ServedApi;
  let logs: NewLog[];
  beforeAll(async () => {
    api = await serveApi();
    logs = Array.from({ length: 7 }, (_, index) =>
      newLog({
        startedAtMs: START + index,
        properties: new Map([['environment', index % 2 === 0 ? 'production' : 'staging']]),
      }),
    );
    await api.store.logs.add(logs, START);
    for (const [index, log] of logs.entries())
      await api.call('POST', `/v1/request/${log.id}/score`, { scores: { accuracy: 88 + index, safe: index > 3 } });
  });
  afterAll(() => api.close());

  const idsOf = (indexes: number[]): string[] => indexes.map((index) => logs[index]!.id);

  describe('of /api/v1', () => {
    const page = async (body: unknown): Promise<{ ids: string[]; next: string | null }> => {
      const { status, json } = await api.call('POST', '/api/v1/logs/query', body);
      expect(status).toBe(200);
      const read = z.strictObject({ logs: z.array(logRowSchema.strict()), next: z.string().nullable() }).parse(json);
      return { ids: read.logs.map(({ id }) => id), next: read.next };
    };

    it('give the newest first, page by page and each once', async () => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const { ids, next }: { ids: string[]; next: string | null } = await page({ limit: 3, cursor });
        seen.push(...ids);
        cursor = next;
      } while (cursor !== null);
      expect(seen).toEqual(idsOf([6, 5, 4, 3, 2, 1, 0]));
    });

    it('hold to filter, range and direction', async () => {
      const filter = {
        and: [
          { property: 'Environment', equals: 'production' },
          { score: 'accuracy', gt: 90 },
        ],
      };
      expect((await page({ filter })).ids).toEqual(idsOf([6, 4]));
      expect((await page({ filter, fromMs: START + 1, toMs: START + 6, direction: 'asc' })).ids).toEqual(idsOf([4]));
      expect((await page({ filter: { score: 'safe', equals: false } })).ids).toEqual(idsOf([3, 2, 1, 0]));
      expect((await page({ filter: { score: 'other', present: true } })).ids).toEqual([]);
    });

    it('refuse a cursor that is forged or of another question, and a filter that is none', async () => {
      const { next } = await page({ limit: 2 });
      for (const body of [
        { cursor: 'AAAA' },
        { cursor: next, limit: 2, direction: 'asc' },
        { cursor: next, filter: { field: 'status', equals: 200 } },
      ])
        expect((await api.call('POST', '/api/v1/logs/query', body)).status).toBe(400);
      const { status, text } = await api.call('POST', '/api/v1/logs/query', {
        filter: { field: 'nothing', equals: 1 },
      });
      expect([status, text]).toEqual([422, expect.stringContaining('body.filter')]);
    });

    it('name the properties with how many values they have had', async () => {
      const { json } = await api.call('GET', '/api/v1/properties');
      expect(json).toEqual({ properties: [{ name: 'environment', values: 2 }] });
    });
  });

  describe.each(['/v1/request/query', '/v1/request/query-clickhouse'])("of Helicone's, at %s", (path) => {
    interface Row {
      response_id: string;
      signed_body_url: string;
      request_body: unknown;
      scores: Record<string, number>;
    }
    const query = async (body: unknown): Promise<Row[]> => {
      const { status, json } = await api.call('POST', path, body);
      expect(status).toBe(201);
      const { data, error } = json as { data: Row[]; error: null };
      expect(error).toBeNull();
      return data;
    };
    const ids = async (body: unknown): Promise<string[]> => (await query(body)).map((row) => row.response_id);

    it('give rows with their bodies and where else these can be had', async () => {
      const [row] = await query({ filter: 'all', limit: 1 });
      expect(row).toMatchObject({
        response_id: logs[6]!.id,
        request_body: { model: 'gpt-4o' },
        scores: { accuracy: 94, 'safe-hcone-bool': 1 },
      });
      const { pathname, search } = new URL(row!.signed_body_url);
      const { status, json } = await api.call('GET', `${pathname}${search}`);
      expect([status, json]).toMatchObject([200, { request: { model: 'gpt-4o' } }]);
    });

    it.each([
      { name: 'everything', filter: 'all', found: [6, 5, 4, 3, 2, 1, 0] },
      { name: 'no condition', filter: {}, found: [6, 5, 4, 3, 2, 1, 0] },
      {
        name: 'a property',
        filter: { request_response_rmt: { properties: { environment: { equals: 'production' } } } },
        found: [6, 4, 2, 0],
      },
      {
        name: 'a score above a number',
        filter: { request_response_rmt: { scores: { accuracy: { gt: 90 } } } },
        found: [6, 5, 4, 3],
      },
      {
        name: 'a boolean score by its name on the wire',
        filter: { request_response_rmt: { scores: { 'safe-hcone-bool': { equals: '1' } } } },
        found: [6, 5, 4],
      },
      {
        name: 'two conditions',
        filter: {
          left: { request_response_rmt: { request_created_at: { gte: new Date(START).toISOString() } } },
          operator: 'and',
          right: {
            left: { request_response_rmt: { scores: { accuracy: { lte: 88 } } } },
            operator: 'or',
            right: { request_response_rmt: { scores: { accuracy: { gte: 94 } } } },
          },
        },
        found: [6, 0],
      },
    ])('find by $name, and count the same', async ({ filter, found }) => {
      expect(await ids({ filter, limit: '100' })).toEqual(idsOf(found));
      const { status, json } = await api.call('POST', '/v1/request/count/query', { filter });
      expect([status, json]).toEqual([200, { data: found.length, error: null }]);
    });

    it('page by offset and sort by what is asked for', async () => {
      expect(await ids({ filter: 'all', limit: 2, offset: 2 })).toEqual(idsOf([4, 3]));
      expect(await ids({ filter: 'all', limit: 2, sort: { created_at: 'asc' } })).toEqual(idsOf([0, 1]));
      expect(await ids({ filter: 'all', isScored: false })).toEqual([]);
    });

    it.each([
      { name: 'no filter', body: {}, at: 'requestBody.filter' },
      { name: 'a limit beyond 1000', body: { filter: 'all', limit: 1001 }, at: 'requestBody.limit' },
      {
        name: 'an unknown column',
        body: { filter: { request_response_rmt: { nothing: { equals: 1 } } } },
        at: 'requestBody.filter',
      },
      {
        name: 'a sort key that there is not',
        body: { filter: 'all', sort: { nothing: 'asc' } },
        at: 'requestBody',
      },
    ])("refuse $name in Helicone's shape", async ({ body, at }) => {
      const { status, json } = await api.call('POST', path, body);
      expect(status).toBe(422);
      const { message, details } = json as { message: string; details: object };
      expect([message, Object.keys(details).some((place) => place.startsWith(at))]).toEqual([
        'Validation Failed',
        true,
      ]);
    });
  });

  // The last: from here on every call needs a key.
  it("show nothing of another project's", async () => {
    const { token } = await api.createKey(['read'], 'elsewhere');
    const headers = { authorization: `Bearer ${token}` };
    const answers = [
      await api.call('POST', '/api/v1/logs/query', {}, headers),
      await api.call('GET', '/api/v1/properties', undefined, headers),
      await api.call('POST', '/v1/request/query', { filter: 'all' }, headers),
      await api.call('POST', '/v1/request/count/query', { filter: 'all' }, headers),
    ];
    expect(answers.map(({ json }) => json)).toEqual([
      { logs: [], next: null },
      { properties: [] },
      { data: [], error: null },
      { data: 0, error: null },
    ]);
  });
});
