/** Evaluators over the API: what is made, changed, shown, refused and deleted. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeDefinition } from '../fixtures/definition.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { newLog } from '../fixtures/new-log.ts';
import { putOptions } from '../store/definitions-contract.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

const PATH = '/api/v1/evaluators';

describe('evaluators', () => {
  let api: ServedApi;
  let count = 0;
  let name: string;
  let project: string;
  beforeAll(async () => {
    api = await serveApi();
    const { row } = await api.createKey(['admin']);
    project = row.projectId;
    token = (await api.createKey(['admin'])).token;
  });
  afterAll(() => api.close());
  beforeEach(() => {
    name = `judge-${(count += 1)}`;
    api.evaluators = [];
    api.problems = [];
  });

  let token: string;
  const call = (method: string, path: string, body?: unknown, by = token): Promise<Answer> =>
    api.call(method, path, body, { authorization: `Bearer ${by}` });
  const given = (changes: object = {}, settings: object = {}) => {
    const { name: _, ...definition } = judgeDefinition({}, settings);
    return { ...definition, ...changes };
  };
  const put = (changes: object = {}, settings: object = {}): Promise<Answer> =>
    call('PUT', `${PATH}/${name}`, given(changes, settings));
  const details = ({ json }: Answer) =>
    (json as { error: { details: Record<string, { message: string }> } }).error.details;

  it('are made, and shown as they were put', async () => {
    const online = { sampleRate: 0.25, filter: { property: 'team', equals: 'blue' } };
    const made = await call('POST', PATH, { ...given({ threshold: 0.5, better: 'higher' }), name, online });
    expect([made.status, made.json]).toMatchObject([
      201,
      { name, version: '1', kind: 'judge', isNew: true, managedBy: 'api', state: 'ready', online, threshold: 0.5 },
    ]);
    const { json } = await call('GET', `${PATH}/${name}`);
    const { isNew: _, ...shown } = made.json as Record<string, unknown>;
    expect(json).toEqual({
      ...shown,
      settings: judgeDefinition().settings,
      versions: [{ version: '1', createdAtMs: shown.createdAtMs }],
    });
    expect(json).not.toHaveProperty('projectId');
    const again = await call('POST', PATH, { ...given(), name });
    expect([again.status, again.text]).toEqual([
      409,
      expect.stringContaining(`PUT ${PATH}/${name} makes its next version`),
    ]);
  });

  it('have a new version where they are changed, none where they are the same in another order', async () => {
    expect((await put()).json).toMatchObject({ version: '1', isNew: true });
    expect((await put({ threshold: 2 })).json).toMatchObject({ version: '2', isNew: true });
    const reversed = Object.fromEntries(Object.entries(given({ threshold: 2 })).toReversed());
    expect((await call('PUT', `${PATH}/${name}`, reversed)).json).toMatchObject({ version: '2', isNew: false });
    const first = await call('GET', `${PATH}/${name}/versions/1`);
    expect(first.json).toMatchObject({ version: '1', definition: { ...judgeDefinition(), name } });
    const none = await call('GET', `${PATH}/${name}/versions/7`);
    expect([none.status, none.text]).toEqual([404, expect.stringContaining('It has 2, 1.')]);
  });

  it('look at live logs by the rule that was put last, until it is taken away', async () => {
    await put({ online: { sampleRate: 0.5 } });
    expect((await put({ threshold: 1 })).json).toMatchObject({ version: '2', online: { sampleRate: 0.5 } });
    expect((await put({ threshold: 1, online: null })).json).toMatchObject({
      version: '2',
      isNew: false,
      online: null,
    });
  });

  it.each([
    ['body.name', { name: '../etc' }, {}, /begins with a letter or digit/],
    ['body.settings.template', {}, { template: '{{ log.nope }}' }, /no variable log\.nope\. The nearest is/],
    ['body.settings.upstream', {}, { upstream: 'nowhere' }, /there is no "nowhere"; there are openai/],
    ['body.settings.temperature', {}, { temperature: 3 }, /./],
    ['body.range', { returns: 'number' }, {}, /as min and max/],
    ['body.range', { range: { min: 0, max: 1 } }, {}, /only an evaluator that returns a number/],
    ['body.options', { returns: 'category' }, {}, /each with a name/],
    ['body.online', { online: {} }, { template: '{{ datapoint.target }}' }, /live logs do not have.*Leave it out/],
    ['body.online.filter', { online: { filter: { nope: 1 } } }, {}, /./],
    ['body.kind', { kind: 'oracle' }, {}, /./],
    ['body', { prompt: 'x' }, {}, /prompt/],
  ])('are refused where %s is wrong, which is said', async (member, changes, settings, message) => {
    const answer = await call('POST', PATH, {
      ...given({}, {}),
      name,
      ...changes,
      settings: { ...judgeDefinition().settings, ...settings },
    });
    expect(answer.status).toBe(422);
    const told = Object.entries(details(answer)).find(([at]) => at === member || at.startsWith(`${member}.`));
    expect(told?.[1].message ?? answer.text).toMatch(message);
    expect((await call('GET', `${PATH}/${name}`)).status).toBe(404);
  });

  it('that look at live logs cannot begin to need a target', async () => {
    await put({ online: {} });
    const answer = await put({}, { template: '{{ datapoint.target }}' });
    expect(details(answer)['body.online']!.message).toContain('"online": null');
    expect((await put({ online: null }, { template: '{{ datapoint.target }}' })).json).toMatchObject({
      needsTarget: true,
    });
  });

  it('that are files are listed with what is wrong with others, and are not the API’s to change', async () => {
    api.evaluators = [newEvaluator(name), newEvaluator('foreign', { projectId: 'other', managedBy: 'api' })];
    api.problems = [
      { file: 'torn.judge.yaml', message: 'model: it has none.' },
      { file: 'theirs', projectId: 'other', message: 'secret' },
    ];
    const list = await call('GET', PATH);
    expect(list.json).toMatchObject({ problems: [{ file: 'torn.judge.yaml' }] });
    expect(list.text).not.toMatch(/foreign|secret/);
    expect((await call('GET', `${PATH}/${name}`)).json).toMatchObject({
      name,
      managedBy: 'file',
      settings: null,
      versions: [],
    });
    for (const [taken, says] of [
      [name, 'a file'],
      ['torn', 'the file torn.judge.yaml'],
    ]) {
      const answers = [
        await call('PUT', `${PATH}/${taken}`, given()),
        await call('POST', PATH, { ...given(), name: taken }),
        await call('DELETE', `${PATH}/${taken}`),
      ];
      for (const { status, text } of answers) expect([status, text]).toEqual([409, expect.stringContaining(says!)]);
    }
  });

  it('of gradeway.yaml are shown, and are not the API’s to change', async () => {
    await api.store.definitions.put(project, judgeDefinition({ name }), putOptions({ managedBy: 'config' }));
    expect((await call('GET', `${PATH}/${name}`)).json).toMatchObject({ managedBy: 'config' });
    for (const answer of [await put(), await call('DELETE', `${PATH}/${name}`)])
      expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('gradeway.yaml')]);
  });

  it('that cannot be run at the moment say why', async () => {
    await put();
    api.problems = [{ file: name, projectId: project, message: 'settings.upstream: there is no "openai".' }];
    expect((await call('GET', `${PATH}/${name}`)).json).toMatchObject({
      state: 'broken',
      problem: 'settings.upstream: there is no "openai".',
    });
  });

  it('are read with the scope of reading, and written by admins', async () => {
    await put();
    const reader = (await api.createKey(['read'])).token;
    expect((await call('GET', `${PATH}/${name}`, undefined, reader)).status).toBe(200);
    expect((await call('PUT', `${PATH}/${name}`, given(), reader)).status).toBe(403);
    expect((await call('DELETE', `${PATH}/${name}`, undefined, reader)).status).toBe(403);
  });

  it('of another project are not there, and may have the same name', async () => {
    await put();
    const other = (await api.createKey(['admin'], `shop-${name}`)).token;
    for (const path of ['', '/versions/1'])
      expect((await call('GET', `${PATH}/${name}${path}`, undefined, other)).status).toBe(404);
    expect((await call('DELETE', `${PATH}/${name}`, undefined, other)).status).toBe(404);
    expect((await call('PUT', `${PATH}/${name}`, given({ threshold: 9 }), other)).json).toMatchObject({ version: '1' });
    expect((await call('GET', `${PATH}/${name}`)).json).toMatchObject({ threshold: null });
  });

  it('keep what signs to themselves', async () => {
    const settings = { url: 'https://example.com/hook', secret: 'a secret of 20 chars', answer: 'now' } as const;
    const { settings: _, kind: __, ...rest } = judgeDefinition({ name });
    await api.store.definitions.put(project, { ...rest, kind: 'webhook', settings }, putOptions());
    for (const path of [`/${name}`, `/${name}/versions/1`, ''])
      expect((await call('GET', PATH + path)).text).not.toContain('a secret');
  });

  describe('when they are deleted', () => {
    const wait = async (jobs: number): Promise<void> => {
      const logs = Array.from({ length: jobs }, () =>
        newLog({ projectId: project, evaluators: [{ name, version: '1' }] }),
      );
      for (let from = 0; from < jobs; from += 1000) await api.store.logs.add(logs.slice(from, from + 1000), Date.now());
    };
    const pending = async (): Promise<number> => (await api.store.jobs.backlog()).pending;

    it('leave what waits for them, whose version can be read, and count on when they are made again', async () => {
      await put();
      await wait(3);
      const before = await pending();
      expect((await call('DELETE', `${PATH}/${name}`)).json).toEqual({ name, deleted: true, dropped: 0 });
      expect(await pending()).toBe(before);
      expect((await call('GET', `${PATH}/${name}`)).status).toBe(404);
      expect((await call('DELETE', `${PATH}/${name}`)).status).toBe(404);
      expect((await call('GET', `${PATH}/${name}/versions/1`)).status).toBe(200);
      expect((await put({ threshold: 4 })).json).toMatchObject({ version: '2', isNew: true });
    });

    it('drop 10,000 jobs where that is asked for', async () => {
      await put();
      const before = await pending();
      await wait(10_000);
      const { json } = await call('DELETE', `${PATH}/${name}?waiting=drop`);
      expect(json).toEqual({ name, deleted: true, dropped: 10_000 });
      expect(await pending()).toBe(before);
    });

    it('are asked for a choice that there is', async () => {
      await put();
      expect((await call('DELETE', `${PATH}/${name}?waiting=never`)).status).toBe(422);
    });
  });
});
