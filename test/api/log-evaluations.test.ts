/** What became of a log with every evaluator, asked over the API. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Evaluator, Online } from '../../src/model/evaluator.ts';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { sampleOf } from '../../src/model/sample.ts';
import type { JobEffect } from '../../src/store/store.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const ran = { durationMs: 1, printed: '' };
const failure: Outcome = { outcome: 'failed', code: 'threw', message: 'boom', retryable: true, ...ran };

function evaluator(name: string, online: Online | null, projectId: string | null = null): Evaluator {
  return newEvaluator(name, { online, projectId });
}

describe('the evaluations of a log', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
  });
  afterEach(() => api.close());

  const ask = async (id: string): Promise<Record<string, unknown>[]> => {
    const { status, json } = await api.call('GET', `/api/v1/logs/${id}/evaluations`);
    expect(status).toBe(200);
    return (json as { evaluations: Record<string, unknown>[] }).evaluations;
  };
  const stateOf = async (id: string, name: string) => (await ask(id)).find(({ evaluator: of }) => of === name);
  const claim = (nowMs: number, name: string, leaseMs: number): Promise<ClaimedJob[]> =>
    api.store.jobs.claim({ evaluators: [name], limit: 1, nowMs, leaseUntilMs: nowMs + leaseMs });
  const end = (job: ClaimedJob, outcome: Outcome, changes: Partial<JobEffect> = {}) =>
    api.store.jobs.complete([
      { job, evaluatorVersion: 'v1', outcome, atMs: Date.now(), retryAtMs: undefined, dead: false, ...changes },
    ]);

  it('say why there are none: offline, sampled out, not matched by which condition, older than the rule', async () => {
    const clause = { text: 'output', contains: 'sorry' } as const;
    api.evaluators = [
      evaluator('offline', null),
      evaluator('rare', { sampleRate: 0 }),
      evaluator('apology', { sampleRate: 1, filter: { and: [{ field: 'status', equals: 200 }, clause] } }),
      evaluator('late', { sampleRate: 1 }),
      evaluator('of-others', { sampleRate: 1 }, newId()),
    ];
    const log = newLog();
    await api.store.logs.add([log], 1);
    const none = { version: null, reason: null, code: null, attempt: 0, dueAtMs: null, ahead: null, atMs: null };
    const sampling = { rare: expect.objectContaining({ sampleRate: 0, day: null }) };
    const saying = (name: string, verdict: string, failed: string | null = null) => ({
      evaluator: name,
      clause: failed,
      rules: [
        {
          rule: `online:${name}`,
          verdict,
          clause: failed,
          sampling: Object.hasOwn(sampling, name) ? sampling.rare : null,
        },
      ],
    });
    expect(await ask(log.id)).toEqual([
      { ...none, state: 'not_matched', ...saying('apology', 'not_matched', JSON.stringify(clause)) },
      { ...none, state: 'before_rule', ...saying('late', 'taken') },
      { ...none, state: 'offline', evaluator: 'offline', clause: null, rules: [] },
      { ...none, state: 'sampled_out', ...saying('rare', 'sampled_out') },
    ]);
  });

  it('of a paused evaluator wait, and say why', async () => {
    const now = Date.now();
    api.evaluators = [evaluator('a', { sampleRate: 1 })];
    const [running, log] = [newLog({ evaluators: ['a'] }), newLog({ evaluators: ['a'] })];
    await api.store.logs.add([running], now - 1);
    await api.store.logs.add([log], now);
    const [job] = await claim(now, 'a', 60_000);
    await api.call('POST', '/api/v1/evaluators/a/pause', { reason: 'Mended today.' });
    expect(await stateOf(running.id, 'a')).toMatchObject({ state: 'running' });
    const paused = { state: 'paused', reason: 'Mended today.', code: null, attempt: 0, dueAtMs: now, ahead: 0 };
    expect(await stateOf(log.id, 'a')).toMatchObject(paused);
    await end(job!, failure);
    expect(await stateOf(running.id, 'a')).toMatchObject({
      ...paused,
      code: 'threw',
      dueAtMs: expect.any(Number),
      ahead: 1,
    });
    await api.call('POST', '/api/v1/evaluators/a/resume');
    expect(await stateOf(log.id, 'a')).toMatchObject({ state: 'queued', reason: null });
  });

  it('say how a log was sampled out: by a share, by its stratum, by a number a day and when that was used up', async () => {
    const strata = [{ values: ['production'], perDay: 1, sampleRate: 1 }];
    const stratify = { property: 'environment', strata, rest: { sampleRate: 0 } };
    api.evaluators = [
      evaluator('rare', { sampleRate: 0 }),
      evaluator('few', { sampleRate: 1, perDay: 2 }),
      evaluator('strata', { sampleRate: 1, stratify }),
    ];
    const log = newLog();
    const date = '2026-09-21';
    const [endsAtMs, usedUpAtMs] = [Date.parse('2026-09-22T00:00:00Z'), log.startedAtMs - 5];
    const number = (rule: string, stratum: string, most: number) => ({
      name: 'x',
      perDay: { rule, stratum, date, most },
    });
    const taken = newLog({ evaluators: [number('online:few', '', 2), number('online:strata', '=production', 1)] });
    await api.store.logs.add([taken], usedUpAtMs);
    await api.store.logs.add([log], log.startedAtMs);
    const day = { projectId: log.projectId, date, matched: 7, firstMs: log.startedAtMs - 100 };
    await api.store.ruleDays.count(
      [
        { ...day, rule: 'online:few', stratum: '' },
        { ...day, rule: 'online:strata', stratum: '=production' },
      ],
      log.startedAtMs,
    );
    const said = async (name: string, id = log.id) => {
      const { state, rules } = (await stateOf(id, name)) as { state: string; rules: { sampling: unknown }[] };
      return [state, rules[0]!.sampling];
    };
    const place = expect.closeTo(sampleOf(log.id), 12);
    expect(await said('rare')).toEqual([
      'sampled_out',
      { place, property: null, values: null, sampleRate: 0, day: null },
    ]);
    const counted = { date, endsAtMs, matched: 7, taken: 1 };
    expect(await said('few')).toMatchObject([
      'sampled_out',
      { place, property: null, day: { ...counted, stratum: '', perDay: 2, usedUpAtMs: null } },
    ]);
    expect(await said('strata')).toMatchObject([
      'sampled_out',
      { property: 'environment', values: ['production'], day: { ...counted, perDay: 1, usedUpAtMs } },
    ]);
    const staging = newLog({ properties: new Map([['environment', 'staging']]) });
    const early = newLog({ startedAtMs: log.startedAtMs - 200 });
    await api.store.logs.add([staging, early], 1);
    expect(await said('strata', staging.id)).toMatchObject([
      'sampled_out',
      { property: 'environment', values: null, sampleRate: 0, day: null },
    ]);
    // The rule had matched none before.
    expect(await said('few', early.id)).toMatchObject(['before_rule', { day: { perDay: 2 } }]);
  });

  it('go from queued over running and a failed try to scored', async () => {
    const now = Date.now();
    api.evaluators = [evaluator('a', { sampleRate: 1 })];
    const [before, log] = [newLog({ evaluators: ['a', 'b'] }), newLog({ evaluators: ['a'] })];
    await api.store.logs.add([before], now - 1);
    await api.store.logs.add([log], now);
    expect(await stateOf(log.id, 'a')).toMatchObject({ state: 'queued', attempt: 0, dueAtMs: now, ahead: 1 });

    await claim(now - 1, 'a', 3_600_000);
    expect(await stateOf(log.id, 'a')).toMatchObject({ ahead: 0 });
    const [job] = await claim(now, 'a', 60_000);
    expect(await stateOf(log.id, 'a')).toMatchObject({
      state: 'running',
      attempt: 1,
      dueAtMs: now + 60_000,
      ahead: null,
    });
    await end(job!, failure, { retryAtMs: now + 1 });
    expect(await stateOf(log.id, 'a')).toMatchObject({ state: 'queued', attempt: 1, code: 'threw', reason: 'boom' });

    const [again] = await claim(now + 1, 'a', -10);
    // Its lease is over: nobody works on it.
    expect(await stateOf(log.id, 'a')).toMatchObject({ state: 'queued', attempt: 2 });
    await end(again!, { outcome: 'scored', scores: [{ name: 'a', value: true, reason: null }], ...ran });
    expect(await stateOf(log.id, 'a')).toMatchObject({
      state: 'scored',
      version: 'v1',
      attempt: 2,
      reason: null,
      ahead: null,
    });
  });

  it.each<{ name: string; outcome: Outcome; dead: boolean; told: object }>([
    { name: 'failed', outcome: failure, dead: false, told: { state: 'failed', code: 'threw', reason: 'boom' } },
    {
      name: 'a dead letter',
      outcome: { outcome: 'skipped', reason: 'no such evaluator', ...ran },
      dead: true,
      told: { state: 'dead', reason: 'no such evaluator' },
    },
    {
      name: 'abstained',
      outcome: { outcome: 'abstained', reason: 'nothing to say', ...ran },
      dead: false,
      told: { state: 'abstained', reason: 'nothing to say' },
    },
  ])('tell the end of an evaluator that is gone: $name', async ({ outcome, dead, told }) => {
    const log = newLog({ evaluators: ['gone'] });
    await api.store.logs.add([log], 1);
    const [job] = await claim(2, 'gone', 1000);
    await end(job!, outcome, { dead });
    expect(await ask(log.id)).toMatchObject([{ evaluator: 'gone', clause: null, ...told }]);
  });

  it('of a log that is not there are not found', async () => {
    const { status, json } = await api.call('GET', '/api/v1/logs/nope/evaluations');
    expect([status, json]).toMatchObject([404, { error: { code: 'not_found' } }]);
  });
});
