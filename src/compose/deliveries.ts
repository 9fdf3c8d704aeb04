/**
 * Deliveries on the thread of evaluation: claims them, has them sent, commits what came of them, and removes old records. The messages
 * of alerts go by the same sender (notices.ts).
 */
import { webhookPayload } from '../api/routes/helicone/webhook-payload.ts';
import type { Webhook } from '../model/webhook.ts';
import { Consumer, type ConsumerEvent } from '../queue/consumer.ts';
import type { Store } from '../store/store.ts';
import type { NoticeEffect } from '../store/alerts.ts';
import type { DeliveryEffect } from '../store/webhooks.ts';
import { addressPolicy } from '../outbound/address-policy.ts';
import { deliver } from '../webhooks/deliver.ts';
import { Pauses } from '../webhooks/pauses.ts';
import { Sender } from '../webhooks/sender.ts';
import { noticeConsumer } from './notices.ts';
import { bodyUrl, type DeliverySettings } from './webhooks.ts';

export interface Deliveries {
  wake(): void;
  close(graceMs: number): Promise<void>;
}

/** Of one webhook at a time, so that a slow receiver fills no batch. */
const EACH = 16;
const BATCH = 128;
/** Batches at a time: one that waits for a slow receiver leaves room for others. */
const CONCURRENCY = 6;
/** For so long the list of webhooks is good. */
const LIST_MS = 500;
const KEPT_MS = 30 * 24 * 3600 * 1000;
const SWEEP_MS = 60_000;
/** Removed in one commit. */
const SWEEP_LIMIT = 500;

export function startDeliveries(
  store: Pick<Store, 'deliveries' | 'webhooks' | 'logs' | 'notices'>,
  settings: DeliverySettings,
  onEvent: (event: ConsumerEvent<DeliveryEffect> | ConsumerEvent<NoticeEffect>) => void,
): Deliveries {
  const sender = new Sender({ policy: addressPolicy(settings.allowedNetworks), timeoutMs: settings.timeoutMs });
  const pauses = new Pauses();
  let known = new Map<string, Webhook>();
  let listedAtMs = Number.NEGATIVE_INFINITY;
  const list = async (): Promise<void> => {
    if (performance.now() - listedAtMs < LIST_MS) return;
    const webhooks = await store.webhooks.enabled();
    known = new Map(webhooks.map((webhook) => [webhook.id, webhook]));
    listedAtMs = performance.now();
  };
  const consumer = new Consumer<DeliveryEffect>({
    jobs: {
      ...store.deliveries,
      async claim(request) {
        await list();
        const due = [...known.keys()].filter((id) => pauses.until(id, request.nowMs) === undefined);
        // In another order each time: what is claimed at once is bounded, and nobody shall always be last.
        const webhooks = rotated(due, Math.floor(Math.random() * due.length));
        return webhooks.length === 0 ? [] : store.deliveries.claim({ webhooks, each: EACH, ...request });
      },
    },
    batchSize: BATCH,
    concurrency: CONCURRENCY,
    perform: (jobs, onEarly) =>
      deliver(jobs, {
        logs: store.logs,
        webhook: (id) => known.get(id),
        payload: (log, { includeData }) =>
          webhookPayload(log, { includeData, bodyUrl: bodyUrl(log, settings, Date.now()) }),
        sender,
        pauses,
        onEarly,
      }),
    onEvent,
  });
  const notices = noticeConsumer({ store, sender, onEvent });
  const sweep = async (): Promise<void> => {
    while ((await store.deliveries.sweep(Date.now() - KEPT_MS, SWEEP_LIMIT)) === SWEEP_LIMIT);
  };
  const timer = setInterval(() => void sweep().catch(() => {}), SWEEP_MS).unref();
  consumer.start();
  notices.start();
  return {
    wake() {
      consumer.wake();
      notices.wake();
    },
    async close(graceMs) {
      clearInterval(timer);
      await Promise.all([consumer.close(graceMs), notices.close(graceMs)]);
      await sender.close();
    },
  };
}

function rotated<Item>(items: Item[], by: number): Item[] {
  return [...items.slice(by), ...items.slice(0, by)];
}
