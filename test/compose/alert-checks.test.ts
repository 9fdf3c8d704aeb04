/** Alerts from scores to messages, on real stores and a real receiver, with a given clock. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AlertChecks } from '../../src/compose/alert-checks.ts';
import { GatewayError } from '../../src/errors.ts';
import type { Finding, Standing } from '../../src/model/alert.ts';
import { newId } from '../../src/model/id.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { ScoreValue } from '../../src/model/score.ts';
import { addressPolicy, LOOPBACK } from '../../src/outbound/address-policy.ts';
import type { AlertRecord, NoticeEffect } from '../../src/store/alerts.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { deliverNotices } from '../../src/webhooks/deliver-notices.ts';
import { Pauses } from '../../src/webhooks/pauses.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { standardSecret } from '../../src/webhooks/signature.ts';
import { alertSpec } from '../fixtures/new-alert.ts';
import { newLog } from '../fixtures/new-log.ts';
import { putAlert } from '../store/alerts-contract.ts';
import { openStoreHere } from '../store/postgres-here.ts';
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 7 * 24 * HOUR_MS;
const EVERY_MS = 30_000;
const HMAC_KEY = '0f'.repeat(32);

interface Message {
  type: string;
  text: string;
  data: Record<string, unknown>;
}

function suite(open: () => Promise<Store>): void {
  let store: Store;
  let nowMs = 1_780_000_000_000;
  let project: string;
  let receiver: Receiver;
  let sender: Sender;
  let pauses: Pauses;
  beforeAll(async () => {
    store = await open();
    sender = new Sender({ policy: addressPolicy(LOOPBACK), timeoutMs: 2000 });
  });
  afterAll(async () => {
    await sender.close();
    await store.close();
  });
  beforeEach(async () => {
    // Every test has a project and a time of its own.
    nowMs += WEEK_MS;
    pauses = new Pauses();
    receiver = await startReceiver();
    project = newId();
    const key = { id: newId(), name: 'k', hash: newId(), last4: 'abcd', scopes: [], createdAtMs: nowMs };
    await store.keys.create({ ...key, project }, project);
  });
  afterEach(async () => {
    for (const { spec } of await store.alerts.list(project)) await store.alerts.remove(project, spec.name, 'api');
  });

  const put = async (changes: Record<string, unknown> = {}): Promise<void> => {
    const spec = alertSpec({ destination: receiver.url, minCount: 10, resolveAfterMinutes: 0, ...changes });
    await store.alerts.put(project, spec, putAlert({ nowMs, hmacKey: HMAC_KEY }));
  };
  const standing = async (name = 'tone-drop'): Promise<Standing> => (await store.alerts.find(project, name))!.standing;
  /** Oldest first. */
  const history = async (): Promise<AlertRecord[]> =>
    (await store.alerts.history(project, 'tone-drop', { limit: 100, cursor: null }))!.records.toReversed();
  const states = async (): Promise<string[]> => (await history()).map(({ state }) => state);
  /** Logs of now, or of so long ago, each with a score. */
  const score = async (
    values: ScoreValue[],
    { agoMs = 0, properties = {}, name = 'tone' }: { agoMs?: number; properties?: object; name?: string } = {},
  ): Promise<void> => {
    const logs = values.map(() =>
      newLog({ projectId: project, startedAtMs: nowMs - agoMs - 1, properties: new Map(Object.entries(properties)) }),
    );
    await store.logs.add(logs, nowMs);
    const common = { name, reason: null, source: 'api', evaluator: null, evaluatorVersion: null } as const;
    await Promise.all(
      values.map((value, index) =>
        store.scores.put(project, logs[index]!.id, [{ ...common, value, durationMs: null, atMs: nowMs }], nowMs),
      ),
    );
  };
  const around = (middle: number, count = 20): number[] =>
    Array.from({ length: count }, (_, index) => middle + (index % 2 === 0 ? 0.01 : -0.01));
  const checker = (changes: Partial<ConstructorParameters<typeof AlertChecks>[0]> = {}): AlertChecks => {
    const checks = new AlertChecks({
      store,
      everyMs: EVERY_MS,
      holder: newId(),
      publicUrl: 'https://gateway.example.com',
      wake: () => {},
      logger: { warn: () => {} },
      now: () => nowMs,
      stopwatch: () => 0,
      ...changes,
    });
    onTestFinished(() => checks.close());
    return checks;
  };
  /** After as long as is between two checks. */
  const check = async (...checks: AlertChecks[]): Promise<void> => {
    nowMs += EVERY_MS;
    await Promise.all(checks.map((one) => one.look()));
  };
  /** Sends what is due. */
  const deliver = async (): Promise<void> => {
    const jobs = await store.notices.claim({ limit: 9, nowMs, leaseUntilMs: nowMs + 45_000 });
    const effects: NoticeEffect[] = [];
    const onEarly = (some: NoticeEffect[]): void => void effects.push(...some);
    await deliverNotices(jobs, { sender, pauses, now: () => nowMs, random: () => 0, onEarly });
    await store.notices.complete(effects);
  };
  const told = (): Message[] => receiver.received.map(({ body }) => JSON.parse(body) as Message);
  const types = (): string[] => told().map(({ type }) => type);

  it('fires, is told by a signed message, and is resolved', async () => {
    let woken = 0;
    await put();
    const checks = checker({ wake: () => (woken += 1) });
    await score(around(0.9));
    await check(checks);
    expect(await standing()).toMatchObject({ state: 'ok', checkedAtMs: nowMs, finding: { count: 20 } });
    nowMs += 2 * HOUR_MS;
    await score(around(0.5));
    await check(checks);
    const firedAtMs = nowMs;
    expect(woken).toBe(1);
    await deliver();
    expect(types()).toEqual(['alert.firing']);
    const { body, headers } = receiver.received[0]!;
    const verifier = new Verifier(standardSecret(HMAC_KEY));
    expect(() => verifier.verify(body, headers as Record<string, string>)).not.toThrow();
    expect(() => verifier.verify(`${body} `, headers as Record<string, string>)).toThrow(/signature/i);
    const [firing] = told();
    expect(firing!.data).toMatchObject({ count: 20, isRepeat: false, firingSinceMs: firedAtMs, before: null });
    expect(firing!.data.value).toBeCloseTo(0.5, 12);
    expect(firing!.text).toMatch(
      /^Alert tone-drop is firing: The mean of tone is 0\.5 \(99 % interval 0\.49\d to 0\.50/,
    );
    nowMs += 2 * HOUR_MS;
    await score(around(0.9));
    await check(checks);
    await deliver();
    expect(types()).toEqual(['alert.firing', 'alert.resolved']);
    expect(told()[1]!.data.firingSinceMs).toBe(firedAtMs);
    expect(await states()).toEqual(['ok', 'firing', 'ok']);
    expect((await history())[1]!.delivery).toMatchObject({ state: 'delivered', attempts: 1, last: { status: 200 } });
  });

  it.each<{
    name: string;
    spec: Record<string, unknown>;
    before?: ScoreValue[];
    now: ScoreValue[];
    is: { state: Standing['state']; finding: Partial<Finding> | { before: unknown } };
  }>([
    {
      name: 'a share of true above',
      spec: { watch: { kind: 'share', score: 'tone', of: true }, when: { above: 0.2 } },
      now: Array.from({ length: 40 }, (_, index) => index % 2 === 0),
      is: { state: 'firing', finding: { verdict: 'breached', count: 40, value: 0.5 } },
    },
    {
      name: 'a share of a category below',
      spec: { watch: { kind: 'share', score: 'tone', of: 'polite' }, when: { below: 0.9 } },
      now: Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? 'polite' : 'rude')),
      is: { state: 'firing', finding: { verdict: 'breached', count: 40, value: 0.25 } },
    },
    {
      name: 'a mean of booleans',
      spec: { watch: { kind: 'mean', score: 'tone' }, when: { below: 0.9 } },
      now: Array.from({ length: 40 }, (_, index) => index % 2 === 0),
      is: { state: 'firing', finding: { verdict: 'breached', count: 40, value: 0.5 } },
    },
    {
      name: 'a mean that fell from the window before',
      spec: { when: { falls: 0.1 } },
      before: [0.9, 0.88, 0.92, 0.9, 0.88, 0.92, 0.9, 0.9, 0.91, 0.89],
      now: [0.5, 0.48, 0.52, 0.5, 0.48, 0.52, 0.5, 0.5, 0.51, 0.49],
      is: { state: 'firing', finding: { verdict: 'breached', count: 10, before: { count: 10 } } },
    },
    {
      name: 'a mean that fell by less than the margin',
      spec: { when: { falls: 0.45 } },
      before: [0.9, 0.88, 0.92, 0.9, 0.88, 0.92, 0.9, 0.9, 0.91, 0.89],
      now: [0.5, 0.48, 0.52, 0.5, 0.48, 0.52, 0.5, 0.5, 0.51, 0.49],
      is: { state: 'ok', finding: { verdict: 'within' } },
    },
    {
      name: 'values that are all equal',
      spec: {},
      now: Array.from({ length: 12 }, () => 0.3),
      is: { state: 'firing', finding: { verdict: 'breached', count: 12, value: 0.3 } },
    },
    { name: 'one value', spec: {}, now: [0.1], is: { state: 'no_data', finding: { verdict: 'no_data', count: 1 } } },
    {
      name: 'no value',
      spec: {},
      now: [],
      is: { state: 'no_data', finding: { count: 0, value: null, interval: null } },
    },
    {
      name: 'none in the window before',
      spec: { when: { falls: 0 } },
      now: [0.5, 0.48, 0.52, 0.5, 0.48, 0.52, 0.5, 0.5, 0.51, 0.49],
      is: { state: 'no_data', finding: { verdict: 'no_data', count: 10, before: { count: 0, value: null } } },
    },
    {
      name: 'logs that the filter leaves out',
      spec: { filter: { property: 'team', equals: 'other' } },
      now: Array.from({ length: 12 }, () => 0.3),
      is: { state: 'no_data', finding: { count: 0 } },
    },
    {
      name: 'logs that the filter wants',
      spec: { filter: { property: 'team', equals: 'own' } },
      now: Array.from({ length: 12 }, () => 0.3),
      is: { state: 'firing', finding: { count: 12 } },
    },
    {
      name: 'errors of calls',
      spec: { watch: { kind: 'errors' }, when: { above: 0.01 } },
      now: Array.from({ length: 12 }, () => 0.3),
      is: { state: 'ok', finding: { count: 12, value: 0 } },
    },
  ])('judges $name', async ({ spec, before = [], now, is }) => {
    await put(spec);
    const properties = { team: 'own' };
    await score(before, { agoMs: 90 * MINUTE_MS, properties });
    await score(now, { properties });
    await check(checker());
    expect(await standing()).toMatchObject(is);
  });

  it('judges how often an evaluator failed, of the looks that ran', async () => {
    await put({ watch: { kind: 'failures', evaluator: 'judge' }, when: { above: 0.1 } });
    const outcomes = [...Array.from({ length: 12 }, () => 'failed'), 'scored', 'abstained', 'skipped', 'skipped'];
    const logs = outcomes.map(() => newLog({ projectId: project, startedAtMs: nowMs - 1, evaluators: ['judge'] }));
    await store.logs.add(logs, nowMs);
    const jobs = await store.jobs.claim({ evaluators: ['judge'], limit: 99, nowMs, leaseUntilMs: nowMs + 1000 });
    const common = { durationMs: 1, printed: '' };
    const ends: Record<string, Outcome> = {
      scored: { ...common, outcome: 'scored', scores: [{ name: 'judge', value: 1, reason: null }] },
      abstained: { ...common, outcome: 'abstained', reason: null },
      skipped: { ...common, outcome: 'skipped', reason: 'no' },
      failed: { ...common, outcome: 'failed', code: 'timeout', message: 'no', retryable: false },
    };
    const effect = { evaluatorVersion: 'v1', atMs: nowMs, retryAtMs: undefined, dead: false };
    await store.jobs.complete(jobs.map((job, index) => ({ ...effect, job, outcome: ends[outcomes[index]!]! })));
    await check(checker());
    const { state, finding } = await standing();
    expect({ state, count: finding!.count, value: finding!.value }).toEqual({
      state: 'firing',
      count: 14,
      value: 12 / 14,
    });
  });

  it('judges for how long jobs have been due', async () => {
    await put({ watch: { kind: 'queue_age', evaluator: 'judge' }, when: { above: 600 } });
    const checks = checker();
    await store.logs.add([newLog({ projectId: project, evaluators: ['judge', 'other'] })], nowMs);
    const [dueAtMs] = [nowMs];
    nowMs += 599_000 - EVERY_MS;
    await check(checks);
    expect(await standing()).toMatchObject({ state: 'ok', finding: { count: 1, value: 599, interval: null } });
    await check(checks);
    expect(await standing()).toMatchObject({ state: 'firing', finding: { value: (nowMs - dueAtMs) / 1000 } });
    const jobs = await store.jobs.claim({ evaluators: ['judge'], limit: 9, nowMs, leaseUntilMs: nowMs + HOUR_MS });
    expect(jobs.length).toBeGreaterThan(0);
    await check(checks);
    expect(await standing()).toMatchObject({ state: 'ok', finding: { count: 0, value: 0 } });
  });

  it('judges whether an evaluator is paused, and names it', async () => {
    await put({ watch: { kind: 'paused', evaluator: null }, when: { above: 0 } });
    const checks = checker();
    await check(checks);
    expect(await standing()).toMatchObject({ state: 'ok', finding: { value: 0 } });
    const pause = {
      projectId: project,
      evaluator: 'judge',
      cause: 'by_hand',
      reason: 'Mended today.',
      atMs: nowMs,
    } as const;
    await store.pauses.pause(pause);
    await check(checks);
    const sentence = '1 evaluator is paused, above the threshold of 0: judge (Mended today.).';
    expect(await standing()).toMatchObject({ state: 'firing', finding: { value: 1, sentence } });
    await store.pauses.resume(project, 'judge');
    await check(checks);
    expect(await standing()).toMatchObject({ state: 'ok' });
  });

  it('of two replicas is told once, and by a process that starts anew not again', async () => {
    await put();
    await score(around(0.5));
    await check(checker(), checker());
    await check(checker(), checker());
    await deliver();
    await deliver();
    expect(types()).toEqual(['alert.firing']);
    expect(await states()).toEqual(['firing']);
  });

  it('is told once, even by processes that both think that it is their turn', async () => {
    await put();
    await score(around(0.5));
    const always = { ...store, turns: { take: () => Promise.resolve(true), end: () => Promise.resolve() } };
    await check(checker({ store: always }), checker({ store: always }), checker({ store: always }));
    await deliver();
    expect(types()).toEqual(['alert.firing']);
  });

  it('is checked by another process when the one that had the turn died', async () => {
    await put();
    await score(around(0.5));
    expect(await store.turns.take('alerts', 'a process that dies', nowMs, nowMs + MINUTE_MS)).toBe(true);
    const checks = checker();
    await checks.look();
    expect((await standing()).checkedAtMs).toBeNull();
    nowMs += MINUTE_MS;
    await checks.look();
    expect((await standing()).state).toBe('firing');
  });

  it('is not checked before it is due again', async () => {
    await put();
    const checks = checker();
    await check(checks);
    const { checkedAtMs } = await standing();
    nowMs += EVERY_MS - 1;
    await Promise.all([checks.look(), checker().look()]);
    expect((await standing()).checkedAtMs).toBe(checkedAtMs);
    nowMs += 1;
    await checks.look();
    expect((await standing()).checkedAtMs).toBe(nowMs);
  });

  it('rests for ten times as long as its question took', async () => {
    await put();
    let watchMs = 0;
    const checks = checker({ stopwatch: () => (watchMs += 9000) });
    await check(checks);
    const { checkedAtMs } = await standing();
    for (let times = 0; times < 2; times += 1) await check(checks);
    expect((await standing()).checkedAtMs).toBe(checkedAtMs);
    await check(checks);
    expect((await standing()).checkedAtMs).toBe(nowMs);
  });

  it('is told when the receiver is there again, and only what is so by then', async () => {
    await put();
    await score(around(0.5));
    const checks = checker();
    await check(checks);
    receiver.answer = (_received, outgoing) => outgoing.writeHead(503).end();
    await deliver();
    const [failed] = await history();
    expect(failed!.delivery).toMatchObject({
      state: 'pending',
      attempts: 1,
      last: { status: 503, error: 'It answered 503.' },
      nextAttemptAtMs: nowMs + 10_000,
    });
    nowMs += 9999;
    await deliver();
    expect(receiver.received).toHaveLength(1);
    nowMs += 1;
    await deliver();
    expect(receiver.received).toHaveLength(2);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(1);
    nowMs += 2 * HOUR_MS;
    await score(around(0.9));
    await check(checks);
    receiver.answer = (_received, outgoing) => outgoing.end();
    await deliver();
    expect(types()).toEqual(['alert.firing', 'alert.firing', 'alert.resolved']);
    expect((await history()).map(({ delivery }) => delivery!.state)).toEqual(['dead', 'delivered']);
  });

  it('is not sent to an address that must not be called', async () => {
    await put({ destination: 'http://10.0.0.1/hook' });
    await score(around(0.5));
    await check(checker());
    await deliver();
    const [{ delivery }] = (await history()) as [AlertRecord];
    expect(delivery).toMatchObject({ state: 'dead', attempts: 1, last: { status: null } });
    expect(delivery!.last!.error).toContain('not on the public internet');
  });

  it('stands where it stood when its question is too large, and others are checked', async () => {
    await put();
    await put({ name: 'second' });
    await score(around(0.5));
    const checks = checker();
    await check(checks);
    let asked = 0;
    const questions: Store['questions'] = {
      ...store.questions,
      aggregate: (question) => {
        asked += 1;
        if (asked === 1) return Promise.reject(new GatewayError('question_too_large'));
        return store.questions.aggregate(question);
      },
    };
    await check(checker({ store: { ...store, questions } }));
    expect(await standing()).toMatchObject({ state: 'firing', problem: expect.stringContaining('No index') as string });
    expect(await standing('second')).toMatchObject({ problem: null, checkedAtMs: nowMs });
  });

  it('is left as it is while the store is away, and says so once a round', async () => {
    await put();
    await put({ name: 'second' });
    const warned: unknown[] = [];
    const away = (): Promise<never> => Promise.reject(new GatewayError('store_unavailable'));
    const questions = { ...store.questions, aggregate: away };
    const checks = checker({
      store: { ...store, questions },
      logger: { warn: (...said: unknown[]) => void warned.push(said) },
    });
    await check(checks);
    expect((await standing()).checkedAtMs).toBeNull();
    expect(warned).toHaveLength(1);
  });

  it('forgets what happened more than 30 days ago', async () => {
    await put();
    await score(around(0.5));
    await check(checker());
    nowMs += 31 * 24 * HOUR_MS;
    await check(checker());
    expect(await states()).toEqual(['no_data']);
  });

  it('is not checked while it is off', async () => {
    await put({ enabled: false });
    await score(around(0.5));
    await check(checker());
    expect(await standing()).toMatchObject({ state: 'no_data', checkedAtMs: null });
  });
}

describe('alerts on SQLite', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gradeway-alerts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  suite(() => openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') }));
});

describe('alerts on PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());
  suite(async () => openStoreHere(await server.createDatabase()));
});
