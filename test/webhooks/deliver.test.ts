/** Deliveries through the consumer, on a real store, with a clock of the test's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Webhook } from '../../src/model/webhook.ts';
import { Consumer } from '../../src/queue/consumer.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { DeliveryEffect } from '../../src/store/webhooks.ts';
import { deliver } from '../../src/webhooks/deliver.ts';
import { ATTEMPTS } from '../../src/webhooks/retry.ts';
import { Pauses } from '../../src/webhooks/pauses.ts';
import type { Sent } from '../../src/webhooks/sender.ts';
import { newLog } from '../fixtures/new-log.ts';
import { FakeClock } from '../queue/fake-clock.ts';
import { newWebhook } from '../store/webhook-contract.ts';

const PROJECT = newLog().projectId;
const sentWith = (ending: Sent['ending'], status: number | null = 500, retryAfterMs?: number): Sent => ({
  attempt: { status, error: ending === 'delivered' ? null : 'no', answer: null, durationMs: 1 },
  ending,
  retryAfterMs,
});

interface Scene {
  store: Store;
  clock: FakeClock;
  sent: { id: string; webhook: string; atMs: number }[];
  /** Calls of the store that are under way. */
  busy: number;
  /** What the next deliveries come to. */
  answer: (webhook: string) => Sent | Promise<Sent>;
  webhook(): Promise<Webhook>;
  tell(...webhooks: Webhook[]): Promise<string>;
  records(webhook: Webhook): ReturnType<typeof recordsOf>;
  consume(): Consumer<DeliveryEffect>;
}

const recordsOf = async (store: Store, { id }: Webhook) =>
  (await store.deliveries.list(PROJECT, id, { limit: 100, cursor: null }))!.deliveries;

async function scene(): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-deliver-'));
  const store = await openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const clock = new FakeClock();
  const webhooks = new Map<string, Webhook>();
  const pauses = new Pauses();
  const made: Scene = {
    store,
    clock,
    sent: [],
    busy: 0,
    answer: () => sentWith('delivered', 200),
    async webhook() {
      const webhook = newWebhook({ propertyFilters: [] });
      await store.webhooks.create(webhook, 50);
      webhooks.set(webhook.id, webhook);
      return webhook;
    },
    async tell(...told) {
      const log = newLog({ webhooks: told.map(({ id }) => id) });
      await store.logs.add([log], clock.now());
      return log.id;
    },
    records: (webhook) => recordsOf(store, webhook),
    consume() {
      const consumer = new Consumer<DeliveryEffect>({
        jobs: counted(made, {
          ...store.deliveries,
          claim: (request) =>
            store.deliveries.claim({
              webhooks: [...webhooks.keys()].filter((id) => pauses.until(id, clock.now()) === undefined),
              each: 16,
              ...request,
            }),
        }),
        perform: (jobs, onEarly) =>
          deliver(jobs, {
            logs: store.logs,
            webhook: (id) => webhooks.get(id),
            payload: (log, webhook) => `${log.id} ${webhook.id}`,
            sender: {
              send: async ({ id, body }) => {
                const webhook = body.split(' ')[1]!;
                made.sent.push({ id, webhook, atMs: clock.now() });
                return made.answer(webhook);
              },
            },
            pauses,
            now: () => clock.now(),
            random: () => 0,
            onEarly,
          }),
        clock,
      });
      onTestFinished(() => consumer.close(0));
      consumer.start();
      return consumer;
    },
  };
  return made;
}

/** The same calls, with those under way counted. */
function counted<Calls extends object>(at: Scene, calls: Calls): Calls {
  return new Proxy(calls, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return async (...given: unknown[]) => {
        at.busy += 1;
        try {
          return (await Reflect.apply(call, target, given)) as unknown;
        } finally {
          at.busy -= 1;
        }
      };
    },
  });
}

/** The store is real and takes its time. The clock moves only while nothing is asked of it: a lease would run out meanwhile. */
async function until(at: Scene, holds: () => boolean | Promise<boolean>, stepMs = 1000): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    do await new Promise((resolve) => setTimeout(resolve, 5));
    while (at.busy > 0);
    if (await holds()) return;
    at.clock.jump(stepMs);
    await at.clock.advance(0);
  }
  throw new Error('It did not come about.');
}

describe('a delivery', () => {
  it('is tried eight times over about a day, under the same id, and is then dead and can be sent again', async () => {
    const at = await scene();
    at.answer = () => sentWith('failed');
    const webhook = await at.webhook();
    const logId = await at.tell(webhook);
    const beganMs = at.clock.now();
    at.consume();
    await until(at, async () => (await at.records(webhook))[0]!.state === 'dead', 600_000);
    expect(at.sent).toHaveLength(ATTEMPTS);
    expect(new Set(at.sent.map(({ id }) => id)).size).toBe(1);
    const tookHours = (at.sent.at(-1)!.atMs - beganMs) / 3_600_000;
    expect(tookHours).toBeGreaterThan(20);
    expect(tookHours).toBeLessThan(36);
    expect(await at.records(webhook)).toMatchObject([{ attempts: ATTEMPTS, last: { status: 500, error: 'no' } }]);

    at.answer = () => sentWith('delivered', 200);
    expect(await at.store.deliveries.again(PROJECT, { webhookId: webhook.id, logId }, at.clock.now())).toBe(true);
    await until(at, async () => (await at.records(webhook))[0]!.state === 'delivered');
    expect(at.sent).toHaveLength(ATTEMPTS + 1);
    expect(new Set(at.sent.map(({ id }) => id)).size).toBe(1);
  });

  it('waits for as long as the receiver asks', async () => {
    const at = await scene();
    at.answer = () => (at.sent.length === 1 ? sentWith('failed', 429, 120_000) : sentWith('delivered', 200));
    const webhook = await at.webhook();
    await at.tell(webhook);
    at.consume();
    await until(at, async () => (await at.records(webhook))[0]!.state === 'delivered');
    expect(at.sent[1]!.atMs - at.sent[0]!.atMs).toBeGreaterThanOrEqual(120_000);
    expect(at.sent[1]!.atMs - at.sent[0]!.atMs).toBeLessThan(130_000);
  });

  it('that is answered with 410 disables its webhook', async () => {
    const at = await scene();
    at.answer = () => sentWith('gone', 410);
    const webhook = await at.webhook();
    await at.tell(webhook);
    at.consume();
    await until(at, async () => (await at.records(webhook))[0]!.state === 'dead');
    expect(await at.store.webhooks.enabled()).toEqual([]);
    expect(at.sent).toHaveLength(1);
  });

  it('to an address that must not be called is not tried again', async () => {
    const at = await scene();
    at.answer = () => sentWith('refused', null);
    const webhook = await at.webhook();
    await at.tell(webhook);
    at.consume();
    await until(at, async () => (await at.records(webhook))[0]!.state === 'dead');
    expect(at.sent).toHaveLength(1);
  });

  it('is not held up by those of a receiver that hangs', async () => {
    const at = await scene();
    const [hanging, well] = [await at.webhook(), await at.webhook()];
    const { promise, resolve } = Promise.withResolvers<Sent>();
    at.answer = (id) => (id === hanging.id ? promise : sentWith('delivered', 200));
    for (let index = 0; index < 20; index += 1) await at.tell(hanging, well);
    at.consume();
    await until(at, () => at.sent.filter(({ webhook }) => webhook === well.id).length === 20, 10);
    expect(at.sent.filter(({ webhook }) => webhook === hanging.id).length).toBeLessThanOrEqual(16);
    resolve(sentWith('failed', null));
  });

  it('loses no try while its webhook is paused', async () => {
    const at = await scene();
    const webhook = await at.webhook();
    at.answer = () => sentWith('failed');
    for (let index = 0; index < 30; index += 1) await at.tell(webhook);
    at.consume();
    await until(at, async () => (await at.records(webhook)).some(({ last }) => last !== null), 1);
    // Eight were on their way when the fifth failed; the others were put off.
    expect(at.sent.length).toBeLessThanOrEqual(16);
    at.answer = () => sentWith('delivered', 200);
    await until(at, async () => (await at.records(webhook)).every(({ state }) => state === 'delivered'));
    const attempts = (await at.records(webhook)).map((record) => record.attempts);
    expect(Math.max(...attempts)).toBe(2);
    expect(attempts.reduce((sum, one) => sum + one, 0)).toBe(at.sent.length);
  });

  it('that was on its way when its process died is sent again, and recorded once', async () => {
    const at = await scene();
    const webhook = await at.webhook();
    await at.tell(webhook);
    // The lease of a process that is no more.
    await at.store.deliveries.claim({
      webhooks: [webhook.id],
      each: 1,
      limit: 1,
      nowMs: at.clock.now(),
      leaseUntilMs: at.clock.now() + 45_000,
    });
    at.consume();
    await until(at, async () => (await at.records(webhook))[0]!.state === 'delivered');
    expect(at.sent).toHaveLength(1);
    expect(await at.records(webhook)).toMatchObject([{ attempts: 2 }]);
  });
});
