/** What every engine's store must do. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { DEFAULT_PROJECT, type JobEffect, type NewScore, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const DAY = 86_400_000;

function apiScore(name: string, value: NewScore['value'], atMs = NOW): NewScore {
  return { name, value, reason: null, source: 'api', evaluator: null, evaluatorVersion: null, durationMs: null, atMs };
}

function scored(value: NewScore['value'], name = 'accuracy'): Outcome {
  return { outcome: 'scored', scores: [{ name, value, reason: 'because' }], durationMs: 1.5, printed: 'seen\n' };
}

function effect(job: ClaimedJob, outcome: Outcome, changes: Partial<JobEffect> = {}): JobEffect {
  return { job, evaluatorVersion: 'v1', outcome, atMs: NOW, retryAtMs: undefined, dead: false, ...changes };
}

export function storeContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const claim = (nowMs = NOW, leaseMs = 30_000, limit = 100): Promise<ClaimedJob[]> =>
    store.jobs.claim({ evaluators: ['accuracy', 'other'], limit, nowMs, leaseUntilMs: nowMs + leaseMs });

  describe('logs', () => {
    it('come back as they were added', async () => {
      const log = newLog({
        requestBody: Buffer.from([0, 255, 1, 128]),
        properties: new Map([['__proto__', 'x\u{1f600}']]),
      });
      await store.logs.add([log], NOW);
      const found = await store.logs.find(PROJECT, log.id);
      const { evaluators: _evaluators, ...expected } = log;
      const plain = (bytes: Uint8Array | undefined): number[] => [...(bytes ?? [])];
      expect({ ...found, requestBody: plain(found?.requestBody), responseBody: plain(found?.responseBody) }).toEqual({
        ...expected,
        requestBody: plain(log.requestBody),
        responseBody: plain(log.responseBody),
      });
    });

    it('keep every column empty that is empty', async () => {
      const log = newLog({
        modelAsked: null,
        modelAnswered: null,
        model: null,
        status: null,
        usage: null,
        costUsd: null,
        finishReason: null,
        userId: null,
        sessionId: null,
        sessionName: null,
        sessionPath: null,
        providerResponseId: null,
        firstByteMs: null,
        requestBody: undefined,
        responseBody: undefined,
        properties: new Map(),
      });
      await store.logs.add([log], NOW);
      const { evaluators: _evaluators, ...expected } = log;
      expect(await store.logs.find(PROJECT, log.id)).toEqual(expected);
    });

    it.each([
      { name: 'asked and answered alike', asked: 'm', answered: 'm', model: 'm' },
      { name: 'only asked', asked: 'm', answered: null, model: 'm' },
      { name: 'only answered', asked: null, answered: 'm', model: 'm' },
      { name: 'overridden', asked: 'a', answered: 'b', model: 'c' },
      { name: 'overridden with nothing asked', asked: null, answered: null, model: 'c' },
    ])('keep the three models apart: $name', async ({ asked, answered, model }) => {
      const log = newLog({ modelAsked: asked, modelAnswered: answered, model });
      await store.logs.add([log], NOW);
      expect(await store.logs.find(PROJECT, log.id)).toMatchObject({
        modelAsked: asked,
        modelAnswered: answered,
        model,
      });
    });

    it('are found by request id, own id and provider id, the newest first', async () => {
      const requestId = newId();
      const first = newLog({ requestId, providerResponseId: 'chatcmpl-same' });
      const second = newLog({ requestId, providerResponseId: 'chatcmpl-same' });
      await store.logs.add([first], NOW);
      await store.logs.add([second], NOW);
      expect((await store.logs.find(PROJECT, requestId))?.id).toBe(second.id);
      expect((await store.logs.find(PROJECT, requestId.toUpperCase()))?.id).toBe(second.id);
      expect((await store.logs.find(PROJECT, first.id))?.id).toBe(first.id);
      expect((await store.logs.find(PROJECT, 'chatcmpl-same'))?.id).toBe(second.id);
      expect(await store.logs.idsByRequestId(PROJECT, requestId)).toEqual({ ids: [second.id, first.id], count: 2 });
      expect(await store.logs.find(PROJECT, newId())).toBeUndefined();
      expect(await store.logs.find(PROJECT, 'chatcmpl-other')).toBeUndefined();
    });

    it('name those that share a request id, one without its own among them, and at most 100', async () => {
      const own = newLog();
      const others = Array.from({ length: 120 }, () => newLog({ requestId: own.id }));
      const foreign = newLog({ requestId: own.id, projectId: (await createProject('elsewhere')).projectId });
      await store.logs.add([{ ...own, requestId: own.id }, foreign], NOW);
      expect(await store.logs.idsByRequestId(PROJECT, own.id)).toEqual({ ids: [own.id], count: 1 });
      await store.logs.add(others, NOW);
      const newest = others.map(({ id }) => id).toReversed();
      expect(await store.logs.idsByRequestId(PROJECT, own.id)).toEqual({ ids: newest.slice(0, 100), count: 121 });
      expect(await store.logs.idsByRequestId(PROJECT, newId())).toEqual({ ids: [], count: 0 });
    });

    it('are passed over when they are there already', async () => {
      const log = newLog({ evaluators: ['accuracy'] });
      expect(await store.logs.add([log], NOW)).toMatchObject({ inserted: 1, jobs: 1 });
      expect(await store.logs.add([log], NOW)).toMatchObject({ inserted: 0, jobs: 0 });
      expect(await store.jobs.backlog()).toMatchObject({ pending: 1 });
    });

    it('of many sizes share blocks and come back whole', async () => {
      const logs = Array.from({ length: 150 }, (_, index) =>
        newLog({
          requestBody: Buffer.alloc(index * 997, index),
          responseBody: index % 3 === 0 ? undefined : Buffer.from(`answer ${index}`),
        }),
      );
      await store.logs.add(logs, NOW);
      const found = new Map((await store.logs.getMany(logs.map(({ id }) => id))).map((log) => [log.id, log]));
      for (const log of logs) {
        expect(Buffer.compare(found.get(log.id)!.requestBody!, log.requestBody!)).toBe(0);
        expect(found.get(log.id)!.responseBody?.length).toBe(log.responseBody?.length);
      }
    });

    it('of another project are not found', async () => {
      const { projectId } = await createProject('other');
      const log = newLog({ projectId });
      await store.logs.add([log], NOW);
      expect(await store.logs.find(PROJECT, log.id)).toBeUndefined();
      expect(await store.logs.find(PROJECT, log.providerResponseId!)).toBeUndefined();
      expect((await store.logs.find(projectId, log.id))?.id).toBe(log.id);
    });

    it('of a project that does not exist are refused, and nothing with them', async () => {
      const good = newLog();
      await expect(store.logs.add([good, newLog({ projectId: newId() })], NOW)).rejects.toThrow('There is no project');
      expect(await store.logs.find(PROJECT, good.id)).toBeUndefined();
      await store.logs.add([good], NOW);
      expect((await store.logs.find(PROJECT, good.id))?.properties).toEqual(good.properties);
    });
  });

  describe('scores', () => {
    it('of every kind come back as they were given', async () => {
      const log = newLog();
      await store.logs.add([log], NOW);
      const values = { a: true, b: false, c: -5, d: 0.25, e: 'gpt-4o', __proto__: 1, constructor: 'x' };
      const scores = [
        ...Object.entries(values).map(([name, value]) => apiScore(name, value as never)),
        apiScore('__proto__', 7),
      ];
      expect(await store.scores.put(PROJECT, log.id, scores, NOW + DAY)).toBe('attached');
      const listed = new Map((await store.scores.list(PROJECT, log.id)).map((score) => [score.name, score.value]));
      expect(listed).toEqual(
        new Map<string, unknown>([
          ['__proto__', 7],
          ['a', true],
          ['b', false],
          ['c', -5],
          ['constructor', 'x'],
          ['d', 0.25],
          ['e', 'gpt-4o'],
        ]),
      );
      expect((await store.scores.names(PROJECT)).map(({ name, kind }) => `${name}:${kind}`)).toEqual([
        '__proto__:number',
        'a:boolean',
        'b:boolean',
        'c:number',
        'constructor:category',
        'd:number',
        'e:category',
      ]);
    });

    it('replace those of the same name and source, and leave the others', async () => {
      const log = newLog();
      await store.logs.add([log], NOW);
      await store.scores.put(PROJECT, log.id, [apiScore('a', 1), apiScore('b', 2)], NOW + DAY);
      await store.scores.put(PROJECT, log.providerResponseId!, [apiScore('a', true, NOW + 1)], NOW + DAY);
      await store.scores.put(PROJECT, log.id, [{ ...apiScore('a', 9), source: 'human' }], NOW + DAY);
      const listed = await store.scores.list(PROJECT, log.id);
      expect(listed.map(({ name, source, value }) => [name, source, value])).toEqual([
        ['a', 'human', 9],
        ['a', 'api', true],
        ['b', 'api', 2],
      ]);
    });

    it('go to the newest of several logs with one request id', async () => {
      const requestId = newId();
      const [first, second] = [newLog({ requestId }), newLog({ requestId })];
      await store.logs.add([first, second], NOW);
      await store.scores.put(PROJECT, requestId, [apiScore('a', 1)], NOW + DAY);
      expect(await store.scores.list(PROJECT, first.id)).toEqual([]);
      expect(await store.scores.list(PROJECT, second.id)).toHaveLength(1);
    });

    it.each([{ by: 'id' as const }, { by: 'requestId' as const }, { by: 'providerResponseId' as const }])(
      'wait for a log that is not there yet: by $by',
      async ({ by }) => {
        const log = newLog({ requestId: newId() });
        expect(await store.scores.put(PROJECT, log[by]!, [apiScore('early', 3)], NOW + DAY)).toBe('kept');
        expect(await store.logs.add([log], NOW + DAY - 1)).toMatchObject({ attached: 1 });
        expect(await store.scores.list(PROJECT, log.id)).toMatchObject([{ name: 'early', value: 3, source: 'api' }]);
      },
    );

    it('are named once a log has them, and not before', async () => {
      const log = newLog();
      await store.scores.put(PROJECT, log.id, [apiScore('early', 3)], NOW + DAY);
      expect(await store.scores.names(PROJECT)).toEqual([]);
      await store.logs.add([log], NOW);
      expect(await store.scores.names(PROJECT)).toEqual([{ name: 'early', kind: 'number' }]);
    });

    it('wait no longer than they were told to', async () => {
      const log = newLog();
      await store.scores.put(PROJECT, log.id, [apiScore('early', 3)], NOW + DAY);
      expect(await store.logs.add([log], NOW + DAY + 1)).toMatchObject({ attached: 0 });
      expect(await store.scores.list(PROJECT, log.id)).toEqual([]);
    });

    it('of another project do not attach', async () => {
      const { projectId } = await createProject('other');
      const log = newLog();
      await store.scores.put(projectId, log.id, [apiScore('early', 3)], NOW + DAY);
      await store.logs.add([log], NOW);
      expect(await store.scores.list(PROJECT, log.id)).toEqual([]);
      expect(await store.scores.put(projectId, log.id, [apiScore('late', 3)], NOW + DAY)).toBe('kept');
    });

    it('that 64 clients write to ten names are one row a name', async () => {
      const log = newLog();
      await store.logs.add([log], NOW);
      await Promise.all(
        Array.from({ length: 640 }, (_, index) =>
          store.scores.put(PROJECT, log.id, [apiScore(`s${index % 10}`, index)], NOW + DAY),
        ),
      );
      const listed = await store.scores.list(PROJECT, log.id);
      expect(listed.map(({ value }) => value)).toEqual([630, 631, 632, 633, 634, 635, 636, 637, 638, 639]);
    });
  });

  describe('jobs', () => {
    it('are claimed once, oldest first, for the evaluators asked for', async () => {
      const logs = [newLog({ evaluators: ['accuracy', 'unasked'] }), newLog({ evaluators: ['accuracy'] })];
      await store.logs.add([logs[0]!], NOW);
      await store.logs.add([logs[1]!], NOW + 1);
      expect(await claim(NOW - 1)).toEqual([]);
      const [job] = await claim(NOW + 5, 30_000, 1);
      expect(job).toMatchObject({ projectId: PROJECT, logId: logs[0]!.id, evaluator: 'accuracy', attempt: 1 });
      expect((await claim(NOW + 5)).map(({ logId }) => logId)).toEqual([logs[1]!.id]);
      expect(await claim(NOW + 5)).toEqual([]);
      expect(await store.jobs.backlog()).toEqual({ pending: 1, leased: 2, dead: 0, oldestDueAtMs: NOW });
      expect((await store.jobs.evaluators()).toSorted()).toEqual(['accuracy', 'unasked']);
    });

    it('are done together with their scores and outcome', async () => {
      const log = newLog({ evaluators: ['accuracy'] });
      await store.logs.add([log], NOW);
      const [job] = await claim();
      expect(await store.jobs.complete([effect(job!, scored(true))])).toEqual({ fenced: 0 });
      expect(await store.scores.list(PROJECT, log.id)).toMatchObject([
        {
          name: 'accuracy',
          value: true,
          reason: 'because',
          source: 'evaluator',
          evaluator: 'accuracy',
          evaluatorVersion: 'v1',
        },
      ]);
      expect(await store.scores.evaluations(PROJECT, log.id)).toMatchObject([
        { evaluator: 'accuracy', evaluatorVersion: 'v1', outcome: 'scored', code: null, printed: 'seen\n', attempt: 1 },
      ]);
      expect(await store.jobs.backlog()).toEqual({ pending: 0, leased: 0, dead: 0, oldestDueAtMs: null });
    });

    it.each<{ name: string; outcome: Outcome; code: string | null; reason: string }>([
      {
        name: 'abstained',
        outcome: { outcome: 'abstained', reason: 'nothing to say', durationMs: 1, printed: '' },
        code: null,
        reason: 'nothing to say',
      },
      {
        name: 'skipped',
        outcome: { outcome: 'skipped', reason: 'no body', durationMs: 0, printed: '' },
        code: null,
        reason: 'no body',
      },
      {
        name: 'failed',
        outcome: { outcome: 'failed', code: 'threw', message: 'boom', retryable: false, durationMs: 1, printed: '' },
        code: 'threw',
        reason: 'boom',
      },
    ])('that $name leave no score', async ({ name, outcome, code, reason }) => {
      const log = newLog({ evaluators: ['accuracy'] });
      await store.logs.add([log], NOW);
      const [job] = await claim();
      await store.jobs.complete([effect(job!, outcome)]);
      expect(await store.scores.list(PROJECT, log.id)).toEqual([]);
      expect(await store.scores.evaluations(PROJECT, log.id)).toMatchObject([{ outcome: name, code, reason }]);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
    });

    it('whose lease has run out are claimed anew, and the late completion changes nothing', async () => {
      const log = newLog({ evaluators: ['accuracy'] });
      await store.logs.add([log], NOW);
      const [stale] = await claim(NOW, 1000);
      expect(await claim(NOW + 999)).toEqual([]);
      const [fresh] = await claim(NOW + 1000);
      expect(fresh).toMatchObject({ id: stale!.id, attempt: 2 });
      expect(await store.jobs.complete([effect(stale!, scored('stale'))])).toEqual({ fenced: 1 });
      expect(await store.scores.list(PROJECT, log.id)).toEqual([]);
      expect(await store.jobs.complete([effect(fresh!, scored('fresh'))])).toEqual({ fenced: 0 });
      expect(await store.scores.list(PROJECT, log.id)).toMatchObject([{ value: 'fresh' }]);
    });

    it('of one log are told with their state and with how many are due before them', async () => {
      const [first, second] = [newLog({ evaluators: ['accuracy', 'other'] }), newLog({ evaluators: ['accuracy'] })];
      await store.logs.add([first], NOW);
      await store.logs.add([second], NOW + 1);
      expect(await store.jobs.ofLog(PROJECT, second.id)).toEqual([
        {
          evaluator: 'accuracy',
          state: 'pending',
          attempt: 0,
          dueAtMs: NOW + 1,
          reason: null,
          deferredBy: null,
          ahead: 1,
        },
      ]);
      expect((await store.jobs.ofLog(PROJECT, first.id)).map(({ ahead }) => ahead)).toEqual([0, 0]);
      const [job, other] = (await claim(NOW, 1000)).toSorted((a, b) => (a.evaluator < b.evaluator ? -1 : 1));
      const dead: Outcome = { outcome: 'skipped', reason: 'no more', durationMs: 0, printed: '' };
      await store.jobs.complete([effect(other!, dead, { dead: true })]);
      expect(await store.jobs.ofLog(PROJECT, first.id)).toEqual([
        {
          evaluator: 'accuracy',
          state: 'leased',
          attempt: 1,
          dueAtMs: NOW + 1000,
          reason: null,
          deferredBy: null,
          ahead: 1,
        },
        { evaluator: 'other', state: 'dead', attempt: 1, dueAtMs: null, reason: 'no more', deferredBy: null, ahead: 0 },
      ]);
      expect(await store.jobs.ofLog(PROJECT, second.id)).toMatchObject([{ ahead: 0 }]);
      await store.jobs.complete([effect(job!, scored(true))]);
      expect(await store.jobs.ofLog(PROJECT, first.id)).toMatchObject([{ evaluator: 'other' }]);
      const { projectId } = await createProject('nosy');
      expect(await store.jobs.ofLog(projectId, second.id)).toEqual([]);
    });

    it('keep their lease while it is renewed', async () => {
      await store.logs.add([newLog({ evaluators: ['accuracy'] })], NOW);
      const jobs = await claim(NOW, 1000);
      await store.jobs.renew(jobs, NOW + 5000);
      expect(await claim(NOW + 4999)).toEqual([]);
      expect(await claim(NOW + 5000)).toHaveLength(1);
    });

    it('that are given back are due at once and have lost no attempt', async () => {
      await store.logs.add([newLog({ evaluators: ['accuracy'] })], NOW);
      await store.jobs.release(await claim(), NOW + 2);
      expect(await claim(NOW + 1)).toEqual([]);
      expect(await claim(NOW + 2)).toMatchObject([{ attempt: 1 }]);
    });

    it('that shall run again wait for their time', async () => {
      await store.logs.add([newLog({ evaluators: ['accuracy'] })], NOW);
      const [job] = await claim();
      const failed: Outcome = {
        outcome: 'failed',
        code: 'threw',
        message: 'boom',
        retryable: true,
        durationMs: 1,
        printed: '',
      };
      await store.jobs.complete([effect(job!, failed, { retryAtMs: NOW + 700 })]);
      expect(await claim(NOW + 699)).toEqual([]);
      expect(await claim(NOW + 700)).toMatchObject([{ attempt: 2 }]);
    });

    it('that were put off without having run wait for their time and have lost no attempt', async () => {
      await store.logs.add([newLog({ evaluators: ['accuracy'] })], NOW);
      const paused: Outcome = { outcome: 'skipped', reason: 'paused', durationMs: 0, printed: '' };
      for (const at of [NOW, NOW + 700]) {
        const [job] = await claim(at);
        expect(job).toMatchObject({ attempt: 1 });
        await store.jobs.complete([effect(job!, paused, { retryAtMs: at + 700, countsAttempt: false })]);
        expect(await claim(at + 699)).toEqual([]);
      }
      expect(await claim(NOW + 1400)).toMatchObject([{ attempt: 1 }]);
    });

    it('that are dead are counted and never claimed', async () => {
      await store.logs.add([newLog({ evaluators: ['accuracy'] })], NOW);
      const [job] = await claim();
      const failed: Outcome = {
        outcome: 'failed',
        code: 'not_loaded',
        message: 'gone',
        retryable: false,
        durationMs: 0,
        printed: '',
      };
      await store.jobs.complete([effect(job!, failed, { dead: true })]);
      expect(await claim(NOW + DAY)).toEqual([]);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 1 });
    });

    it('replace what the same version of the evaluator said before', async () => {
      const log = newLog({ evaluators: ['accuracy', 'accuracy'] });
      await store.logs.add([log], NOW);
      const [first, second] = await claim();
      await store.jobs.complete([effect(first!, scored(1, 'one'))]);
      await store.jobs.complete([effect(second!, scored(2, 'two'))]);
      expect((await store.scores.list(PROJECT, log.id)).map(({ name }) => name)).toEqual(['two']);
    });
  });

  it('shows of an evaluator the scores of the version that spoke last', async () => {
    const log = newLog({ evaluators: ['accuracy', 'accuracy'] });
    await store.logs.add([log], NOW);
    const [first, second] = await claim();
    await store.jobs.complete([effect(first!, scored(1, 'given by the old one alone'))]);
    await store.jobs.complete([effect(second!, scored(2), { evaluatorVersion: 'v2', atMs: NOW + 1 })]);
    expect(await store.scores.list(PROJECT, log.id)).toMatchObject([
      { name: 'accuracy', evaluatorVersion: 'v2', value: 2 },
    ]);
    expect(await store.scores.evaluations(PROJECT, log.id)).toHaveLength(2);
  });

  describe('keys', () => {
    it('belong to a project, which is created with its first key', async () => {
      const first = await createProject('team');
      const second = await createProject('team');
      expect(second.projectId).toBe(first.projectId);
      expect((await store.keys.list()).map(({ id, project }) => [id, project])).toEqual([
        [first.id, 'team'],
        [second.id, 'team'],
      ]);
    });

    it('are revoked once', async () => {
      const { id } = await createProject('team');
      expect(await store.keys.revoke(id, NOW)).toBe(true);
      expect(await store.keys.revoke(id, NOW)).toBe(false);
      expect(await store.keys.list()).toMatchObject([{ revokedAtMs: NOW }]);
    });
  });

  it('answers a probe', async () => {
    await expect(store.probe(NOW)).resolves.toBeUndefined();
  });

  let created = 0;
  function createProject(project: string): Promise<{ id: string; projectId: string }> {
    created += 1;
    return store.keys.create(
      {
        id: newId(),
        project,
        name: 'a key',
        hash: `${created}`.padStart(64, '0'),
        last4: 'abcd',
        scopes: ['read'],
        createdAtMs: NOW + created,
      },
      newId(),
    );
  }
}
