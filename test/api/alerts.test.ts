/** Alerts through the API. What they do by themselves is held by test/compose/alert-checks.test.ts. */
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MOST_ALERTS } from '../../src/model/alert.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { alertSpec } from '../fixtures/new-alert.ts';
import { fired, FINDING, putAlert } from '../store/alerts-contract.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const PATH = '/api/v1/alerts';
const SPEC = {
  watch: { kind: 'mean', score: 'tone' },
  when: { below: 0.8 },
  destination: 'https://hooks.example.com/T0/secret',
};

describe('alerts', () => {
  let api: ServedApi;
  beforeAll(async () => {
    api = await serveApi();
  });
  afterAll(() => api.close());
  afterEach(async () => {
    for (const { projectId } of await api.store.retention.list())
      for (const { spec, managedBy } of await api.store.alerts.list(projectId))
        await api.store.alerts.remove(projectId, spec.name, managedBy);
  });

  const make = (changes: Record<string, unknown> = {}) =>
    api.call('POST', PATH, { name: 'tone-drop', ...SPEC, ...changes });
  const stored = async () => (await api.store.alerts.find(DEFAULT_PROJECT.id, 'tone-drop'))!;

  it('are made with what is usual, read, listed, changed and deleted', async () => {
    const made = await make();
    expect([made.status, made.json]).toEqual([
      201,
      {
        id: expect.any(String) as string,
        name: 'tone-drop',
        description: null,
        ...SPEC,
        filter: null,
        windowMinutes: 60,
        minCount: 30,
        level: 0.99,
        fireAfterMinutes: 0,
        resolveAfterMinutes: 5,
        repeatAfterMinutes: null,
        enabled: true,
        managedBy: 'api',
        createdAtMs: expect.any(Number) as number,
        changedAtMs: expect.any(Number) as number,
        state: 'no_data',
        sinceMs: expect.any(Number) as number,
        firingSinceMs: null,
        turning: null,
        checkedAtMs: null,
        problem: null,
        finding: null,
      },
    ]);
    expect((await api.call('GET', `${PATH}/tone-drop`)).json).toEqual(made.json);
    expect((await api.call('GET', PATH)).json).toEqual({ alerts: [made.json] });
    const changed = await api.call('PUT', `${PATH}/tone-drop`, { ...SPEC, when: { falls: 0.1 }, minCount: 2 });
    expect([changed.status, changed.json]).toMatchObject([200, { when: { falls: 0.1 }, minCount: 2 }]);
    expect((changed.json as { id: string }).id).toBe((made.json as { id: string }).id);
    const deleted = await api.call('DELETE', `${PATH}/tone-drop`);
    expect([deleted.status, deleted.json]).toEqual([200, { name: 'tone-drop', deleted: true }]);
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/history'],
      ['GET', '/secret'],
      ['POST', '/test'],
    ] as const) {
      const { status, text } = await api.call(method, `${PATH}/tone-drop${path}`);
      expect([method, path, status]).toEqual([method, path, 404]);
      expect(text).toContain('There is no alert');
    }
  });

  it('are not made twice, nor more of them than a project may have', async () => {
    await make();
    const again = await make();
    expect([again.status, again.json]).toMatchObject([409, { error: { code: 'conflict' } }]);
    for (let index = 1; index < MOST_ALERTS; index += 1)
      await api.store.alerts.put(DEFAULT_PROJECT.id, alertSpec({ name: `a${index}` }), putAlert());
    const more = await make({ name: 'one-more' });
    expect([more.status, more.text]).toEqual([409, expect.stringContaining(`has ${MOST_ALERTS} alerts`)]);
    expect((await api.call('PUT', `${PATH}/tone-drop`, { ...SPEC, level: 0.9 })).status).toBe(200);
  });

  it('of gradeway.yaml are shown, and changed there alone', async () => {
    await api.store.alerts.put(DEFAULT_PROJECT.id, alertSpec(), putAlert({ managedBy: 'config' }));
    expect((await api.call('GET', `${PATH}/tone-drop`)).json).toMatchObject({ managedBy: 'config' });
    for (const answer of [
      await api.call('PUT', `${PATH}/tone-drop`, { ...SPEC, level: 0.9 }),
      await api.call('DELETE', `${PATH}/tone-drop`),
    ])
      expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('gradeway.yaml')]);
  });

  it.each([
    { name: 'no condition', body: { when: undefined }, says: 'body.when' },
    { name: 'two conditions', body: { when: { above: 1, below: 0 } }, says: 'send one of' },
    { name: 'a negative margin', body: { when: { falls: -0.1 } }, says: 'body.when' },
    { name: 'an unknown kind', body: { watch: { kind: 'median', score: 'a' } }, says: 'body.watch' },
    { name: 'a score without a name', body: { watch: { kind: 'mean' } }, says: 'body.watch.score' },
    { name: 'a window of no length', body: { windowMinutes: 0 }, says: 'body.windowMinutes' },
    { name: 'one value as enough', body: { minCount: 1 }, says: 'body.minCount' },
    { name: 'certainty', body: { level: 1 }, says: 'body.level' },
    { name: 'a filter that is none', body: { filter: { nothing: 1 } }, says: 'body.filter' },
    { name: 'an unknown member', body: { threshold: 1 }, says: 'threshold' },
    { name: 'a name with a slash', body: { name: 'a/b' }, says: 'body.name' },
    {
      name: 'a filter of a fact',
      body: {
        watch: { kind: 'queue_age', evaluator: 'a' },
        when: { above: 1 },
        filter: { property: 'a', equals: 'b' },
      },
      says: 'body.filter',
    },
    {
      name: 'a comparison of a fact',
      body: { watch: { kind: 'queue_age', evaluator: 'a' }, when: { rises: 1 } },
      says: 'body.when',
    },
    { name: 'no URL', body: { destination: 'somewhere' }, says: 'body.destination' },
    { name: 'a private address', body: { destination: 'https://10.0.0.1/' }, says: 'not on the public internet' },
    { name: 'a password in the URL', body: { destination: 'https://a:b@example.com/' }, says: 'password' },
  ])('refuse $name and say where', async ({ body, says }) => {
    const { status, text } = await make(body);
    expect([status, text]).toEqual([422, expect.stringContaining(says)]);
  });

  it('show where they stand, in words too, and what became of them page by page', async () => {
    await make();
    for (let times = 0; times < 3; times += 1)
      await api.store.alerts.settle([fired(await stored(), { atMs: FINDING.toMs + times })]);
    const { json } = await api.call('GET', `${PATH}/tone-drop`);
    expect(json).toMatchObject({ state: 'firing', firingSinceMs: FINDING.toMs + 2, finding: { count: 214 } });
    expect(json).not.toHaveProperty('toldAtMs');
    const first = (await api.call('GET', `${PATH}/tone-drop/history?limit=2`)).json as {
      events: unknown[];
      next: string;
    };
    expect(first.events).toHaveLength(2);
    expect(first.events[0]).toMatchObject({
      state: 'firing',
      atMs: FINDING.toMs + 2,
      finding: { sentence: FINDING.sentence },
      delivery: { state: 'pending', attempts: 0, last: null },
    });
    const second = await api.call('GET', `${PATH}/tone-drop/history?limit=2&cursor=${first.next}`);
    expect(second.json).toMatchObject({ events: [{ atMs: FINDING.toMs }], next: null });
    const wrong = await api.call('GET', `${PATH}/tone-drop/history?cursor=x`);
    expect([wrong.status, wrong.json]).toMatchObject([400, { error: { code: 'invalid_cursor' } }]);
  });

  it('show their destination whole to administrators alone', async () => {
    const [admin, reader] = [await api.createKey(['admin']), await api.createKey(['read'])];
    await api.keys.refresh();
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    await api.call('POST', PATH, { name: 'tone-drop', ...SPEC }, as(admin.token));
    const shown = async (token: string) =>
      ((await api.call('GET', `${PATH}/tone-drop`, undefined, as(token))).json as { destination: string }).destination;
    expect(await shown(admin.token)).toBe(SPEC.destination);
    expect(await shown(reader.token)).toBe('https://hooks.example.com/...');
    expect((await api.call('GET', PATH, undefined, as(reader.token))).text).not.toContain('secret');
    expect((await api.call('GET', `${PATH}/tone-drop/secret`, undefined, as(reader.token))).status).toBe(403);
    await api.store.keys.revoke(admin.row.id, 1);
    await api.store.keys.revoke(reader.row.id, 1);
  });
});

describe('the test of an alert', () => {
  let api: ServedApi;
  let receiver: Receiver;
  const start = async (): Promise<void> => {
    api = await serveApi();
    receiver = await startReceiver();
    await api.call('POST', PATH, { name: 'tone-drop', ...SPEC, destination: receiver.url });
  };
  afterEach(() => api.close());

  it('is a signed message that says that it is a test', async () => {
    await start();
    const { status, json } = await api.call('POST', `${PATH}/tone-drop/test`);
    expect([status, json]).toEqual([200, { status: 200, durationMs: expect.any(Number) as number }]);
    const { signingSecret } = (await api.call('GET', `${PATH}/tone-drop/secret`)).json as { signingSecret: string };
    const [{ body, headers }] = receiver.received as [Receiver['received'][0]];
    expect(new Verifier(signingSecret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'alert.test',
      text: expect.stringMatching(/^Alert tone-drop is only a test: /) as string,
      data: { alert: { name: 'tone-drop' } },
    });
  });

  it('says what the receiver answered where it does not take it', async () => {
    await start();
    receiver.answer = (_received, outgoing) => outgoing.writeHead(500).end();
    const { status, json } = await api.call('POST', `${PATH}/tone-drop/test`);
    expect([status, json]).toMatchObject([400, { error: { code: 'webhook_failed', message: 'It answered 500.' } }]);
  });
});
