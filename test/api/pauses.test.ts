/** Pausing evaluators and resuming them over the API. What becomes of jobs is held by test/store. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeDefinition } from '../fixtures/definition.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { putOptions } from '../store/definitions-contract.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

const PATH = '/api/v1/evaluators';

describe('pauses', () => {
  let api: ServedApi;
  let token: string;
  let reader: string;
  let projectId: string;
  beforeAll(async () => {
    api = await serveApi();
    const { row, token: own } = await api.createKey(['admin']);
    [token, projectId] = [own, row.projectId];
    reader = (await api.createKey(['read'])).token;
    await api.store.definitions.put(projectId, judgeDefinition({ name: 'polite' }), putOptions());
  });
  afterAll(() => api.close());
  beforeEach(() => {
    api.evaluators = [newEvaluator('length')];
    api.problems = [];
  });

  const call = (method: string, path: string, body?: unknown, by = token): Promise<Answer> =>
    api.call(method, path, body, { authorization: `Bearer ${by}` });

  it.each(['length', 'polite'])('are shown where the evaluator is, until it is resumed: %s', async (name) => {
    const before = (await call('GET', `${PATH}/${name}`)).json;
    expect(before).toMatchObject({ state: 'ready', pause: null });
    const { status, json } = await call('POST', `${PATH}/${name}/pause`, { reason: 'Mended today.' });
    const pause = { cause: 'by_hand', reason: 'Mended today.', atMs: expect.any(Number) };
    expect([status, json]).toEqual([200, { name, pause }]);
    expect((await call('GET', `${PATH}/${name}`)).json).toEqual({ ...(before as object), state: 'paused', pause });
    const { evaluators } = (await call('GET', PATH)).json as { evaluators: { name: string; state: string }[] };
    expect(evaluators.find((one) => one.name === name)).toMatchObject({ state: 'paused', pause });
    expect(evaluators.filter(({ state }) => state === 'ready')).toHaveLength(1);
    expect((await call('POST', `${PATH}/${name}/resume`)).json).toEqual({ name, resumed: true });
    expect((await call('POST', `${PATH}/${name}/resume`)).json).toEqual({ name, resumed: false });
    expect((await call('GET', `${PATH}/${name}`)).json).toEqual(before);
  });

  it('stay for the reason that they have, and need none', async () => {
    const first = (await call('POST', `${PATH}/length/pause`)).json;
    expect(first).toMatchObject({ pause: { cause: 'by_hand', reason: 'Paused by hand.' } });
    expect((await call('POST', `${PATH}/length/pause`, { reason: 'Another.' })).json).toEqual(first);
    await call('POST', `${PATH}/length/resume`);
  });

  it('of what cannot be run are shown beside what is wrong with it', async () => {
    api.problems = [{ file: 'polite', projectId, message: 'There is no upstream.' }];
    await call('POST', `${PATH}/polite/pause`);
    expect((await call('GET', `${PATH}/polite`)).json).toMatchObject({
      state: 'broken',
      problem: 'There is no upstream.',
      pause: { cause: 'by_hand' },
    });
    await call('POST', `${PATH}/polite/resume`);
  });

  it('that came about before their evaluator was gone can still be ended', async () => {
    await call('POST', `${PATH}/length/pause`);
    api.evaluators = [];
    expect((await call('POST', `${PATH}/length/resume`)).json).toEqual({ name: 'length', resumed: true });
    expect((await call('POST', `${PATH}/length/resume`)).status).toBe(404);
  });

  it('are of evaluators that there are, and for who may change them', async () => {
    expect((await call('POST', `${PATH}/nobody/pause`)).status).toBe(404);
    expect((await call('POST', `${PATH}/nobody/resume`)).status).toBe(404);
    for (const what of ['pause', 'resume'])
      expect((await call('POST', `${PATH}/length/${what}`, undefined, reader)).status).toBe(403);
    expect((await call('POST', `${PATH}/length/pause`, { reason: ' ' })).status).toBe(422);
    expect((await call('POST', `${PATH}/length/pause`, { why: 'so' })).status).toBe(422);
  });
});
