/** Jobs that somebody works on elsewhere, through the API. What the store does with leases is held by test/store. */
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MOST_ATTEMPTS } from '../../src/evaluation/evaluate.ts';
import { DEFAULT_PROJECT, type NewLog } from '../../src/store/store.ts';
import { externalDefinition, judgeDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

interface Job {
  lease: string;
  leaseUntilMs: number;
  attempt: number;
  evaluatorVersion: string;
  log: { id: string; output: { text: string }; requestBody: unknown };
}

const NAME = 'toxicity';

describe('jobs of an external evaluator', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
    await api.define(externalDefinition());
    await api.define(judgeDefinition());
  });
  afterEach(() => api.close());

  const post = (what: string, body: unknown = {}, name = NAME): Promise<Answer> =>
    api.call('POST', `/api/v1/evaluators/${name}/${what}`, body);
  const lease = async (body: Record<string, unknown> = {}): Promise<Job[]> =>
    ((await post('lease', { waitSeconds: 0, ...body })).json as { jobs: Job[] }).jobs;
  const add = async (count = 1): Promise<NewLog[]> => {
    const logs = Array.from({ length: count }, () => newLog({ evaluators: [NAME] }));
    await api.store.logs.add(logs, Date.now() - 1000);
    return logs;
  };
  const scoresOf = (log: NewLog) => api.store.scores.list(DEFAULT_PROJECT.id, log.id);
  const evaluationsOf = (log: NewLog) => api.store.scores.evaluations(DEFAULT_PROJECT.id, log.id);

  it('are given with their logs as the API shows them, and what a result must be', async () => {
    const [log] = await add();
    const { status, json } = await post('lease', { worker: 'box-1' });
    const { form, jobs } = json as { form: unknown; jobs: Job[] };
    expect([status, form]).toEqual([
      200,
      { returns: 'number', range: { min: 0, max: 1 }, options: null, better: null },
    ]);
    expect(jobs).toHaveLength(1);
    expect(jobs[0]).toMatchObject({ attempt: 1, evaluatorVersion: '1' });
    expect(jobs[0]!.log).toEqual((await api.call('GET', `/api/v1/logs/${log!.id}`)).json);
    expect(await lease()).toEqual([]);
  });

  it('end with a score that says which version gave it and who worked on it, once', async () => {
    const [log] = await add();
    const [job] = await lease({ worker: 'box-1' });
    const given = { lease: job!.lease, value: 0.25, reason: 'struck out words', durationMs: 12 };
    expect(await post('complete', given)).toMatchObject({ status: 200, json: { outcome: 'scored', again: false } });
    expect(await scoresOf(log!)).toMatchObject([
      {
        name: NAME,
        value: 0.25,
        reason: '[redacted] words',
        source: 'evaluator',
        evaluator: NAME,
        evaluatorVersion: '1',
        durationMs: 12,
      },
    ]);
    expect(await evaluationsOf(log!)).toMatchObject([{ outcome: 'scored', givenBy: 'box-1', attempt: 1 }]);
    const again = await post('complete', { ...given, value: 1 });
    expect([again.status, again.json]).toMatchObject([409, { error: { code: 'lease_lost' } }]);
    expect(await scoresOf(log!)).toMatchObject([{ value: 0.25 }]);
    expect(await api.store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
  });

  it.each([
    { name: 'out of range', body: { value: 1.5 }, at: 'body.value', says: /expected a number from 0 to 1/ },
    { name: 'of another kind', body: { value: true }, at: 'body.value', says: /expected a finite number/ },
    { name: 'among several', body: { scores: { words: 9 } }, at: 'body.scores', says: /"toxicity:words" is 9/ },
    { name: 'missing', body: {}, at: 'body.value', says: /exactly one of/ },
    { name: 'two things at once', body: { value: 1, abstain: true }, at: 'body.value', says: /exactly one of/ },
  ])('are refused a result that is $name, and stay with the worker', async ({ body, at, says }) => {
    const [log] = await add();
    const [job] = await lease();
    const refused = await post('complete', { lease: job!.lease, ...body });
    const { details } = (refused.json as { error: { details: Record<string, { message: string }> } }).error;
    expect([refused.status, details[at]?.message]).toEqual([422, expect.stringMatching(says)]);
    expect(await scoresOf(log!)).toEqual([]);
    expect(await post('complete', { lease: job!.lease, value: 1 })).toMatchObject({ status: 200 });
  });

  it('may end with several scores, with none, or in a failure that is tried again three times in all', async () => {
    const [several, none, failing] = await add(3);
    const jobs = await lease({ limit: 3 });
    const leaseOf = (log: NewLog | undefined): string => jobs.find((job) => job.log.id === log!.id)!.lease;
    await post('complete', { lease: leaseOf(several), scores: { words: 0.5, tone: { value: 1, reason: 'rude' } } });
    expect(await scoresOf(several!)).toMatchObject([
      { name: 'toxicity:tone', value: 1, reason: 'rude' },
      { name: 'toxicity:words', value: 0.5 },
    ]);
    const abstained = await post('complete', { lease: leaseOf(none), abstain: true, reason: 'no text' });
    expect(abstained.json).toEqual({ outcome: 'abstained', again: false });
    expect(await evaluationsOf(none!)).toMatchObject([{ outcome: 'abstained', reason: 'no text' }]);
    const failure = { message: 'model is away' };
    expect((await post('complete', { lease: leaseOf(failing), failure })).json).toEqual({
      outcome: 'failed',
      again: true,
    });
    expect(await evaluationsOf(failing!)).toMatchObject([
      { outcome: 'failed', code: 'threw', reason: 'model is away' },
    ]);
    // Somebody takes it when it is due again, and goes away.
    const nowMs = Date.now() + 3_600_000;
    const second = { projectId: DEFAULT_PROJECT.id, evaluator: NAME, limit: 1, nowMs, leaseUntilMs: Date.now() - 1 };
    expect(await api.store.jobs.lease(second)).toMatchObject([{ attempt: 2 }]);
    const [third] = await lease();
    const last = await post('complete', { lease: third!.lease, failure });
    expect([third!.attempt, last.json]).toEqual([3, { outcome: 'failed', again: false }]);
  });

  it('that fail for good are not tried again', async () => {
    const [log] = await add();
    const [job] = await lease();
    const failure = { message: 'not a text', retryable: false };
    expect((await post('complete', { lease: job!.lease, failure })).json).toEqual({ outcome: 'failed', again: false });
    expect(await evaluationsOf(log!)).toMatchObject([{ outcome: 'failed', reason: 'not a text' }]);
    expect(await api.store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
  });

  it('can be kept for longer, and given back; who lost one is told', async () => {
    await add(2);
    const [kept, lost] = await lease({ limit: 2, leaseSeconds: 5 });
    await post('complete', { lease: lost!.lease, value: 0 });
    const renewed = await post('lease/renew', { leases: [lost!.lease, kept!.lease], leaseSeconds: 60 });
    expect(renewed.json).toEqual({
      renewed: [
        { lease: lost!.lease, leaseUntilMs: null },
        { lease: kept!.lease, leaseUntilMs: expect.any(Number) },
      ],
    });
    const { renewed: rows } = renewed.json as { renewed: { leaseUntilMs: number }[] };
    expect(rows[1]!.leaseUntilMs - kept!.leaseUntilMs).toBeGreaterThan(50_000);
    expect(await post('lease/release', { lease: kept!.lease })).toMatchObject({
      status: 200,
      json: { released: true },
    });
    expect(await post('lease/release', { lease: kept!.lease })).toMatchObject({ status: 409 });
    expect(await lease()).toMatchObject([{ attempt: 1, log: { id: kept!.log.id } }]);
  });

  it('of a lease that ran out go to the next, and the first can do no harm any more', async () => {
    const [log] = await add();
    const [first] = await lease();
    const overMs = first!.leaseUntilMs + 1;
    const [held] = await api.store.jobs.lease({
      projectId: DEFAULT_PROJECT.id,
      evaluator: NAME,
      limit: 1,
      nowMs: overMs,
      leaseUntilMs: overMs + 60_000,
    });
    expect(held).toMatchObject({ attempt: 2 });
    expect(await post('complete', { lease: first!.lease, value: 1 })).toMatchObject({ status: 409 });
    expect(await scoresOf(log!)).toEqual([]);
    expect(await evaluationsOf(log!)).toEqual([]);
  });

  it('are waited for, and come as soon as they are there', async () => {
    const waiting = lease({ waitSeconds: 20 });
    await new Promise((done) => setTimeout(done, 50));
    const [log] = await add();
    api.wake();
    expect(await waiting).toMatchObject([{ log: { id: log!.id } }]);
  });

  it('are not waited for any longer when the process is about to end', async () => {
    const waiting = lease({ waitSeconds: 20 });
    await new Promise((done) => setTimeout(done, 50));
    api.end();
    expect(await waiting).toEqual([]);
  });

  it('whose worker went while waiting are there for the next, and no try is lost', async () => {
    const gone = request(`${api.url}/api/v1/evaluators/${NAME}/lease`, { method: 'POST' });
    gone.on('error', () => {});
    gone.end('{}');
    await new Promise((done) => setTimeout(done, 50));
    gone.destroy();
    await new Promise((done) => setTimeout(done, 50));
    await add();
    api.wake();
    expect(await lease()).toMatchObject([{ attempt: 1 }]);
  });

  it('whose answer does not get through are given back', async () => {
    const [log] = await add();
    // The store is slow, and the worker has gone when it answers.
    const { promise: mayRead, resolve: read } = Promise.withResolvers<void>();
    const { logs } = api.parts.store;
    api.parts.store.logs = {
      ...logs,
      async getMany(ids) {
        await mayRead;
        return logs.getMany(ids);
      },
    };
    const gone = request(`${api.url}/api/v1/evaluators/${NAME}/lease`, { method: 'POST' });
    gone.on('error', () => {});
    gone.end('{}');
    await vi.waitFor(async () => expect(await api.store.jobs.backlog()).toMatchObject({ leased: 1 }));
    gone.destroy();
    await vi.waitFor(async () => expect(await api.store.jobs.backlog()).toMatchObject({ leased: 0, pending: 1 }));
    read();
    api.parts.store.logs = logs;
    expect(await lease()).toMatchObject([{ attempt: 1, log: { id: log!.id } }]);
  });

  it('of logs that are gone, or that end whoever takes them up, are buried', async () => {
    const [poison, good] = await add(2);
    for (let times = 0; times < MOST_ATTEMPTS; times += 1)
      await api.store.jobs.lease({
        projectId: DEFAULT_PROJECT.id,
        evaluator: NAME,
        limit: 1,
        nowMs: Date.now(),
        leaseUntilMs: Date.now() - 2000 - times,
      });
    expect(await lease({ limit: 10 })).toMatchObject([{ log: { id: good!.id } }]);
    expect(await evaluationsOf(poison!)).toMatchObject([{ outcome: 'skipped', reason: /never came to an end/ }]);
    expect(await api.store.jobs.backlog()).toMatchObject({ dead: 1 });
  });

  it('are judged by the version that they were taken for, also when there is a newer one', async () => {
    const [first, second] = await add(2);
    const [job] = await lease();
    await api.define(externalDefinition({ range: { min: 0, max: 10 } }));
    expect(await post('complete', { lease: job!.lease, value: 5 })).toMatchObject({ status: 422 });
    expect(await post('complete', { lease: job!.lease, value: 1 })).toMatchObject({ status: 200 });
    expect(await scoresOf(first!)).toMatchObject([{ value: 1, evaluatorVersion: '1' }]);
    const [next] = await lease();
    expect(await post('complete', { lease: next!.lease, value: 5 })).toMatchObject({ status: 200 });
    expect(await scoresOf(second!)).toMatchObject([{ value: 5, evaluatorVersion: '2' }]);
  });

  it('are finished when their evaluator is deleted, and it is gone when they are', async () => {
    const [log] = await add();
    const options = { managedBy: 'api', waiting: 'finish', nowMs: Date.now() } as const;
    await api.store.definitions.remove(DEFAULT_PROJECT.id, NAME, options);
    const [job] = await lease();
    expect(await post('complete', { lease: job!.lease, value: 1 })).toMatchObject({ status: 200 });
    expect(await scoresOf(log!)).toMatchObject([{ value: 1, evaluatorVersion: '1' }]);
    expect(await post('lease', { waitSeconds: 0 })).toMatchObject({ status: 404 });
  });

  it('are of an evaluator that there is, and of this kind', async () => {
    for (const [name, says] of [
      ['unknown', /There is no evaluator unknown/],
      ['polite', /polite is of kind judge, and this is for kind external/],
    ] as const) {
      const { status, json } = await post('lease', {}, name);
      expect([status, json]).toMatchObject([404, { error: { message: expect.stringMatching(says) } }]);
    }
  });

  it('cannot be ended by a lease that was made up, or given for another evaluator', async () => {
    await api.define(externalDefinition({ name: 'other' }));
    await add();
    const [job] = await lease();
    const [said, signature] = job!.lease.split('.') as [string, string];
    const { job: claimed, ...rest } = JSON.parse(Buffer.from(said, 'base64url').toString()) as { job: object };
    const forged = Buffer.from(JSON.stringify({ ...rest, job: { ...claimed, token: 2 } })).toString('base64url');
    for (const token of ['x', `${forged}.${signature}`, `${said}.${'A'.repeat(43)}`])
      expect(await post('complete', { lease: token, value: 1 })).toMatchObject({ status: 404 });
    expect(await post('complete', { lease: job!.lease, value: 1 }, 'other')).toMatchObject({ status: 404 });
    expect(await post('complete', { lease: job!.lease, value: 1 })).toMatchObject({ status: 200 });
  });
});

describe('jobs of a project', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
  });
  afterEach(() => api.close());

  it('are nothing to another: neither leased, nor completed with a lease that was seen there', async () => {
    const [ours, theirs] = [await api.createKey(['admin'], 'ours'), await api.createKey(['admin'], 'theirs')];
    for (const { row } of [ours, theirs]) await api.define(externalDefinition(), row.projectId);
    await api.define(externalDefinition({ name: 'own' }), ours.row.projectId);
    await api.store.logs.add([newLog({ projectId: ours.row.projectId, evaluators: [NAME] })], Date.now());
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    const path = `/api/v1/evaluators/${NAME}`;
    const none = await api.call('POST', `${path}/lease`, { waitSeconds: 0 }, as(theirs.token));
    expect(none).toMatchObject({ status: 200, json: { jobs: [] } });
    const foreign = await api.call('POST', '/api/v1/evaluators/own/lease', {}, as(theirs.token));
    expect(foreign.status).toBe(404);
    const { json } = await api.call('POST', `${path}/lease`, {}, as(ours.token));
    const { lease } = (json as { jobs: Job[] }).jobs[0]!;
    const body = { lease, value: 1 };
    expect((await api.call('POST', `${path}/complete`, body, as(theirs.token))).status).toBe(404);
    expect((await api.call('POST', `${path}/complete`, body, as(ours.token))).status).toBe(200);
  });

  it('need a key that may read besides: a job brings its log along', async () => {
    await api.define(externalDefinition());
    const { token } = await api.createKey(['score']);
    const answer = await api.call('POST', `/api/v1/evaluators/${NAME}/lease`, {}, { authorization: `Bearer ${token}` });
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('scope read')]);
  });
});
