/** Dead letters through the API. What retry and drop do to jobs is held by test/store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { bury } from '../fixtures/bury.ts';
import { type ServedApi, serveApi } from './served-api.ts';

interface Letter {
  id: number;
  evaluator: string;
  logId: string | null;
}

interface Page {
  deadLetters: Letter[];
  next: string | null;
}

describe('dead letters', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
  });
  afterEach(() => api.close());

  const page = async (query = ''): Promise<Page> =>
    (await api.call('GET', `/api/v1/dead-letters${query}`)).json as Page;
  const post = (what: 'retry' | 'drop', body: unknown) => api.call('POST', `/api/v1/dead-letters/${what}`, body);

  it('are listed without what was printed, page by page, and read with it', async () => {
    const logs = Array.from({ length: 3 }, () => newLog({ evaluators: ['tone'] }));
    await bury(api.store, logs);
    const first = await page('?limit=2');
    expect(first.deadLetters).toHaveLength(2);
    const second = await page(`?limit=2&cursor=${first.next}`);
    expect(second).toMatchObject({ deadLetters: [{ evaluator: 'tone', reason: 'boom', code: 'threw' }], next: null });
    const all = [...first.deadLetters, ...second.deadLetters];
    expect(new Set(all.map(({ logId }) => logId))).toEqual(new Set(logs.map(({ id }) => id)));
    expect(all[0]).not.toHaveProperty('printed');
    const { status, json } = await api.call('GET', `/api/v1/dead-letters/${all[0]!.id}`);
    expect([status, json]).toEqual([200, { ...all[0], printed: 'seen\n' }]);
  });

  it('of another question do not go on with its cursor', async () => {
    await bury(
      api.store,
      Array.from({ length: 3 }, () => newLog({ evaluators: ['tone'] })),
    );
    const { next } = await page('?limit=1');
    const answer = await api.call('GET', `/api/v1/dead-letters?evaluator=tone&cursor=${next}`);
    expect([answer.status, answer.json]).toMatchObject([400, { error: { code: 'invalid_cursor' } }]);
  });

  it('run again by their ids, unknown ones passed over', async () => {
    await bury(api.store, [newLog({ evaluators: ['tone', 'length'] })]);
    const { deadLetters } = await page();
    expect((await post('retry', { ids: [deadLetters[0]!.id, 999_999] })).json).toEqual({ retried: 1 });
    expect((await page()).deadLetters).toEqual([deadLetters[1]]);
    expect(await api.store.jobs.backlog()).toMatchObject({ pending: 1, dead: 1 });
  });

  it('of one evaluator are dropped at once, and those of others stay', async () => {
    await bury(
      api.store,
      Array.from({ length: 3 }, () => newLog({ evaluators: ['tone', 'length'] })),
    );
    expect((await post('drop', { evaluator: 'tone' })).json).toEqual({ dropped: 3 });
    expect((await page()).deadLetters.map(({ evaluator }) => evaluator)).toEqual(['length', 'length', 'length']);
    expect((await page('?evaluator=tone')).deadLetters).toEqual([]);
    expect((await post('drop', { evaluator: 'tone' })).json).toEqual({ dropped: 0 });
  });

  it.each([
    { name: 'nothing said', body: {} },
    { name: 'both said', body: { ids: [1], evaluator: 'tone' } },
    { name: 'no ids', body: { ids: [] } },
    { name: 'too many ids', body: { ids: Array.from({ length: 1001 }, (_, index) => index + 1) } },
    { name: 'an id that is none', body: { ids: ['1'] } },
    { name: 'an id that no store has', body: { ids: [2 ** 63] } },
    { name: 'a name that is none', body: { evaluator: '../x' } },
  ])('are all left alone with $name', async ({ body }) => {
    await bury(api.store, [newLog({ evaluators: ['tone'] })]);
    for (const what of ['retry', 'drop'] as const) {
      const { status, json } = await post(what, body);
      expect([status, json]).toMatchObject([422, { error: { code: 'validation_failed' } }]);
    }
    expect(await api.store.jobs.backlog()).toMatchObject({ pending: 0, dead: 1 });
  });

  it.each(['0', '-1', '1.5', 'x', '9'.repeat(30)])('are not looked up by %s', async (id) => {
    expect((await api.call('GET', `/api/v1/dead-letters/${id}`)).status).toBe(422);
  });

  it('are shown to whoever may read, and changed by an admin only', async () => {
    await bury(api.store, [newLog({ evaluators: ['tone'], projectId: DEFAULT_PROJECT.id })]);
    const { token } = await api.createKey(['read', 'score', 'ingest']);
    const headers = { authorization: `Bearer ${token}` };
    expect((await api.call('GET', '/api/v1/dead-letters', undefined, headers)).status).toBe(200);
    for (const what of ['retry', 'drop'])
      expect((await api.call('POST', `/api/v1/dead-letters/${what}`, { evaluator: 'tone' }, headers)).status).toBe(403);
    expect(await api.store.jobs.backlog()).toMatchObject({ dead: 1 });
  });
});
