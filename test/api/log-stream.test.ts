import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { logRowSchema } from '../../src/model/log-row.ts';
import { GatewayError } from '../../src/errors.ts';
import type { NewLog } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type EventSourceOf, eventsOf, type ReadEvent } from '../fixtures/read-events.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const PATH = '/api/v1/logs/stream';

describe('the live stream', () => {
  let api: ServedApi;
  let open: EventSourceOf[];
  beforeAll(async () => {
    api = await serveApi();
  });
  beforeEach(() => {
    open = [];
  });
  afterEach(() => {
    for (const one of open) one.close();
    vi.restoreAllMocks();
  });
  afterAll(() => api.close());

  const watch = async (query = '', headers: Record<string, string> = {}): Promise<EventSourceOf> => {
    const source = await eventsOf(`${api.url}${PATH}${query}`, headers);
    open.push(source);
    return source;
  };
  const add = async (...logs: NewLog[]): Promise<void> => void (await api.store.logs.add(logs, Date.now()));
  const score = (log: NewLog, name: string, value: unknown): Promise<unknown> =>
    api.call('PUT', `/api/v1/logs/${log.id}/scores/${name}`, { value });
  const told = ({ event, data }: ReadEvent): unknown[] =>
    event === 'log' ? [event, (data as { id: string }).id] : [event, (data as { name: string }).name];

  it('tells of logs and scores as they land, and of nothing before', async () => {
    const [before, log] = [newLog(), newLog({ properties: new Map([['__proto__', 'own\nline']]) })];
    await add(before);
    const source = await watch();
    await add(log);
    const first = await source.next();
    expect(told(first)).toEqual(['log', log.id]);
    expect(logRowSchema.strict().safeParse(first.data).error).toBeUndefined();
    expect(Object.entries((first.data as { properties: object }).properties)).toEqual([['__proto__', 'own\nline']]);
    await score(log, 'accuracy', 0.5);
    const second = await source.next();
    expect(second).toMatchObject({
      event: 'score',
      data: { logId: log.id, name: 'accuracy', scores: [{ name: 'accuracy', value: 0.5, source: 'api' }] },
    });
    expect(Number(second.id)).toBeGreaterThan(Number(first.id));
    await score(before, 'accuracy', 1);
    expect((await source.next()).data).toMatchObject({ logId: before.id });
    await api.store.edits.removeScores(log.projectId, log.id, 'accuracy', null, Date.now());
    expect((await source.next()).data).toEqual({ logId: log.id, name: 'accuracy', scores: [] });
  });

  it('goes on behind the last event that a client has seen, by header as by query, each once', async () => {
    const source = await watch();
    const logs = Array.from({ length: 450 }, () => newLog());
    await add(logs[0]!);
    const { id } = await source.next();
    source.close();
    await add(...logs.slice(1));
    for (const again of [
      await watch('', { 'last-event-id': id }),
      await watch(`?lastEventId=${id}`),
      await watch('?lastEventId=1', { 'last-event-id': id }),
    ]) {
      const found = [];
      for (let count = 1; count < logs.length; count += 1) found.push((await again.next()).data);
      expect(found.map((row) => (row as { id: string }).id)).toEqual(logs.slice(1).map((log) => log.id));
      await expect(again.next(100)).rejects.toThrow('no event came');
    }
    const fresh = newLog();
    await add(fresh);
    for (const again of open.slice(1)) expect(told(await again.next())).toEqual(['log', fresh.id]);
  });

  it('tells only of logs that satisfy the filter, whenever they come to', async () => {
    const filter = encodeURIComponent(
      JSON.stringify({
        and: [{ property: 'Plan', equals: 'pro' }, { not: { score: 'accuracy', gte: 0.5 } }],
      }),
    );
    const source = await watch(`?filter=${filter}`);
    const [pro, free] = ['pro', 'free'].map((plan) => newLog({ properties: new Map([['plan', plan]]) }));
    await add(free!, pro!);
    expect(told(await source.next())).toEqual(['log', pro!.id]);
    await score(free!, 'accuracy', 0.1);
    await score(pro!, 'accuracy', 0.1);
    expect((await source.next()).data).toMatchObject({ logId: pro!.id, scores: [{ value: 0.1 }] });
    await score(pro!, 'accuracy', 0.9);
    await score(pro!, 'tone', 'calm');
    await expect(source.next(600)).rejects.toThrow('no event came');
  });

  it('has one look at the store for all who watch, and none for nobody', async () => {
    const changes = vi.spyOn(api.store.questions, 'changes');
    const list = vi.spyOn(api.store.questions, 'list');
    const sources = await Promise.all(Array.from({ length: 20 }, () => watch()));
    changes.mockClear();
    await add(newLog());
    const ids = await Promise.all(sources.map(async (source) => (await source.next()).id));
    expect(new Set(ids).size).toBe(1);
    await pause(500);
    expect(list).toHaveBeenCalledTimes(1);
    expect(changes.mock.calls.length).toBeLessThan(12);
    for (const source of sources) source.close();
    await pause(600);
    changes.mockClear();
    await pause(500);
    expect(changes).not.toHaveBeenCalled();
  });

  it('watches for nobody who went before it began', async () => {
    const real = api.keys.authenticate.bind(api.keys);
    vi.spyOn(api.keys, 'authenticate').mockImplementation(async (token) => {
      await pause(150);
      return real(token);
    });
    for (let round = 0; round < 3; round += 1) {
      const sent = request(api.url + PATH, { agent: false })
        .on('error', () => {})
        .end();
      await pause(50);
      sent.destroy();
    }
    await pause(700);
    const changes = vi.spyOn(api.store.questions, 'changes');
    await pause(500);
    expect(changes).not.toHaveBeenCalled();
  });

  it('tells of a gap where the store has forgotten what a client asks for, and goes on from there', async () => {
    const source = await watch();
    await add(newLog());
    const { id } = await source.next();
    const real = api.store.questions.changes.bind(api.store.questions);
    vi.spyOn(api.store.questions, 'changes').mockImplementation(async (project, after, limit) => {
      const found = await real(project, after, limit);
      return after === Number(id) ? { ...found, changes: found.changes.slice(1), complete: false } : found;
    });
    const [lost, kept] = [newLog(), newLog()];
    source.close();
    await add(lost, kept);
    const again = await watch('', { 'last-event-id': id });
    const gap = await again.next();
    expect(gap).toMatchObject({ event: 'gap', data: { message: expect.stringContaining('/api/v1/logs/query') } });
    expect(told(await again.next())).toEqual(['log', kept.id]);
    expect(Number(gap.id)).toBeGreaterThan(Number(id));
  });

  it('tells of a gap where an event is of another database', async () => {
    await add(newLog());
    const source = await watch('', { 'last-event-id': '999999999999999' });
    const gap = await source.next();
    expect(gap.event).toBe('gap');
    const log = newLog();
    await add(log);
    const next = await source.next();
    expect(told(next)).toEqual(['log', log.id]);
    expect(Number(gap.id)).toBeLessThan(Number(next.id));
  });

  it('holds nothing for a client that does not read, and tells it all when it does', async () => {
    const changes = vi.spyOn(api.store.questions, 'changes');
    const sent = request(api.url + PATH, { agent: false }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.pause();
    // More than the sockets of both sides hold, in more reads than the poll keeps. Meanwhile others are told at once.
    const fast = await watch();
    const text = 'x'.repeat(200_000);
    const logs = Array.from({ length: 64 }, () => newLog({ properties: new Map([['text', text]]) }));
    for (let from = 0; from < logs.length; from += 8) {
      await add(...logs.slice(from, from + 8));
      for (const log of logs.slice(from, from + 8)) expect(told(await fast.next())).toEqual(['log', log.id]);
    }
    changes.mockClear();
    let read = '';
    answer.on('data', (bytes: Buffer) => (read += bytes.toString())).resume();
    await vi.waitFor(() => expect(read).toContain(logs.at(-1)!.id), 10_000);
    const ids = [...read.matchAll(/^data: \{.*?"id":"([^"]+)"/gm)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(new Set(logs.map(({ id }) => id)));
    // It was behind what the poll holds: it has asked by itself.
    expect(Math.min(...changes.mock.calls.map(([, after]) => after!))).toBeLessThan(Number(fast.lastId()));
    sent.destroy();
  });

  it('goes on where the store does not answer for a while, and ends with the reason where it cannot tell', async () => {
    const source = await watch();
    const changes = vi.spyOn(api.store.questions, 'changes').mockRejectedValue(new GatewayError('store_unavailable'));
    const log = newLog();
    await add(log);
    await pause(400);
    changes.mockRestore();
    expect(told(await source.next())).toEqual(['log', log.id]);
    vi.spyOn(api.store.questions, 'list').mockRejectedValue(new GatewayError('question_too_large'));
    await add(newLog());
    const { events, broken } = await source.rest();
    expect([events, broken]).toMatchObject([[{ event: 'end', data: { reason: 'question_too_large' } }], false]);
  });

  it('is refused where a hundred of the project are open', async () => {
    const sources = await Promise.all(Array.from({ length: 100 }, () => watch()));
    await expect(watch()).rejects.toThrow('429');
    for (const source of sources) source.close();
    await vi.waitFor(() => watch());
  });

  it('answers HEAD, and refuses what is no event and no filter, before it begins', async () => {
    expect((await api.call('HEAD', PATH)).status).toBe(200);
    expect((await api.call('GET', PATH, undefined, { 'last-event-id': 'x' })).text).toContain('header.last-event-id');
    expect((await api.call('GET', `${PATH}?lastEventId=-1`)).status).toBe(422);
    expect((await api.call('GET', `${PATH}?filter=1`)).status).toBe(422);
    const misspelt = await api.call('GET', `${PATH}?filter=${encodeURIComponent('{"not":{"field":"modell"}}')}`);
    expect(misspelt.text).toContain('"query.filter.not.field":{"message":"send one of id, ');
    vi.spyOn(api.store.questions, 'changes').mockRejectedValue(new GatewayError('store_unavailable'));
    expect((await api.call('GET', PATH)).status).toBe(503);
  });

  // From here on every call needs a key.
  it("tells nothing of another project's, and ends when its key is revoked", async () => {
    const { token, row } = await api.createKey(['read'], 'elsewhere');
    const source = await watch('', { authorization: `Bearer ${token}` });
    const [foreign, own] = [newLog(), newLog({ projectId: row.projectId })];
    await add(foreign, own);
    expect(told(await source.next())).toEqual(['log', own.id]);
    await api.store.keys.revoke(row.id, Date.now());
    await api.keys.refresh();
    const { events } = await source.rest();
    expect(events.map(({ data }) => data)).toEqual([{ reason: 'unauthorized' }]);
  }, 10_000);

  // The last: nothing is told any more.
  it('says that it ends when the process is about to, and where to go on', async () => {
    const { token, row } = await api.createKey(['read'], 'ending');
    const source = await watch('', { authorization: `Bearer ${token}` });
    const log = newLog({ projectId: row.projectId });
    await add(log);
    const { id } = await source.next();
    api.end();
    expect(await source.rest()).toEqual({
      events: [{ event: 'end', data: { reason: 'draining' }, id }],
      broken: false,
    });
  });
});
