/** What people are asked, through the API: the form is played over HTTP. Leases themselves are held by leases.test.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PROJECT, type NewLog } from '../../src/store/store.ts';
import { externalDefinition, humanDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Answer, type ServedApi, serveApi } from './served-api.ts';

interface Queue {
  waiting: number;
  claimed: number;
  next: { logId: string }[];
}
interface Claim {
  job: { lease: string; attempt: number; log: { id: string } } | null;
}

describe('the queue of people', () => {
  let api: ServedApi;
  beforeEach(async () => {
    api = await serveApi();
    await api.define(humanDefinition({ description: 'Helpfulness' }));
  });
  afterEach(() => api.close());

  const post = (what: string, body: unknown): Promise<Answer> =>
    api.call('POST', `/api/v1/evaluators/helpful/${what}`, body);
  const queue = async (): Promise<Queue> => (await api.call('GET', '/api/v1/evaluators/helpful/queue')).json as Queue;
  const claim = async (by: string, body: object = {}): Promise<NonNullable<Claim['job']>> => {
    const { job } = (await post('claim', { by, ...body })).json as Claim;
    return job!;
  };
  const add = async (count: number): Promise<NewLog[]> => {
    const logs = Array.from({ length: count }, () => newLog({ evaluators: ['helpful'] }));
    for (const [index, log] of logs.entries()) await api.store.logs.add([log], Date.now() - 1000 + index);
    return logs;
  };

  it('says what is asked, how many wait, and who comes next', async () => {
    const logs = await add(12);
    const job = await claim('anna');
    expect(job.log.id).toBe(logs[0]!.id);
    const answer = await api.call('GET', '/api/v1/evaluators/helpful/queue');
    expect(answer.json).toEqual({
      instructions: 'Did it help?',
      description: 'Helpfulness',
      form: {
        returns: 'category',
        range: null,
        options: [{ name: 'yes', value: 1 }, { name: 'partly' }, { name: 'no', value: 0 }],
        better: null,
      },
      waiting: 11,
      claimed: 1,
      next: logs.slice(1, 11).map(({ id }) => ({ logId: id, waitingSinceMs: expect.any(Number) })),
    });
  });

  it('gives each log to whoever claims it first, with all there is to see', async () => {
    await add(2);
    const [one, two] = await Promise.all([claim('anna'), claim('ben')]);
    expect(new Set([one.log.id, two.log.id]).size).toBe(2);
    expect(one.log).toEqual((await api.call('GET', `/api/v1/logs/${one.log.id}`)).json);
    expect((await post('claim', { by: 'carl' })).json).toMatchObject({ job: null, instructions: 'Did it help?' });
  });

  it('keeps an answer as a score from a person, with who it was', async () => {
    const [log] = await add(1);
    const { lease } = await claim('anna');
    const given = await post('answer', { lease, value: 'partly', reason: 'struck out the half', by: 'anna, with ben' });
    expect([given.status, given.json]).toEqual([200, { outcome: 'scored' }]);
    const { json } = await api.call('GET', `/api/v1/logs/${log!.id}`);
    expect(json).toMatchObject({
      scores: [
        { name: 'helpful', value: 'partly', reason: '[redacted] the half', source: 'human', evaluatorVersion: '1' },
      ],
      evaluations: [{ evaluator: 'helpful', outcome: 'scored', givenBy: 'anna, with ben' }],
    });
    expect(await queue()).toMatchObject({ waiting: 0, claimed: 0 });
  });

  it('takes that it cannot be said, and no answer that is not on the form', async () => {
    await add(1);
    const { lease } = await claim('anna');
    const wrong = await post('answer', { lease, value: 'perhaps' });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('expected one of')]);
    expect(await post('answer', { lease })).toMatchObject({ status: 422 });
    expect((await post('answer', { lease, abstain: true, reason: 'another language' })).json).toEqual({
      outcome: 'abstained',
    });
  });

  it('moves a log that is passed over to its end, and keeps it from everybody where that is for good', async () => {
    const [first, second] = await add(2);
    expect((await post('skip', { lease: (await claim('anna')).lease })).json).toEqual({ forGood: false });
    expect((await queue()).next.map(({ logId }) => logId)).toEqual([second!.id, first!.id]);
    const { lease } = await claim('anna');
    expect(await post('skip', { lease, forGood: true })).toMatchObject({ status: 422 });
    expect((await post('skip', { lease, forGood: true, reason: 'a test call' })).json).toEqual({ forGood: true });
    expect((await queue()).next.map(({ logId }) => logId)).toEqual([first!.id]);
    expect(await api.store.scores.evaluations(DEFAULT_PROJECT.id, second!.id)).toMatchObject([
      { outcome: 'skipped', reason: 'a test call', givenBy: 'anna' },
    ]);
    expect((await claim('ben')).attempt).toBe(1);
  });

  it('has a log again that was claimed and forgotten, and tells who comes too late', async () => {
    await add(1);
    const { lease } = await claim('anna', { leaseSeconds: 5 });
    const takenMs = Date.now() + 6000;
    const request = { projectId: DEFAULT_PROJECT.id, evaluator: 'helpful', limit: 1, nowMs: takenMs };
    // However often: that it was put aside says nothing of the log.
    for (let times = 0; times < 10; times += 1)
      await api.store.jobs.lease({ ...request, nowMs: takenMs + times, leaseUntilMs: Date.now() - 1 });
    expect(await queue()).toMatchObject({ waiting: 1, claimed: 0 });
    expect(await claim('ben')).toMatchObject({ attempt: 12 });
    for (const [what, body] of [
      ['answer', { lease, value: 'yes' }],
      ['skip', { lease }],
      ['skip', { lease, forGood: true, reason: 'no' }],
    ] as const)
      expect(await post(what, body)).toMatchObject({ status: 409, json: { error: { code: 'lease_lost' } } });
  });

  it('can be waited at, and a claim kept for longer', async () => {
    const waiting = claim('anna', { waitSeconds: 10 });
    await new Promise((done) => setTimeout(done, 50));
    await add(1);
    api.wake();
    const { lease } = await waiting;
    const renewed = await post('lease/renew', { leases: [lease], leaseSeconds: 3600 });
    expect(renewed).toMatchObject({ status: 200, json: { renewed: [{ leaseUntilMs: expect.any(Number) }] } });
  });

  it('is that of people alone', async () => {
    await api.define(externalDefinition());
    const claimed = await api.call('POST', '/api/v1/evaluators/toxicity/claim', { by: 'anna' });
    expect(claimed).toMatchObject({ status: 404 });
    expect(await api.call('POST', '/api/v1/evaluators/helpful/lease', {})).toMatchObject({ status: 404 });
    expect(await api.call('GET', '/api/v1/evaluators/toxicity/queue')).toMatchObject({ status: 404 });
  });
});
