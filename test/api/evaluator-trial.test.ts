/** Trying evaluators out over the API. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelCall } from '../../src/evaluation/model-call.ts';
import { DEFAULT_PROJECT, type NewLog } from '../../src/store/store.ts';
import { judgeDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

const PATH = '/api/v1/evaluators';

/** The i-th newest says so. */
function logNumber(index: number, changes: Partial<NewLog> = {}): NewLog {
  const message = { role: 'assistant', content: `answer ${index}` };
  return newLog({
    startedAtMs: 1_790_000_000_000 - index * 1000,
    responseBody: Buffer.from(JSON.stringify({ choices: [{ message, finish_reason: 'stop' }] })),
    ...changes,
  });
}

describe('an evaluator', () => {
  let api: ServedApi;
  let calls: ModelCall[] = [];
  const logs = Array.from({ length: 7 }, (_, index) => logNumber(index));
  beforeAll(async () => {
    api = await serveApi();
    await api.store.logs.add(logs, 1);
    // Newer than all, and of a judge's own call.
    await api.store.logs.add([logNumber(-1, { properties: new Map([['judge', 'polite']]) })], 1);
    const usage = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 };
    api.callModel = async (call) => {
      calls.push(call);
      const message = { role: 'assistant', content: '{"reason":"Kind words.","verdict":true}' };
      const body = { model: 'gpt-4o', choices: [{ index: 0, message, finish_reason: 'stop' }], usage };
      return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) };
    };
  });
  afterAll(() => api.close());

  const attempt = async (body: object, path = '/test'): Promise<Answer> => {
    calls = [];
    return api.call('POST', PATH + path, body);
  };
  const resultsOf = ({ json }: Answer) => (json as { results: Record<string, unknown>[] }).results;
  const { name: _, ...definition } = judgeDefinition();

  it('that is a draft is tried on the newest five logs, without those of judges, and nothing is stored', async () => {
    const answer = await attempt({ definition });
    expect(answer.status).toBe(200);
    expect(resultsOf(answer).map(({ logId }) => logId)).toEqual(logs.slice(0, 5).map(({ id }) => id));
    expect(resultsOf(answer)[0]).toEqual({
      logId: logs[0]!.id,
      outcome: 'scored',
      scores: [{ name: 'draft', value: true, reason: 'Kind words.' }],
      code: null,
      reason: null,
      printed: '',
      rendered: expect.stringMatching(
        /^system: You are a judge.*user: Is this polite\?\n<data-\w+>answer 0<\/data-\w+>$/s,
      ),
      // 1,000 tokens at $2.50 and 100 at $10 a million.
      costUsd: expect.closeTo(0.0035, 6),
      durationMs: expect.any(Number),
    });
    expect(await api.store.scores.list(DEFAULT_PROJECT.id, logs[0]!.id)).toEqual([]);
    expect(await api.store.definitions.list(DEFAULT_PROJECT.id)).toEqual([]);
  });

  it('is tried on so many logs, on one, or on a pasted one', async () => {
    expect(resultsOf(await attempt({ definition, newest: 2 }))).toHaveLength(2);
    const [one] = resultsOf(await attempt({ definition, logId: logs[6]!.id }));
    expect([one!.logId, one!.rendered]).toEqual([logs[6]!.id, expect.stringContaining('answer 6')]);
    const [pasted] = resultsOf(await attempt({ definition, log: { output: { text: 'Go away.' } } }));
    expect([pasted!.logId, pasted!.rendered]).toEqual([null, expect.stringContaining('>Go away.</data-')]);
    const whole = (await api.call('GET', `/api/v1/logs/${logs[3]!.id}`)).json;
    expect(resultsOf(await attempt({ definition, log: whole }))[0]!.rendered).toContain('answer 3');
  });

  it('that needs a target is given one', async () => {
    const settings = { ...definition.settings, template: '{{ log.output_text }} or {{ datapoint.target }}?' };
    const given = { definition: { ...definition, settings }, newest: 1 };
    expect(resultsOf(await attempt(given))[0]).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('datapoint'),
    });
    const datapoint = { input: null, target: 'Paris' };
    expect(resultsOf(await attempt({ ...given, datapoint }))[0]!.rendered).toContain('>Paris</data-');
  });

  it('that is stored is tried in any version', async () => {
    const put = (model: string): Promise<Answer> =>
      api.call('PUT', `${PATH}/polite`, { ...definition, settings: { ...definition.settings, model } });
    await put('one');
    await put('two');
    for (const [body, model] of [
      [{}, 'two'],
      [{ version: '1' }, 'one'],
    ] as const) {
      expect(resultsOf(await attempt({ ...body, newest: 1 }, '/polite/test'))[0]).toMatchObject({ outcome: 'scored' });
      expect(JSON.parse(calls[0]!.body)).toMatchObject({ model });
    }
    const none = await attempt({ version: '9' }, '/polite/test');
    expect([none.status, none.text]).toEqual([404, expect.stringContaining('no version 9. The newest is 2')]);
    expect((await attempt({}, '/nobody/test')).status).toBe(404);
  });

  it('whose provider says no fails, and says so', async () => {
    const taken = api.callModel;
    api.callModel = async () => ({
      status: 401,
      headers: {},
      body: Buffer.from('{"error":{"message":"No such key."}}'),
    });
    expect(resultsOf(await attempt({ definition, newest: 1 }))[0]).toMatchObject({
      outcome: 'failed',
      code: 'provider_unauthorized',
      scores: [],
      costUsd: null,
    });
    api.callModel = taken;
  });

  it.each([
    [
      'body.definition.settings.template',
      { definition: { ...definition, settings: { ...definition.settings, template: '{{ x }}' } } },
    ],
    ['body.definition.kind', { definition: { kind: 'oracle' } }],
    ['body.log', { definition, logId: 'x', log: {} }],
    ['body.newest', { definition, newest: 50 }],
    ['body.log.output.text', { definition, log: { output: { text: 7 } } }],
  ])('is not tried where %s is wrong', async (at, body) => {
    const answer = await attempt(body);
    expect(answer.status).toBe(422);
    expect(Object.keys((answer.json as { error: { details: object } }).error.details)).toContain(at);
    expect(calls).toEqual([]);
  });

  it('is not tried on another project’s log', async () => {
    const { row } = await api.createKey(['admin'], 'theirs');
    const foreign = logNumber(0, { projectId: row.projectId });
    await api.store.logs.add([foreign], 1);
    const { token } = await api.createKey(['admin']);
    const body = { definition, logId: foreign.id };
    const answer = await api.call('POST', `${PATH}/test`, body, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(404);
  });
});
