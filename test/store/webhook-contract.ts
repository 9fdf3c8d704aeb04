/** What every engine's store must do with webhooks and deliveries. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedDelivery } from '../../src/model/delivery.ts';
import { newId } from '../../src/model/id.ts';
import type { Webhook } from '../../src/model/webhook.ts';
import { DEFAULT_PROJECT, type NewLog, type Store } from '../../src/store/store.ts';
import type { DeliveryEffect } from '../../src/store/webhooks.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const TRIED = { status: 200, error: null, answer: 'ok', durationMs: 12.5 };
const FAILED = { status: 503, error: 'It answered 503.', answer: 'busy', durationMs: 3 };

export function newWebhook(changes: Partial<Webhook> = {}): Webhook {
  return {
    id: newId(),
    projectId: PROJECT,
    destination: 'https://hooks.example.com/a',
    samplePercent: 33.3,
    propertyFilters: [{ key: 'environment', value: 'production' }],
    includeData: true,
    hmacKey: randomBytes(32).toString('hex'),
    createdAtMs: NOW,
    updatedAtMs: NOW,
    disabledAtMs: null,
    disabledReason: null,
    ...changes,
  };
}

export function webhookContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const create = async (changes: Partial<Webhook> = {}): Promise<Webhook> => {
    const webhook = newWebhook(changes);
    expect(await store.webhooks.create(webhook, 10)).toBe(true);
    return webhook;
  };
  /** A log of which these webhooks are told. */
  const logFor = async (...webhooks: Webhook[]): Promise<NewLog> => {
    const log = newLog({ webhooks: webhooks.map(({ id }) => id) });
    await store.logs.add([log], NOW);
    return log;
  };
  const claim = (webhooks: Webhook[], changes: { nowMs?: number; each?: number; limit?: number } = {}) => {
    const nowMs = changes.nowMs ?? NOW;
    const ids = webhooks.map(({ id }) => id);
    return store.deliveries.claim({
      each: 10,
      limit: 100,
      ...changes,
      webhooks: ids,
      nowMs,
      leaseUntilMs: nowMs + 1000,
    });
  };
  const effect = (job: ClaimedDelivery, changes: Partial<DeliveryEffect> = {}): DeliveryEffect => ({
    job,
    atMs: NOW,
    attempt: TRIED,
    retryAtMs: undefined,
    dead: false,
    ...changes,
  });
  const recordsOf = async ({ id }: Webhook) =>
    (await store.deliveries.list(PROJECT, id, { limit: 100, cursor: null }))!.deliveries;

  describe('webhooks', () => {
    it('come back as they were created, are changed and taken away', async () => {
      const webhook = await create();
      expect(await store.webhooks.list(PROJECT)).toEqual([webhook]);
      const changed = {
        ...webhook,
        destination: 'https://b.example.com/',
        samplePercent: 100,
        propertyFilters: [],
        includeData: false,
        updatedAtMs: NOW + 1,
        disabledAtMs: NOW + 1,
        disabledReason: 'so',
      };
      expect(await store.webhooks.update(changed)).toBe(true);
      expect(await store.webhooks.list(PROJECT)).toEqual([changed]);
      expect(await store.webhooks.enabled()).toEqual([]);
      expect(await store.webhooks.remove(PROJECT, webhook.id)).toBe(true);
      expect(await store.webhooks.remove(PROJECT, webhook.id)).toBe(false);
      expect(await store.webhooks.list(PROJECT)).toEqual([]);
    });

    it('are no more than allowed', async () => {
      expect(await store.webhooks.create(newWebhook(), 1)).toBe(true);
      expect(await store.webhooks.create(newWebhook(), 1)).toBe(false);
      expect(await store.webhooks.list(PROJECT)).toHaveLength(1);
    });

    it("are out of another project's reach", async () => {
      const webhook = await create();
      const log = await logFor(webhook);
      const [job] = await claim([webhook]);
      await store.deliveries.complete([effect(job!)]);
      const other = newId();
      await store.keys.create(
        { id: newId(), project: 'other', name: '', hash: 'h', last4: '1234', scopes: ['admin'], createdAtMs: NOW },
        other,
      );
      expect(await store.webhooks.list(other)).toEqual([]);
      expect(await store.webhooks.update({ ...webhook, projectId: other, samplePercent: 1 })).toBe(false);
      expect(await store.webhooks.remove(other, webhook.id)).toBe(false);
      expect(await store.deliveries.list(other, webhook.id, { limit: 1, cursor: null })).toBeUndefined();
      expect(await store.deliveries.again(other, { webhookId: webhook.id, logId: log.id }, NOW)).toBe(false);
      const foreign = newLog({ projectId: other, webhooks: [webhook.id] });
      expect(await store.logs.add([foreign], NOW)).toMatchObject({ inserted: 1, jobs: 0 });
      expect(await store.webhooks.list(PROJECT)).toEqual([webhook]);
    });
  });

  describe('deliveries', () => {
    it('are there with their log, once, and count as jobs', async () => {
      const [one, two, gone] = [await create(), await create(), newWebhook()];
      const log = newLog({ evaluators: ['accuracy'], webhooks: [one.id, two.id, gone.id] });
      expect(await store.logs.add([log], NOW)).toEqual({ inserted: 1, jobs: 3, attached: 0 });
      expect(await store.logs.add([log], NOW)).toEqual({ inserted: 0, jobs: 0, attached: 0 });
      const claimed = await claim([one, two, gone]);
      expect(claimed.map(({ webhookId, logId, attempt }) => ({ webhookId, logId, attempt }))).toEqual([
        { webhookId: one.id, logId: log.id, attempt: 1 },
        { webhookId: two.id, logId: log.id, attempt: 1 },
      ]);
      expect(await claim([one, two])).toEqual([]);
    });

    it('are claimed fairly: no more of one webhook than asked for, none of those not asked for', async () => {
      const [one, two, three] = [await create(), await create(), await create()];
      for (let index = 0; index < 5; index += 1) await logFor(one, two, three);
      const claimed = await claim([one, two], { each: 2 });
      expect(claimed.map(({ webhookId }) => webhookId)).toEqual([one.id, one.id, two.id, two.id]);
      expect(await claim([one, two], { each: 3, limit: 4 })).toHaveLength(4);
    });

    it('of a disabled webhook wait, and new ones do not come about', async () => {
      const webhook = await create();
      await logFor(webhook);
      await store.webhooks.update({ ...webhook, disabledAtMs: NOW });
      await logFor(webhook);
      expect(await claim([webhook])).toEqual([]);
      await store.webhooks.update(webhook);
      expect(await claim([webhook])).toHaveLength(1);
    });

    it('keep what their last try came to', async () => {
      const webhook = await create();
      const log = await logFor(webhook);
      expect(await recordsOf(webhook)).toEqual([
        {
          webhookId: webhook.id,
          logId: log.id,
          requestId: log.requestId,
          state: 'pending',
          attempts: 0,
          createdAtMs: NOW,
          last: null,
          nextAttemptAtMs: NOW,
        },
      ]);
      const [first] = await claim([webhook]);
      await store.deliveries.complete([effect(first!, { attempt: FAILED, retryAtMs: NOW + 5000 })]);
      expect(await recordsOf(webhook)).toMatchObject([
        { state: 'pending', attempts: 1, last: { ...FAILED, atMs: NOW }, nextAttemptAtMs: NOW + 5000 },
      ]);
      expect(await claim([webhook], { nowMs: NOW + 4999 })).toEqual([]);
      const [second] = await claim([webhook], { nowMs: NOW + 5000 });
      expect(second!.attempt).toBe(2);
      await store.deliveries.complete([effect(second!, { atMs: NOW + 6000 })]);
      expect(await recordsOf(webhook)).toMatchObject([
        { state: 'delivered', attempts: 2, last: { ...TRIED, atMs: NOW + 6000 }, nextAttemptAtMs: null },
      ]);
      expect(await claim([webhook], { nowMs: NOW + 1e9 })).toEqual([]);
    });

    it('that were put off have not been tried', async () => {
      const webhook = await create();
      await logFor(webhook);
      const [job] = await claim([webhook]);
      await store.deliveries.complete([
        effect(job!, { attempt: undefined, retryAtMs: NOW + 10, countsAttempt: false }),
      ]);
      expect(await recordsOf(webhook)).toMatchObject([{ attempts: 0, last: null, nextAttemptAtMs: NOW + 10 }]);
    });

    it('that are dead are sent again when that is asked for, and not while they are being sent', async () => {
      const webhook = await create();
      const log = await logFor(webhook);
      const ids = { webhookId: webhook.id, logId: log.id };
      const [job] = await claim([webhook]);
      expect(await store.deliveries.again(PROJECT, ids, NOW)).toBe(false);
      await store.deliveries.complete([effect(job!, { attempt: FAILED, dead: true })]);
      expect(await recordsOf(webhook)).toMatchObject([{ state: 'dead', nextAttemptAtMs: null }]);
      expect(await claim([webhook], { nowMs: NOW + 1e9 })).toEqual([]);
      expect(await store.deliveries.again(PROJECT, ids, NOW)).toBe(true);
      expect(await claim([webhook])).toMatchObject([{ logId: log.id, attempt: 1 }]);
    });

    it('disable their webhook', async () => {
      const webhook = await create();
      await logFor(webhook);
      const [job] = await claim([webhook]);
      await store.deliveries.complete([effect(job!, { attempt: FAILED, dead: true, disable: 'It answered 410.' })]);
      expect(await store.webhooks.list(PROJECT)).toMatchObject([
        { disabledAtMs: NOW, disabledReason: 'It answered 410.' },
      ]);
    });

    it('are fenced: whoever lost the lease changes nothing', async () => {
      const webhook = await create();
      await logFor(webhook);
      const [lost] = await claim([webhook]);
      const [held] = await claim([webhook], { nowMs: NOW + 1000 });
      expect(held).toMatchObject({ attempt: 2 });
      expect(await store.deliveries.complete([effect(lost!, { attempt: FAILED, dead: true })])).toEqual({ fenced: 1 });
      await store.deliveries.renew([lost!], NOW + 1e9);
      await store.deliveries.release([lost!], NOW);
      expect(await recordsOf(webhook)).toMatchObject([{ state: 'leased', last: null }]);
      await store.deliveries.renew([held!], NOW + 9000);
      expect(await claim([webhook], { nowMs: NOW + 8000 })).toEqual([]);
      await store.deliveries.release([held!], NOW);
      expect(await claim([webhook])).toMatchObject([{ attempt: 2 }]);
    });

    it('are listed newest first, page by page', async () => {
      const webhook = await create();
      const logs: string[] = [];
      for (let index = 0; index < 5; index += 1) logs.unshift((await logFor(webhook)).id);
      const seen: string[][] = [];
      for (let cursor: number | null = null; ;) {
        const page = await store.deliveries.list(PROJECT, webhook.id, { limit: 2, cursor });
        seen.push(page!.deliveries.map(({ logId }) => logId));
        cursor = page!.next;
        if (cursor === null) break;
      }
      expect(seen).toEqual([logs.slice(0, 2), logs.slice(2, 4), logs.slice(4)]);
    });

    it('are removed when they are old, or their webhook is gone, so many at a time', async () => {
      const [kept, removed] = [await create(), await create()];
      for (let index = 0; index < 3; index += 1) await logFor(kept, removed);
      await store.logs.add([newLog({ webhooks: [kept.id] })], NOW + 10);
      expect(await store.deliveries.sweep(NOW, 100)).toBe(0);
      await store.webhooks.remove(PROJECT, removed.id);
      expect(await store.deliveries.sweep(NOW, 2)).toBe(2);
      expect(await store.deliveries.sweep(NOW, 100)).toBe(1);
      expect(await recordsOf(kept)).toHaveLength(4);
      expect(await store.deliveries.sweep(NOW + 5, 100)).toBe(3);
      expect(await recordsOf(kept)).toMatchObject([{ createdAtMs: NOW + 10 }]);
    });
  });

  it('keeps the first secret for a purpose', async () => {
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const plain = async (purpose: string, fresh: Uint8Array) => [...(await store.secret(purpose, fresh))];
    expect(await plain('a', first)).toEqual([...first]);
    expect(await plain('a', second)).toEqual([...first]);
    expect(await plain('b', second)).toEqual([...second]);
  });
}
