/** Deleting logs through the API, and what the audit says of it. What deleting removes is held by test/store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { Scope } from '../../src/model/key.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

interface Entry {
  action: string;
  actor: string;
  keyId: string | null;
  target: string | null;
  count: number;
  details: Record<string, unknown> | null;
}

describe('deleting logs', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
  });
  afterEach(() => api.close());

  const add = async (...logs: ReturnType<typeof newLog>[]): Promise<void> => void (await api.store.logs.add(logs, 1));
  const entries = async (headers?: Record<string, string>): Promise<Entry[]> =>
    ((await api.call('GET', '/api/v1/audit', undefined, headers)).json as { entries: Entry[] }).entries;

  it.each(['id', 'requestId', 'providerResponseId'] as const)('deletes a log by its %s, once', async (name) => {
    const log = newLog({ requestId: newId() });
    const other = newLog();
    await add(log, other);
    const { status, json } = await api.call('DELETE', `/api/v1/logs/${log[name]}`);
    expect([status, json]).toEqual([200, { id: log.id, deleted: 1 }]);
    expect((await api.call('GET', `/api/v1/logs/${log.id}`)).status).toBe(404);
    expect((await api.call('DELETE', `/api/v1/logs/${log[name]}`)).status).toBe(404);
    expect((await api.call('GET', `/api/v1/logs/${other.id}`)).status).toBe(200);
    expect(await entries()).toMatchObject([{ action: 'logs.removed', actor: 'local', target: log.id, count: 1 }]);
  });

  it('needs the scope admin, of the project that the log is of', async () => {
    const log = newLog();
    await add(log);
    const headersOf = async (scopes: Scope[], project?: string) => {
      const { token, row } = await api.createKey(scopes, project);
      return { id: row.id, headers: { authorization: `Bearer ${token}` } };
    };
    const [weak, foreign, own] = [
      await headersOf(['ingest', 'score', 'read']),
      await headersOf(['admin'], 'other'),
      await headersOf(['admin']),
    ];
    const statuses = async (headers: Record<string, string>): Promise<number[]> => [
      (await api.call('DELETE', `/api/v1/logs/${log.id}`, undefined, headers)).status,
      (await api.call('POST', '/api/v1/logs/delete', { atMost: 10 }, headers)).status,
      (await api.call('GET', '/api/v1/audit', undefined, headers)).status,
    ];
    expect(await statuses({})).toEqual([401, 401, 401]);
    expect(await statuses(weak.headers)).toEqual([403, 403, 403]);
    expect(await statuses(foreign.headers)).toEqual([404, 200, 200]);
    expect(await api.store.logs.find(log.projectId, log.id)).toBeDefined();
    expect(await statuses(own.headers)).toEqual([200, 200, 200]);
    expect(await entries(own.headers)).toMatchObject([
      { action: 'logs.removed', actor: 'key', keyId: own.id, target: log.id, count: 1 },
      { action: 'key.created', target: own.id },
      { action: 'key.created', target: weak.id, details: { scopes: 'ingest score read' } },
    ]);
    expect(await entries(foreign.headers)).toMatchObject([{ action: 'key.created', target: foreign.id }]);
  });

  it('counts the logs of a filter first, and deletes no more than were expected', async () => {
    const logs = Array.from({ length: 30 }, (_, index) =>
      newLog({ startedAtMs: 1000 + index, userId: `u${index % 3}` }),
    );
    await add(...logs);
    const filter = { field: 'userId', equals: 'u1' };
    const remove = (body: unknown) => api.call('POST', '/api/v1/logs/delete', body);
    expect((await remove({ filter })).json).toEqual({ found: 10, deleted: 0, more: true });
    const refused = await remove({ filter, atMost: 9 });
    expect([refused.status, refused.json]).toMatchObject([409, { error: { code: 'more_than_expected' } }]);
    expect((await remove({ filter, toMs: 1015 })).json).toMatchObject({ found: 5 });
    expect((await remove({ filter, atMost: 10, limit: 4 })).json).toEqual({ found: 10, deleted: 4, more: true });
    expect((await remove({ filter, atMost: 10, limit: 6 })).json).toEqual({ found: 6, deleted: 6, more: false });
    expect((await remove({ filter, atMost: 10 })).json).toEqual({ found: 0, deleted: 0, more: false });
    expect((await remove({ atMost: 1000 })).json).toEqual({ found: 20, deleted: 20, more: false });
    const [all, six] = await entries();
    expect(all).toMatchObject({ count: 20, target: null, details: { filterSha256: null } });
    expect(six).toMatchObject({ count: 6, details: { filterSha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  });

  it('deletes more logs than one page, on one row of the audit, which is read page by page', async () => {
    const logs = Array.from({ length: 700 }, (_, index) => newLog({ startedAtMs: 1000 + index }));
    for (let at = 0; at < logs.length; at += 100) await add(...logs.slice(at, at + 100));
    const remove = (limit: number) => api.call('POST', '/api/v1/logs/delete', { atMost: 700, limit });
    expect((await remove(600)).json).toEqual({ found: 700, deleted: 600, more: true });
    // The newest first: what is left is the oldest.
    expect((await api.call('GET', `/api/v1/logs/${logs[0]!.id}`)).status).toBe(200);
    expect((await remove(600)).json).toEqual({ found: 100, deleted: 100, more: false });
    expect((await entries()).map(({ count }) => count)).toEqual([100, 600]);
    const first = await api.call('GET', '/api/v1/audit?limit=1');
    const { next } = first.json as { next: string };
    const second = await api.call('GET', `/api/v1/audit?limit=1&cursor=${next}`);
    expect(second.json).toMatchObject({ entries: [{ count: 600 }], next: null });
    expect((await api.call('GET', '/api/v1/audit?cursor=nonsense')).status).toBe(400);
    expect((await api.call('GET', '/api/v1/audit?limit=0')).status).toBe(422);
  });

  it.each([
    { name: 'an unknown member', body: { atMost: 1, all: true } },
    { name: 'a limit of nothing', body: { atMost: 1, limit: 0 } },
    { name: 'no body' },
    { name: 'a filter that is none', body: { filter: 'everything', atMost: 1 } },
  ])('deletes nothing for $name', async ({ body }) => {
    const log = newLog({ startedAtMs: 1 });
    await add(log);
    expect((await api.call('POST', '/api/v1/logs/delete', body)).status).toBe(422);
    expect(await api.store.logs.find(log.projectId, log.id)).toBeDefined();
  });

  it('notes who uses which key, once a day', async () => {
    const { token, row } = await api.createKey(['admin']);
    const headers = { authorization: `Bearer ${token}` };
    expect((await api.store.keys.list())[0]!.lastUsedAtMs).toBeNull();
    await api.store.keys.used([{ id: row.id, atMs: 86_400_000 * 3 }]);
    await api.store.keys.used([{ id: row.id, atMs: 86_400_000 * 3 + 70_000 }]);
    await api.store.keys.used([
      { id: row.id, atMs: 86_400_000 * 4 },
      { id: newId(), atMs: 5 },
    ]);
    await api.store.keys.used([{ id: row.id, atMs: 86_400_000 * 3 }]);
    expect((await api.store.keys.list())[0]!.lastUsedAtMs).toBe(86_400_000 * 4);
    const used = (await entries(headers)).filter(({ action }) => action === 'key.used');
    expect(used).toMatchObject([
      { actor: 'key', keyId: row.id, target: row.id, count: 1, atMs: 86_400_000 * 4 },
      { actor: 'key', keyId: row.id, target: row.id, count: 1, atMs: 86_400_000 * 3 },
    ]);
  });

  it('shows and settles how long logs are kept', async () => {
    const settled = { bodyDays: null, logDays: null };
    const path = '/api/v1/retention';
    expect((await api.call('GET', path)).json).toEqual({ bodyDays: 30, logDays: 0, settled });
    const changed = await api.call('PUT', path, { bodyDays: 0, logDays: 90 });
    expect(changed.json).toEqual({ bodyDays: 0, logDays: 90, settled: { bodyDays: 0, logDays: 90 } });
    expect((await api.call('PUT', path, { bodyDays: null, logDays: 7 })).json).toMatchObject({
      bodyDays: 30,
      logDays: 7,
    });
    for (const body of [
      { bodyDays: -1, logDays: 0 },
      { bodyDays: 0.5, logDays: 0 },
      { logDays: 1 },
      { bodyDays: 0, logDays: 36_501 },
    ])
      expect((await api.call('PUT', path, body)).status).toBe(422);
    expect(await entries()).toMatchObject([
      { action: 'retention.changed', actor: 'local', details: { bodyDays: null, logDays: 7 } },
      { action: 'retention.changed', details: { bodyDays: 0, logDays: 90 } },
    ]);
    const [reads, foreign] = [await api.createKey(['read']), await api.createKey(['admin'], 'other')];
    const as = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
    expect((await api.call('GET', path, undefined, as(reads))).json).toMatchObject({ logDays: 7 });
    expect((await api.call('PUT', path, { bodyDays: 1, logDays: 1 }, as(reads))).status).toBe(403);
    expect((await api.call('GET', path, undefined, as(foreign))).json).toMatchObject({ settled });
  });
});
