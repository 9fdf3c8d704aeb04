/** What every engine's store must do with alerts, what became of them, and the messages that tell of it. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Alert, type AlertEvent, type Finding, unchecked } from '../../src/model/alert.ts';
import { newId } from '../../src/model/id.ts';
import {
  type ClaimedNotice,
  type NoticeEffect,
  OVERTAKEN,
  type PutAlert,
  type Settlement,
} from '../../src/store/alerts.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { alertSpec } from '../fixtures/new-alert.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const TRIED = { status: 200, error: null, answer: 'ok', durationMs: 12.5 };
const FAILED = { status: 503, error: 'It answered 503.', answer: null, durationMs: 3 };

export const FINDING: Finding = {
  verdict: 'breached',
  fromMs: NOW - 3_600_000,
  toMs: NOW,
  count: 214,
  value: 0.1 + 0.2,
  interval: { low: 0.25, high: 1 / 3, level: 0.99 },
  before: { count: 3, value: null },
  difference: -1e-9,
  sentence: "It's 30 %.",
};

export function putAlert(changes: Partial<PutAlert> = {}): PutAlert {
  return {
    id: newId(),
    hmacKey: randomBytes(32).toString('hex'),
    managedBy: 'api',
    most: 50,
    nowMs: NOW,
    ...changes,
  };
}

/** A check after which an alert fires. */
export function fired(alert: Alert, changes: Partial<AlertEvent> = {}): Settlement {
  const atMs = changes.atMs ?? NOW;
  return {
    alertId: alert.id,
    revision: alert.revision,
    standing: {
      ...alert.standing,
      state: 'firing',
      sinceMs: atMs,
      openSinceMs: atMs,
      toldAtMs: atMs,
      finding: FINDING,
    },
    event: {
      id: newId(),
      alertId: alert.id,
      state: 'firing',
      isRepeat: false,
      atMs,
      finding: FINDING,
      message: JSON.stringify({ type: 'alert.firing', text: "it's \u{1f600}" }),
      ...changes,
    },
  };
}

export function alertsContract(open: () => Promise<Store>): void {
  // One store for all: opening takes longer than all that is done here.
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());
  afterEach(async () => {
    for (const { projectId } of await store.retention.list())
      for (const { spec, managedBy } of await store.alerts.list(projectId))
        await store.alerts.remove(projectId, spec.name, managedBy);
  });

  const create = async (spec: Record<string, unknown> = {}, options: Partial<PutAlert> = {}): Promise<Alert> => {
    const given = alertSpec(spec);
    expect(await store.alerts.put(PROJECT, given, putAlert(options))).toEqual({ isNew: true });
    return (await store.alerts.find(PROJECT, given.name))!;
  };
  const again = async ({ projectId, spec }: Alert): Promise<Alert> => (await store.alerts.find(projectId, spec.name))!;
  const historyOf = async (name = 'tone-drop', limit = 100, cursor: number | null = null) =>
    (await store.alerts.history(PROJECT, name, { limit, cursor }))!;
  const otherProject = async (): Promise<string> => {
    const id = newId();
    const key = { id: newId(), name: 'k', hash: newId(), last4: 'abcd', scopes: [], createdAtMs: NOW };
    await store.keys.create({ ...key, project: id }, id);
    return id;
  };

  describe('alerts', () => {
    it('come back as they were put, unchecked', async () => {
      const spec = alertSpec({
        description: `quoted "\u{1f600}" ' $1`,
        filter: { property: 'team', equals: "it's" },
        when: { changes: 0.1 },
        repeatAfterMinutes: 90,
      });
      const options = putAlert();
      expect(await store.alerts.put(PROJECT, spec, options)).toEqual({ isNew: true });
      const expected: Alert = {
        id: options.id,
        projectId: PROJECT,
        spec,
        hmacKey: options.hmacKey,
        managedBy: 'api',
        createdAtMs: NOW,
        changedAtMs: NOW,
        revision: 1,
        standing: unchecked(NOW),
      };
      expect(await store.alerts.find(PROJECT, 'tone-drop')).toEqual(expected);
      expect(await store.alerts.list(PROJECT)).toEqual([expected]);
      expect(await store.alerts.enabled()).toEqual([expected]);
    });

    it('keep id, key and birth when they are changed, and are to be checked anew', async () => {
      const alert = await create();
      await store.alerts.settle([fired(alert)]);
      const spec = alertSpec({ when: { below: 0.7 }, enabled: false });
      expect(await store.alerts.put(PROJECT, spec, putAlert({ nowMs: NOW + 5 }))).toEqual({ isNew: false });
      expect(await again(alert)).toEqual({
        ...alert,
        spec,
        changedAtMs: NOW + 5,
        revision: 3,
        standing: { ...unchecked(NOW + 5), openSinceMs: NOW, toldAtMs: NOW },
      });
      expect(await store.alerts.enabled()).toEqual([]);
    });

    it('stay as they stand when the same is put again', async () => {
      const alert = await create();
      await store.alerts.settle([fired(alert)]);
      const before = await again(alert);
      expect(await store.alerts.put(PROJECT, alertSpec(), putAlert({ nowMs: NOW + 5 }))).toEqual({ isNew: false });
      expect(await again(alert)).toEqual(before);
    });

    it('are as many as a project may have, and of each project its own', async () => {
      await create({ name: 'b' }, { most: 2 });
      await create({ name: 'a' }, { most: 2 });
      expect(await store.alerts.put(PROJECT, alertSpec({ name: 'c' }), putAlert({ most: 2 }))).toEqual({
        refused: 'full',
      });
      expect(await store.alerts.put(PROJECT, alertSpec({ name: 'a', level: 0.9 }), putAlert({ most: 2 }))).toEqual({
        isNew: false,
      });
      const other = await otherProject();
      expect(await store.alerts.put(other, alertSpec({ name: 'a' }), putAlert({ most: 2 }))).toEqual({ isNew: true });
      expect((await store.alerts.list(PROJECT)).map(({ spec }) => spec.name)).toEqual(['a', 'b']);
      expect((await store.alerts.list(other)).map(({ spec }) => spec.name)).toEqual(['a']);
      expect(await store.alerts.find(other, 'b')).toBeUndefined();
      expect(await store.alerts.history(other, 'b', { limit: 1, cursor: null })).toBeUndefined();
      expect(await store.alerts.remove(other, 'b', 'api')).toBe(false);
      expect(await store.alerts.enabled()).toHaveLength(3);
    });

    it('of the settings replace those of the API, and are not changed over it', async () => {
      await create();
      expect(await store.alerts.put(PROJECT, alertSpec(), putAlert({ managedBy: 'config' }))).toEqual({ isNew: false });
      expect(await store.alerts.put(PROJECT, alertSpec({ level: 0.9 }), putAlert())).toEqual({ refused: 'managed' });
      expect(await store.alerts.remove(PROJECT, 'tone-drop', 'api')).toBe(false);
      expect(await store.alerts.remove(PROJECT, 'tone-drop', 'config')).toBe(true);
      expect(await store.alerts.list(PROJECT)).toEqual([]);
    });

    it('take their events and messages with them', async () => {
      await store.alerts.settle([fired(await create())]);
      expect(await store.alerts.remove(PROJECT, 'tone-drop', 'api')).toBe(true);
      expect(await store.alerts.remove(PROJECT, 'tone-drop', 'api')).toBe(false);
      await create();
      expect((await historyOf()).records).toEqual([]);
      expect(await store.notices.claim({ limit: 9, nowMs: NOW + 9, leaseUntilMs: NOW + 99 })).toEqual([]);
    });
  });

  describe('checks of alerts', () => {
    it('are stored with what became of the alert', async () => {
      const alert = await create();
      const settlement = fired(alert);
      expect(await store.alerts.settle([settlement])).toBe(1);
      expect(await again(alert)).toEqual({ ...alert, revision: 2, standing: settlement.standing });
      const { message: _message, ...event } = settlement.event!;
      const delivery = { state: 'pending', attempts: 0, last: null, nextAttemptAtMs: NOW };
      expect(await historyOf()).toEqual({ records: [{ ...event, delivery }], next: null });
    });

    it('change nothing of an alert that was changed or checked meanwhile', async () => {
      const alert = await create();
      expect(await store.alerts.settle([fired(alert), fired(alert)])).toBe(1);
      await store.alerts.put(PROJECT, alertSpec({ level: 0.9 }), putAlert());
      expect(await store.alerts.settle([fired(alert), fired({ ...alert, revision: 2 })])).toBe(0);
      expect((await historyOf()).records).toHaveLength(1);
      expect((await again(alert)).standing.state).toBe('no_data');
    });

    it('of two processes at once are stored once', async () => {
      const alert = await create();
      const settled = await Promise.all([store.alerts.settle([fired(alert)]), store.alerts.settle([fired(alert)])]);
      expect(settled.toSorted()).toEqual([0, 1]);
      expect((await historyOf()).records).toHaveLength(1);
    });

    it('are listed page by page, newest first, also those of which nobody is told', async () => {
      let alert = await create();
      for (let at = 1; at <= 5; at += 1) {
        await store.alerts.settle([fired(alert, { atMs: NOW + at, message: null, isRepeat: at === 5 })]);
        alert = await again(alert);
      }
      const first = await historyOf('tone-drop', 2);
      const second = await historyOf('tone-drop', 2, first.next);
      const third = await historyOf('tone-drop', 2, second.next);
      const times = [first, second, third].map(({ records }) => records.map(({ atMs }) => atMs - NOW));
      expect(times).toEqual([[5, 4], [3, 2], [1]]);
      expect(third.next).toBeNull();
      expect(first.records[0]).toMatchObject({ delivery: null, isRepeat: true });
      expect(first.records[1]!.isRepeat).toBe(false);
    });

    it('are swept when they are old or too many, a few at a time', async () => {
      for (const name of ['one', 'two']) {
        let alert = await create({ name });
        for (let at = 1; at <= 5; at += 1) {
          await store.alerts.settle([fired(alert, { atMs: NOW + at })]);
          alert = await again(alert);
        }
      }
      const left = async () =>
        (await Promise.all(['one', 'two'].map((name) => historyOf(name)))).map(({ records }) =>
          records.map(({ atMs }) => atMs - NOW),
        );
      expect(await store.alerts.sweep(NOW + 3, 100, 3)).toBe(3);
      expect(await store.alerts.sweep(NOW + 3, 100, 3)).toBe(1);
      expect(await left()).toEqual([
        [5, 4, 3],
        [5, 4, 3],
      ]);
      expect(await store.alerts.sweep(0, 2, 100)).toBe(2);
      expect(await left()).toEqual([
        [5, 4],
        [5, 4],
      ]);
    });
  });

  describe('messages of alerts', () => {
    const claim = (nowMs = NOW, limit = 100): Promise<ClaimedNotice[]> =>
      store.notices.claim({ limit, nowMs, leaseUntilMs: nowMs + 1000 });
    const effect = (job: ClaimedNotice, changes: Partial<NoticeEffect> = {}): NoticeEffect => ({
      job,
      atMs: NOW + 7,
      attempt: TRIED,
      retryAtMs: undefined,
      dead: false,
      ...changes,
    });
    const delivery = async () => (await historyOf()).records[0]!.delivery;
    const one = async (): Promise<{ alert: Alert; job: ClaimedNotice }> => {
      const alert = await create();
      await store.alerts.settle([fired(alert)]);
      const [job] = await claim();
      return { alert, job: job! };
    };

    it('are leased once, with where they go and what they are signed with', async () => {
      const alert = await create();
      const { event } = fired(alert);
      await store.alerts.settle([{ ...fired(alert), event }]);
      expect(await claim(NOW - 1)).toEqual([]);
      expect(await claim()).toEqual([
        {
          id: event!.id,
          alertId: alert.id,
          destination: alert.spec.destination,
          hmacKey: alert.hmacKey,
          body: event!.message,
          attempt: 1,
          token: 1,
        },
      ]);
      expect(await claim()).toEqual([]);
      expect(await delivery()).toEqual({ state: 'leased', attempts: 1, last: null, nextAttemptAtMs: null });
      expect((await claim(NOW + 1000)).map(({ attempt, token }) => [attempt, token])).toEqual([[2, 2]]);
    });

    it('are leased to one of two that claim at once, oldest first, and no more than asked for', async () => {
      for (let at = 0; at < 6; at += 1)
        await store.alerts.settle([fired(await create({ name: `a${at}` }), { atMs: NOW - at })]);
      const [some, others] = await Promise.all([claim(NOW, 2), claim(NOW, 2)]);
      const ids = [...some, ...others].map(({ alertId }) => alertId);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await claim(NOW, 9);
      expect(ids.length + rest.length).toBe(6);
      const oldest = await again({ projectId: PROJECT, spec: alertSpec({ name: 'a5' }) } as Alert);
      expect([some[0]?.alertId, others[0]?.alertId]).toContain(oldest.id);
    });

    it.each<{ name: string; changes: Partial<NoticeEffect>; is: unknown; due: number | undefined }>([
      {
        name: 'delivered',
        changes: {},
        is: { state: 'delivered', attempts: 1, last: { ...TRIED, atMs: NOW + 7 }, nextAttemptAtMs: null },
        due: undefined,
      },
      {
        name: 'to be tried again',
        changes: { attempt: FAILED, retryAtMs: NOW + 50 },
        is: { state: 'pending', attempts: 1, last: { ...FAILED, atMs: NOW + 7 }, nextAttemptAtMs: NOW + 50 },
        due: 2,
      },
      {
        name: 'given up',
        changes: { attempt: FAILED, dead: true },
        is: { state: 'dead', attempts: 1, last: { ...FAILED, atMs: NOW + 7 }, nextAttemptAtMs: null },
        due: undefined,
      },
      {
        name: 'put off',
        changes: { attempt: undefined, retryAtMs: NOW + 50, countsAttempt: false },
        is: { state: 'pending', attempts: 0, last: null, nextAttemptAtMs: NOW + 50 },
        due: 1,
      },
    ])('are $name', async ({ changes, is, due }) => {
      const { job } = await one();
      expect(await store.notices.complete([effect(job, changes)])).toEqual({ fenced: 0 });
      expect(await delivery()).toEqual(is);
      expect((await claim(NOW + 49)).length).toBe(0);
      expect((await claim(NOW + 5000))[0]?.attempt).toBe(due);
    });

    it('are not completed, renewed or given back by who lost the lease', async () => {
      const { job } = await one();
      const [later] = await claim(NOW + 1000);
      expect(await store.notices.complete([effect(job, { attempt: FAILED, dead: true })])).toEqual({ fenced: 1 });
      await store.notices.renew([job], NOW + 90_000);
      await store.notices.release([job], NOW);
      expect(await delivery()).toEqual({ state: 'leased', attempts: 2, last: null, nextAttemptAtMs: null });
      await store.notices.renew([later!], NOW + 5000);
      expect(await claim(NOW + 4999)).toEqual([]);
      await store.notices.release([later!], NOW + 3000);
      expect((await claim(NOW + 3000))[0]).toMatchObject({ attempt: 2, token: 3 });
    });

    it('are not tried again once a later one of the alert is there', async () => {
      const { alert, job } = await one();
      await store.notices.complete([effect(job, { attempt: FAILED, retryAtMs: NOW + 50 })]);
      await store.alerts.settle([fired(await again(alert), { atMs: NOW + 20, message: null })]);
      expect((await claim(NOW + 50)).map(({ id }) => id)).toEqual([job.id]);
      const [held] = await claim(NOW + 2000);
      await store.alerts.settle([fired(await again(alert), { atMs: NOW + 2010, state: 'ok', message: '{}' })]);
      expect(await store.notices.complete([effect(held!, { attempt: FAILED, retryAtMs: NOW + 2050 })])).toEqual({
        fenced: 0,
      });
      expect((await claim(NOW + 5000)).map(({ body }) => body)).toEqual(['{}']);
      const [, , first] = (await historyOf()).records;
      expect(first!.delivery).toMatchObject({ state: 'dead', last: { error: OVERTAKEN, atMs: NOW + 5000 } });
    });

    it('go where the alert says by now', async () => {
      await store.alerts.settle([fired(await create())]);
      await store.alerts.put(PROJECT, alertSpec({ destination: 'https://b.example.com/' }), putAlert());
      expect((await claim())[0]?.destination).toBe('https://b.example.com/');
    });
  });

  describe('turns', () => {
    it('are of one holder at a time, each work its own', async () => {
      const { turns } = store;
      expect(await turns.take('work', 'a', NOW, NOW + 10)).toBe(true);
      expect(await turns.take('work', 'b', NOW + 9, NOW + 99)).toBe(false);
      expect(await turns.take('other work', 'b', NOW, NOW + 10)).toBe(true);
      expect(await turns.take('work', 'a', NOW + 9, NOW + 20)).toBe(true);
      expect(await turns.take('work', 'b', NOW + 20, NOW + 30)).toBe(true);
      await turns.end('work', 'a', NOW + 20);
      expect(await turns.take('work', 'a', NOW + 21, NOW + 30)).toBe(false);
      await turns.end('work', 'b', NOW + 40);
      expect(await turns.take('work', 'a', NOW + 39, NOW + 50)).toBe(false);
      expect(await turns.take('work', 'a', NOW + 40, NOW + 50)).toBe(true);
    });
  });
}
