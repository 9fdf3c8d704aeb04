/** Rules through the API. What they decide is held by test/evaluation/rules.test.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ruleSpecSchema } from '../../src/model/rule.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

const FILTER = { property: 'environment', equals: 'production' };
const RULE = { name: 'every-call', evaluator: 'tone' };
const STRATIFY = { property: 'Plan', strata: [{ values: ['pro'], sampleRate: 1 }], rest: { perDay: 20 } };
const PATH = '/api/v1/rules';

interface Shown {
  name: string;
  managedBy: string;
}

describe('rules over the API', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
    api.evaluators = [
      newEvaluator('tone', { online: null }),
      newEvaluator('length', { online: { sampleRate: 0.5, filter: FILTER } }),
      newEvaluator('exact-match', { online: null, needsTarget: true }),
    ];
    api.configuredRules = [
      { projectId: null, managedBy: 'config', spec: ruleSpecSchema.parse({ name: 'from-file', evaluator: 'length' }) },
    ];
  });
  afterEach(() => api.close());

  const shown = async (): Promise<Shown[]> => ((await api.call('GET', PATH)).json as { rules: Shown[] }).rules;
  const details = ({ json }: Answer): Record<string, { message: string }> =>
    (json as { error: { details: Record<string, { message: string }> } }).error.details;

  it('are added with their defaults, read, changed and removed', async () => {
    const added = await api.call('POST', PATH, { ...RULE, filter: FILTER });
    expect([added.status, added.json]).toMatchObject([
      201,
      { ...RULE, filter: FILTER, sampleRate: 1, enabled: true, managedBy: 'api' },
    ]);
    expect((await api.call('GET', `${PATH}/every-call`)).json).toEqual(added.json);
    const changed = await api.call('PUT', `${PATH}/every-call`, { evaluator: 'length', sampleRate: 0.1 });
    expect([changed.status, changed.json]).toMatchObject([200, { ...RULE, evaluator: 'length', sampleRate: 0.1 }]);
    expect(changed.json).not.toHaveProperty('filter');
    expect((await api.call('GET', `${PATH}/every-call`)).json).toEqual(changed.json);
    expect(await api.call('DELETE', `${PATH}/every-call`)).toMatchObject({ status: 200, json: { removed: true } });
    expect((await api.call('GET', `${PATH}/every-call`)).status).toBe(404);
  });

  it('show what a budget has left, also that of an evaluator', async () => {
    const budget = { perDayUsd: 5 };
    expect((await api.call('POST', PATH, { ...RULE, budget })).json).toMatchObject({ budget });
    const nothing = { dayUsd: 0, monthUsd: 0, reservedUsd: 0, deferred: 0, days: [] };
    expect((await api.call('GET', `${PATH}/every-call/spending`)).json).toEqual({ budget, ...nothing });
    expect((await api.call('GET', `${PATH}/online:length/spending`)).json).toEqual({ budget: null, ...nothing });
    expect((await api.call('GET', `${PATH}/none/spending`)).status).toBe(404);
    expect((await api.call('PUT', `${PATH}/every-call`, { evaluator: 'tone', budget: {} })).status).toBe(422);
  });

  it('sample by strata and by the day, as they were put', async () => {
    const rule = { ...RULE, stratify: STRATIFY, timeZone: 'Europe/Berlin' };
    const { status, json } = await api.call('POST', PATH, rule);
    const rest = { perDay: 20, sampleRate: 1 };
    expect([status, json]).toMatchObject([201, { ...rule, stratify: { ...STRATIFY, rest }, sampleRate: 1 }]);
    expect((await api.call('GET', `${PATH}/every-call`)).json).toEqual(json);
    expect((await api.call('PUT', `${PATH}/every-call`, { evaluator: 'tone', perDay: 5 })).json).toMatchObject({
      perDay: 5,
    });
  });

  it('are told to whoever decides by them before the answer is given', async () => {
    const seen: string[][] = [];
    api.parts.rules.changed = async () => {
      seen.push((await api.store.rules.all()).map(({ spec }) => spec.evaluator));
    };
    await api.call('POST', PATH, RULE);
    await api.call('PUT', `${PATH}/every-call`, { evaluator: 'length' });
    await api.call('DELETE', `${PATH}/every-call`);
    expect(seen).toEqual([['tone'], ['length'], []]);
  });

  it('are listed with those of files and of gradeway.yaml', async () => {
    await api.call('POST', PATH, RULE);
    expect((await shown()).map(({ name, managedBy }) => [name, managedBy])).toEqual([
      ['every-call', 'api'],
      ['from-file', 'config'],
      ['online:length', 'file'],
    ]);
    expect((await shown())[2]).toMatchObject({ evaluator: 'length', sampleRate: 0.5, filter: FILTER });
  });

  it.each([
    {
      name: 'an evaluator that is not there',
      rule: { evaluator: 'tonne' },
      at: 'evaluator',
      says: 'Did you mean tone?',
    },
    {
      name: 'an evaluator that needs a target',
      rule: { evaluator: 'exact-match' },
      at: 'evaluator',
      says: 'a target, which a live log has not',
    },
    { name: 'half a log a day', rule: { perDay: 0.5 }, at: 'perDay', says: 'whole number' },
    {
      name: 'a zone that there is not',
      rule: { perDay: 5, timeZone: 'Mars/Base' },
      at: 'timeZone',
      says: 'Europe/Berlin',
    },
    { name: 'a zone without a number a day', rule: { timeZone: 'UTC' }, at: 'timeZone', says: 'Add perDay' },
    {
      name: 'a share for all beside strata',
      rule: { sampleRate: 0.5, stratify: STRATIFY },
      at: 'sampleRate',
      says: 'each stratum has its own',
    },
    {
      name: 'a number for all beside strata',
      rule: { perDay: 5, stratify: STRATIFY },
      at: 'perDay',
      says: 'each stratum has its own',
    },
    {
      name: 'strata without a rest',
      rule: { stratify: { property: 'plan', strata: STRATIFY.strata } },
      at: 'stratify.rest',
      says: 'it is required',
    },
    {
      name: 'a value in two strata',
      rule: { stratify: { ...STRATIFY, strata: [...STRATIFY.strata, { values: ['free', 'pro'], perDay: 1 }] } },
      at: 'stratify.strata.1.values',
      says: '"pro" is named twice',
    },
    { name: 'a share over one', rule: { sampleRate: 1.5 }, at: 'sampleRate', says: 'at most 1' },
    {
      name: 'a filter with a mistake',
      rule: { filter: { field: 'statos', equals: 1 } },
      at: 'filter.field',
      says: 'status',
    },
    {
      name: 'a condition on scores',
      rule: { filter: { not: { or: [{ score: 'a', gt: 1 }] } } },
      at: 'filter',
      says: 'neither scores nor evaluations',
    },
    { name: 'a member that there is not', rule: { rate: 1 }, at: '', says: 'rate' },
    { name: 'a name with a colon', rule: { name: 'online:tone' }, at: 'name', says: 'a name has 1 to 100' },
  ])('are refused with $name', async ({ rule, at, says }) => {
    const place = ['body', at].filter((part) => part !== '').join('.');
    const answer = await api.call('POST', PATH, { ...RULE, ...rule });
    expect([answer.status, answer.json]).toMatchObject([422, { error: { code: 'validation_failed' } }]);
    expect(details(answer)[place]?.message).toContain(says);
    await api.call('POST', PATH, RULE);
    const { name: _name, ...change } = { ...RULE, ...rule };
    if ('name' in rule) return;
    expect(details(await api.call('PUT', `${PATH}/every-call`, change))[place]?.message).toContain(says);
    expect((await api.call('GET', `${PATH}/every-call`)).json).toMatchObject({ ...RULE, sampleRate: 1 });
  });

  it('have a name of their own', async () => {
    await api.call('POST', PATH, RULE);
    const again = await api.call('POST', PATH, { ...RULE, sampleRate: 0.1 });
    expect([again.status, again.json]).toMatchObject([409, { error: { code: 'conflict' } }]);
    expect(details(await api.call('PUT', `${PATH}/every-call`, { ...RULE, name: 'other' }))['body.name']).toBeDefined();
    expect((await api.call('GET', `${PATH}/every-call`)).json).toMatchObject({ sampleRate: 1 });
  });

  it('of gradeway.yaml are changed there alone', async () => {
    for (const [method, path, body] of [
      ['POST', PATH, { ...RULE, name: 'from-file' }],
      ['PUT', `${PATH}/from-file`, { evaluator: 'tone' }],
      ['DELETE', `${PATH}/from-file`, undefined],
    ] as const) {
      const { status, text } = await api.call(method, path, body);
      expect([method, status]).toEqual([method, 409]);
      expect(text).toContain('gradeway.yaml');
    }
    expect((await api.call('GET', `${PATH}/from-file`)).json).toMatchObject({ managedBy: 'config', createdAtMs: null });
  });

  it('of another project are not there, nor are its evaluators', async () => {
    const [own, theirs] = [await api.createKey(['admin'], 'own'), await api.createKey(['admin'], 'theirs')];
    api.evaluators.push(newEvaluator('secret', { projectId: own.row.projectId, online: null }));
    const as = ({ token }: typeof own) => ({ authorization: `Bearer ${token}` });
    const rule = { name: 'r', evaluator: 'secret' };
    expect((await api.call('POST', PATH, rule, as(own))).status).toBe(201);
    const foreign = await api.call('POST', PATH, rule, as(theirs));
    expect(details(foreign)['body.evaluator']?.message).toContain('there is no evaluator "secret"');
    for (const [method, body] of [
      ['GET', undefined],
      ['PUT', { evaluator: 'tone' }],
      ['DELETE', undefined],
    ] as const)
      expect([method, (await api.call(method, `${PATH}/r`, body, as(theirs))).status]).toEqual([method, 404]);
    expect((await api.call('GET', `${PATH}/r`, undefined, as(own))).status).toBe(200);
  });

  it('are read by whoever may read, and written by an admin only', async () => {
    const { token } = await api.createKey(['read', 'score', 'ingest']);
    const headers = { authorization: `Bearer ${token}` };
    expect((await api.call('GET', PATH, undefined, headers)).status).toBe(200);
    for (const [method, path] of [
      ['POST', PATH],
      ['PUT', `${PATH}/every-call`],
      ['DELETE', `${PATH}/every-call`],
    ] as const)
      expect((await api.call(method, path, RULE, headers)).status).toBe(403);
  });

  it('say of a log what each of them makes of it', async () => {
    await api.call('POST', PATH, { ...RULE, filter: FILTER });
    const log = newLog({ properties: new Map([['environment', 'staging']]), evaluators: [] });
    await api.store.logs.add([log], log.startedAtMs);
    const { evaluations } = (await api.call('GET', `/api/v1/logs/${log.id}/evaluations`)).json as {
      evaluations: { evaluator: string }[];
    };
    expect(evaluations.find(({ evaluator }) => evaluator === 'tone')).toMatchObject({
      state: 'not_matched',
      clause: JSON.stringify(FILTER),
      rules: [{ rule: 'every-call', verdict: 'not_matched' }],
    });
  });
});
