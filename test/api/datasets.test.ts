/** Datasets over HTTP, as a user makes, fills, changes and reads them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

interface Page {
  datapoints: { id: string; inputs: Record<string, unknown>; messages: unknown; target: unknown; source: unknown }[];
  next: string | null;
  version: number;
}

describe('datasets', () => {
  let api: ServedApi;
  beforeAll(async () => {
    api = await serveApi();
  });
  afterAll(() => api.close());

  const at = (name: string, rest = ''): string => `/api/v1/datasets/${name}${rest}`;
  const page = async (name: string, query = ''): Promise<Page> =>
    (await api.call('GET', at(name, `/datapoints${query}`))).json as Page;
  const make = (name: string, datapoints: unknown[] = []): Promise<Answer> =>
    api.call('POST', '/api/v1/datasets', { name, datapoints });
  const importFile = async (name: string, text: string, query = ''): Promise<{ status: number; json: unknown }> => {
    const answer = await fetch(`${api.url}${at(name, `/import${query}`)}`, { method: 'POST', body: text });
    return { status: answer.status, json: await answer.json() };
  };
  const asking = (...numbers: number[]): { inputs: { q: number } }[] => numbers.map((q) => ({ inputs: { q } }));

  it('are made with their first version, changed and read by version', async () => {
    const made = await make('changed', asking(1, 2));
    expect(made).toMatchObject({ status: 201, json: { name: 'changed', version: 1, datapoints: 2 } });
    const [one, two] = (await page('changed')).datapoints;
    const change = await api.call('POST', at('changed', '/changes'), {
      put: [{ id: one!.id.toUpperCase(), inputs: { q: 1 }, target: 'one' }, ...asking(3)],
      remove: [two!.id],
      baseVersion: 1,
      note: 'targets',
    });
    expect(change).toMatchObject({
      status: 200,
      json: { version: 2, added: 1, edited: 1, removed: 1, note: 'targets' },
    });
    expect((await page('changed')).datapoints.map(({ inputs, target }) => [inputs.q, target])).toEqual([
      [1, 'one'],
      [3, null],
    ]);
    expect((await page('changed', '?version=1')).datapoints.map(({ inputs }) => inputs.q)).toEqual([1, 2]);
    const whole = (await api.call('GET', at('changed'))).json;
    expect(whole).toMatchObject({ version: 2, versions: [{ version: 2 }, { version: 1 }] });
  });

  it('refuse a change of a version that is not the newest any more, and a name that is taken', async () => {
    await make('raced', asking(1));
    const stale = await api.call('POST', at('raced', '/changes'), { put: asking(2), baseVersion: 0 });
    expect(stale).toMatchObject({ status: 409, json: { error: { code: 'conflict' } } });
    expect((await page('raced')).version).toBe(1);
    expect(await make('raced')).toMatchObject({ status: 409 });
  });

  it('say what is wrong, and what to do', async () => {
    await make('wrong', asking(1));
    for (const [body, at2, message] of [
      [{}, 'body.put', 'put a datapoint'],
      [{ put: [{}] }, 'body.put.0', 'neither inputs nor messages'],
      [{ put: [{ inputs: { q: 1 }, messages: [{}] }] }, 'body.put.0.messages.0.role', 'required'],
      [{ remove: ['x'] }, 'body.remove.0', ''],
      [{ add: [] }, 'body', 'add'],
    ] as const) {
      const { status, json } = await api.call('POST', at('wrong', '/changes'), body);
      const { details } = (json as { error: { details: Record<string, { message: string }> } }).error;
      expect([status, Object.keys(details).some((place) => place.startsWith(at2)), JSON.stringify(details)]).toEqual([
        422,
        true,
        expect.stringContaining(message),
      ]);
    }
    const twice = { id: newId(), inputs: { q: 1 } };
    expect((await api.call('POST', at('wrong', '/changes'), { put: [twice, twice] })).text).toContain(
      'is also that of',
    );
    expect(await api.call('GET', at('none'))).toMatchObject({ status: 404 });
    expect((await api.call('GET', at('wrong', '/datapoints?version=7'))).text).toContain('has no version 7; it has 1');
    expect((await page('wrong')).version).toBe(1);
  });

  it('import nothing of a file with a mistake, and name its lines', async () => {
    await make('imported');
    const lines = Array.from({ length: 500 }, (_, index) => JSON.stringify({ inputs: { q: index } }));
    const bad = await importFile('imported', [...lines, '{"inputs": 7}', '{"x'].join('\n'));
    expect(bad.status).toBe(422);
    const { message, details } = (bad.json as { error: { message: string; details: Record<string, unknown> } }).error;
    expect(message).toContain('2 of the datapoints cannot be taken, and none was. line 501: inputs');
    expect(Object.keys(details)).toEqual(['line 501', 'line 502']);
    expect((await api.call('GET', at('imported'))).json).toMatchObject({ version: 0, datapoints: 0 });
    const good = await importFile('imported', lines.join('\n'), '?file=faq.jsonl');
    expect(good).toMatchObject({ status: 200, json: { datapoints: 500, added: 500 } });
    const { datapoints, next } = await page('imported', '?limit=3');
    expect(datapoints.map(({ source }) => source)).toEqual(
      [1, 2, 3].map((line) => ({ from: 'import', file: 'faq.jsonl', line })),
    );
    const rest = await page('imported', `?limit=1000&cursor=${next}`);
    expect(rest.datapoints.map(({ inputs }) => inputs.q)).toEqual(Array.from({ length: 497 }, (_, index) => index + 3));
    expect(await importFile('imported', '')).toMatchObject({ status: 400 });
  });

  it('are exported as a file that gives the same datapoints again, in parts that are all of it', async () => {
    await make('exported', [
      { inputs: { q: 'a "b"\n' }, target: { x: [1, null] }, metadata: { m: 1 } },
      { messages: [{ role: 'user', content: 'Hi' }] },
      ...asking(...Array(40).keys()),
    ]);
    const { text } = await api.call('GET', at('exported', '/export'));
    await make('again');
    await importFile('again', text);
    const without = ({ datapoints }: Page) => datapoints.map(({ source: _source, ...one }) => one);
    expect(without(await page('again', '?limit=1000'))).toEqual(without(await page('exported', '?limit=1000')));
    const parts = await Promise.all(
      ['train', 'test'].map(async (split) => (await api.call('GET', at('exported', `/export?split=${split}`))).text),
    );
    const ids = (texts: string[]): string[] =>
      texts
        .join('')
        .match(/"id":"[^"]+"/g)!
        .toSorted();
    expect(ids(parts)).toEqual(ids([text]));
    expect(parts[1]!.split('\n').length).toBeGreaterThan(3);
    expect((await page('exported', '?split=test&limit=1000')).datapoints).toHaveLength(
      parts[1]!.split('\n').length - 1,
    );
    const csv = await importFile(
      'again',
      (await api.call('GET', at('exported', '/export?format=csv'))).text,
      '?format=csv',
    );
    expect(csv.status).toBe(200);
  });

  it('take logs by a filter or by their ids, with what was answered as the target or without', async () => {
    const request = { messages: [{ role: 'user', content: 'Why?', name: 'me' }], model: 'm' };
    const response = { choices: [{ message: { role: 'assistant', content: 'Because.' } }] };
    const logs = ['blue', 'red'].map((colour) => ({
      ...newLog(),
      properties: new Map([['colour', colour]]),
      requestBody: Buffer.from(JSON.stringify(request)),
      responseBody: Buffer.from(JSON.stringify(response)),
    }));
    await api.store.logs.add(logs, Date.now());
    await make('logged');
    const filter = { property: 'colour', equals: 'blue' };
    expect(await api.call('POST', at('logged', '/from-logs'), { filter })).toMatchObject({
      status: 200,
      json: { added: 1 },
    });
    const picked = { logIds: [logs[1]!.id], target: 'none' };
    expect(await api.call('POST', at('logged', '/from-logs'), picked)).toMatchObject({ status: 200 });
    expect((await page('logged')).datapoints).toMatchObject([
      {
        messages: request.messages,
        target: { output: 'Because.' },
        metadata: { colour: 'blue' },
        source: { from: 'log', logId: logs[0]!.id },
      },
      { messages: request.messages, target: null, source: { from: 'log', logId: logs[1]!.id } },
    ]);
    const unknown = await api.call('POST', at('logged', '/from-logs'), { logIds: [newId()] });
    expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('Nothing was added') });
  });

  it('name what asks nearly the same', async () => {
    const question = 'how can I change the address that you have of me in your books';
    await make('near', [{ inputs: { question } }, { inputs: { question: `${question} today` } }, ...asking(1)]);
    const { datapoints } = await page('near');
    expect((await api.call('GET', at('near', '/near-duplicates'))).json).toMatchObject({
      version: 1,
      groups: [{ ids: datapoints.slice(0, 2).map(({ id }) => id) }],
    });
  });

  it('that are removed are gone', async () => {
    await make('gone', asking(1));
    expect(await api.call('DELETE', at('gone'))).toMatchObject({ status: 200 });
    expect(await api.call('GET', at('gone'))).toMatchObject({ status: 404 });
    expect(await api.store.datasets.datapoints(DEFAULT_PROJECT.id, 'gone', 1, { after: null, limit: 1 })).toEqual([]);
  });
});
