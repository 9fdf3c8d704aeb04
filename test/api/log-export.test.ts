import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { logRowSchema, wholeLogSchema } from '../../src/model/log-row.ts';
import { GatewayError } from '../../src/errors.ts';
import type { ListQuestion, LogPage } from '../../src/store/questions.ts';
import type { NewLog } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { readCsv } from '../fixtures/read-csv.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const START = 1_790_000_000_000;
const COUNT = 1203;
const PATH = '/api/v1/logs/export';

describe('an export of logs', () => {
  let api: ServedApi;
  let logs: NewLog[];
  beforeAll(async () => {
    api = await serveApi();
    logs = Array.from({ length: COUNT }, (_, index) =>
      newLog({
        startedAtMs: START + index,
        properties: new Map([
          ['environment', index % 2 === 0 ? 'production' : 'staging'],
          ...(index === 0 ? ([['=cmd()', '=1+1']] as const) : []),
          ...(index === 1 ? ([['__proto__', 'own']] as const) : []),
        ]),
      }),
    );
    await api.store.logs.add(logs, START);
    await api.call('PUT', `/api/v1/logs/${logs[0]!.id}/scores/tone`, { value: 'a "calm", one' });
    await api.call('PUT', `/api/v1/logs/${logs[1]!.id}/scores/fit`, { value: 0.5, source: 'api' });
    await api.call('PUT', `/api/v1/logs/${logs[1]!.id}/scores/fit`, { value: -0.25, source: 'human' });
  });
  afterAll(() => api.close());

  const lines = (text: string): Record<string, unknown>[] => {
    expect(text.endsWith('\n')).toBe(true);
    return text
      .slice(0, -1)
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  const newestFirst = (): string[] => logs.map(({ id }) => id).toReversed();

  it('is every log once, newest first, as lists give them', async () => {
    const { status, headers, text } = await api.call('GET', PATH);
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'application/x-ndjson',
      'attachment; filename="gradeway-logs.ndjson"',
    ]);
    const rows = lines(text);
    expect(rows.map(({ id }) => id)).toEqual(newestFirst());
    for (const row of rows.slice(-3)) expect(logRowSchema.strict().safeParse(row).error).toBeUndefined();
    expect((await api.call('POST', PATH)).text).toBe(text);
  });

  it('holds to filter, range and direction, in a query as in a body', async () => {
    const filter = { property: 'Environment', equals: 'production' };
    const wanted = { filter, fromMs: START + 10, toMs: START + 100, direction: 'asc' };
    const expected = logs.filter((_log, index) => index >= 10 && index < 100 && index % 2 === 0).map(({ id }) => id);
    const query = new URLSearchParams({
      ...wanted,
      filter: JSON.stringify(filter),
      fromMs: String(START + 10),
      toMs: String(START + 100),
    });
    const asked = await api.call('GET', `${PATH}?${query.toString()}`);
    const posted = await api.call('POST', PATH, wanted);
    expect(lines(asked.text).map(({ id }) => id)).toEqual(expected);
    expect(posted.text).toBe(asked.text);
    expect((await api.call('POST', PATH, { filter: { score: 'none', present: true } })).text).toBe('');
  });

  it('has logs whole where bodies are asked for', async () => {
    const rows = lines((await api.call('GET', `${PATH}?bodies=true&toMs=${START + 60}`)).text);
    expect(rows.map(({ id }) => id)).toEqual(newestFirst().slice(-60));
    const schema = wholeLogSchema.omit({ evaluations: true, logIds: true }).strict();
    for (const row of rows) expect(schema.safeParse(row).error).toBeUndefined();
    expect(rows[0]).toMatchObject({ output: { text: 'Hi' }, requestBody: { model: 'gpt-4o' } });
    expect(rows[0]).not.toHaveProperty('projectId');
  });

  it('is CSV with a column for each property and score', async () => {
    const { text, headers } = await api.call('GET', `${PATH}?format=csv&bodies=true&direction=asc&toMs=${START + 3}`);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    const [head, ...rows] = readCsv(text);
    const cells = (index: number): Map<string | null, string | null> =>
      new Map(rows[index]!.map((cell, column) => [head![column]!, cell]));
    expect(rows.map((row) => row.length)).toEqual([head!.length, head!.length, head!.length]);
    expect(new Set(head).size).toBe(head!.length);
    expect(Object.fromEntries(cells(0))).toMatchObject({
      id: logs[0]!.id,
      startedAt: new Date(START).toISOString(),
      startedAtMs: String(START),
      stream: 'false',
      firstTokenMs: null,
      'usage.inputTokens': '9',
      'property.environment': 'production',
      'property.=cmd()': "'=1+1",
      'score.tone': 'a "calm", one',
      'score.fit': null,
      output: 'Hi',
      requestBody: logs[0]!.requestBody!.toString(),
    });
    expect(cells(1).get('property.__proto__')).toBe('own');
    expect(cells(1).get('score.fit')).toBe('-0.25');
    expect(JSON.parse(cells(1).get('properties')!)).toEqual(JSON.parse('{"environment":"staging","__proto__":"own"}'));
    expect(JSON.parse(cells(1).get('scores')!)).toMatchObject([{ value: 0.5 }, { value: -0.25, source: 'human' }]);
    expect(cells(2).get('scores')).toBe('[]');
  });

  it('of nothing as CSV is the header line', async () => {
    const { text } = await api.call('POST', PATH, { format: 'csv', toMs: 0 });
    expect(readCsv(text)).toHaveLength(1);
  });

  it('oldest first ends, though logs keep coming', async () => {
    const list = api.store.questions.list.bind(api.store.questions);
    const added: NewLog[] = [];
    const spy = vi.spyOn(api.store.questions, 'list').mockImplementation(async (question) => {
      const page = await list(question);
      const more = Array.from({ length: 600 }, (_, index) => newLog({ startedAtMs: START + 10_000 + index }));
      added.push(...more);
      await api.store.logs.add(more, START);
      if (added.length > 6000) throw new Error('it goes on for ever');
      return page;
    });
    try {
      const rows = lines((await api.call('POST', PATH, { direction: 'asc', filter: null })).text);
      expect(rows.map(({ id }) => id)).toEqual(logs.map(({ id }) => id));
    } finally {
      spy.mockRestore();
    }
  });

  it.each([
    { name: 'a format that there is not', query: 'format=xml', at: 'query.format' },
    { name: 'a filter that is no JSON', query: 'filter={', at: 'query.filter' },
    {
      name: 'a filter that is none',
      query: `filter=${encodeURIComponent('{"field":"no","equals":1}')}`,
      at: 'query.filter.field',
    },
    { name: 'a time that is none', query: 'fromMs=yesterday', at: 'query.fromMs' },
    { name: 'what it does not know', query: 'limit=3', at: 'query' },
  ])('refuses $name before it begins', async ({ query, at }) => {
    const { status, json } = await api.call('GET', `${PATH}?${query}`);
    expect(status).toBe(422);
    expect(Object.keys((json as { error: { details: object } }).error.details)).toContain(at);
  });

  it('answers HEAD without writing anything', async () => {
    const { status, headers, text } = await api.call('HEAD', `${PATH}?format=csv`);
    expect([status, headers.get('content-type'), text]).toEqual([200, 'text/csv; charset=utf-8; header=present', '']);
  });

  /** Pages of one log with half a megabyte of properties, for ever; counts those that were asked for. */
  function endless(failsAfter = Infinity): { pages: () => number; restore: () => void } {
    let pages = 0;
    const heavy = newLog({ properties: new Map([['text', 'x'.repeat(512 * 1024)]]) });
    const spy = vi
      .spyOn(api.store.questions, 'list')
      .mockImplementation(async (_question: ListQuestion): Promise<LogPage> => {
        await pause(1);
        pages += 1;
        if (pages > failsAfter) throw new GatewayError('store_unavailable');
        const many = Array.from({ length: 500 }, () => ({ ...newLog(), seq: pages, scores: [] }));
        return { logs: [{ ...heavy, seq: pages, scores: [] }, ...many.slice(1)], next: { startedAtMs: 1, seq: pages } };
      });
    return { pages: () => pages, restore: () => spy.mockRestore() };
  }

  async function begun(): Promise<{ sent: ClientRequest; answer: IncomingMessage }> {
    const sent = request(api.url + PATH, { agent: false })
      .on('error', () => {})
      .end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { sent, answer: answer.on('error', () => {}) };
  }

  async function settled(read: () => number): Promise<number> {
    for (let before = -1; ; await pause(150)) {
      const now = read();
      if (now === before) return now;
      before = now;
    }
  }

  it('waits for a client that does not read, and stops for one that has gone', async () => {
    const { pages, restore } = endless();
    try {
      const { sent, answer } = await begun();
      // What the sockets of both sides hold, some megabytes on loopback.
      const waiting = await settled(pages);
      expect(waiting).toBeLessThan(40);
      let read = 0;
      answer.on('data', (bytes: Buffer) => (read += bytes.length));
      await vi.waitFor(() => expect(read).toBeGreaterThan(20 << 20), 8000);
      expect(pages()).toBeGreaterThan(waiting);
      sent.destroy();
      const atEnd = await settled(pages);
      await pause(200);
      expect(pages()).toBe(atEnd);
    } finally {
      restore();
    }
  });

  it('is refused where eight of the project are open, and taken again when one has ended', async () => {
    const { restore } = endless();
    try {
      const open = await Promise.all(Array.from({ length: 8 }, begun));
      expect((await api.call('GET', PATH)).json).toMatchObject({ error: { code: 'too_many_open' } });
      open[0]!.sent.destroy();
      await vi.waitFor(async () => {
        const { sent, answer } = await begun();
        sent.destroy();
        expect(answer.statusCode).toBe(200);
      });
      for (const { sent } of open) sent.destroy();
    } finally {
      restore();
    }
  });

  it('that fails on the way is broken off, and never ends as if it were whole', async () => {
    for (const reading of [true, false]) {
      const { pages, restore } = endless(3);
      try {
        api.lines.length = 0;
        const { answer } = await begun();
        let text = '';
        const over = new Promise((done) => answer.once('close', done));
        if (!reading) await settled(pages);
        answer.on('data', (bytes: Buffer) => (text += bytes.toString()));
        await over;
        expect([reading, answer.complete, text.includes('Error')]).toEqual([reading, false, false]);
        expect(pages()).toBe(4);
        expect(api.lines.join('')).toContain('an answer was broken off');
      } finally {
        restore();
      }
    }
  });

  // The last: from here on every call needs a key.
  it("has nothing of another project's, and ends with its key", async () => {
    const { token, row } = await api.createKey(['read'], 'elsewhere');
    const headers = { authorization: `Bearer ${token}` };
    expect((await api.call('GET', PATH, undefined, headers)).text).toBe('');
    const { pages, restore } = endless();
    try {
      const sent = request(api.url + PATH, { agent: false, headers })
        .on('error', () => {})
        .end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      const over = new Promise((done) => answer.on('error', () => {}).once('close', done));
      answer.resume();
      await vi.waitFor(() => expect(pages()).toBeGreaterThan(2));
      await api.store.keys.revoke(row.id, Date.now());
      await api.keys.refresh();
      await over;
      expect(answer.complete).toBe(false);
    } finally {
      restore();
    }
  });
});
