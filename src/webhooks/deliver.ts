/**
 * From claimed deliveries to their effects. Claiming and committing are left to the queue.
 *
 *     log gone ------------------------------> dead
 *     taken up too often without an end -----> dead: it ends whoever takes it up
 *     2xx -----------------------------------> delivered
 *     an address that must not be called ----> dead
 *     410 -----------------------------------> dead, and the webhook is disabled
 *     any other failure, tries left ---------> again later, or when the receiver's Retry-After says
 *     webhook paused, since it fails --------> again after the pause, and no try is lost
 */
import type { ClaimedDelivery } from '../model/delivery.ts';
import { messageId } from '../model/delivery.ts';
import type { Webhook } from '../model/webhook.ts';
import type { LogStore, StoredLog } from '../store/store.ts';
import type { DeliveryEffect } from '../store/webhooks.ts';
import { Pauses } from './pauses.ts';
import { ATTEMPTS, MOST_ATTEMPTS, waitMs } from './retry.ts';
import type { Sender } from './sender.ts';

export interface DeliverOptions {
  logs: Pick<LogStore, 'getMany'>;
  /** The webhook as it is now; undefined where it is gone. */
  webhook(id: string): Webhook | undefined;
  /** What is sent of a log: JSON. */
  payload(log: StoredLog, webhook: Webhook): string;
  sender: Pick<Sender, 'send'>;
  pauses: Pauses;
  now?: () => number;
  /** 0 to 1. */
  random?: () => number;
  onEarly?: (effects: DeliveryEffect[]) => void;
}

/** At a time to one webhook. */
const IN_FLIGHT = 8;
/** How long what is finished waits for what is not. */
const EARLY_MS = 200;

/** One effect for each delivery whose webhook is still there; those that end early go to `onEarly`. */
export async function deliver(jobs: ClaimedDelivery[], options: DeliverOptions): Promise<DeliveryEffect[]> {
  const effects: DeliveryEffect[] = [];
  const timer = setInterval(() => {
    if (options.onEarly && effects.length > 0) options.onEarly(effects.splice(0));
  }, EARLY_MS);
  const work: Promise<void>[] = [];
  for (const [webhookId, own] of Map.groupBy(jobs, (job) => job.webhookId)) {
    const webhook = options.webhook(webhookId);
    if (webhook === undefined) continue;
    const left = own.values();
    const one = async (): Promise<void> => {
      // They share the iterator: each takes the next.
      for (const job of left) effects.push(await deliverOne(job, webhook, options));
    };
    for (let index = 0; index < Math.min(IN_FLIGHT, own.length); index += 1) work.push(one());
  }
  try {
    await Promise.all(work);
    return effects;
  } finally {
    clearInterval(timer);
  }
}

async function deliverOne(job: ClaimedDelivery, webhook: Webhook, options: DeliverOptions): Promise<DeliveryEffect> {
  const { now = Date.now, random = Math.random, pauses } = options;
  const pausedUntilMs = pauses.until(webhook.id, now());
  if (pausedUntilMs !== undefined)
    return { job, atMs: now(), attempt: undefined, retryAtMs: pausedUntilMs, countsAttempt: false, dead: false };
  const made = await messageOf(job, webhook, options);
  if (typeof made === 'string') return buried(job, made, now());
  const sent = await options.sender.send(made);
  const atMs = now();
  if (sent.ending === 'failed') pauses.failed(webhook.id, atMs);
  else pauses.worked(webhook.id);
  const effect = { job, atMs, attempt: sent.attempt, retryAtMs: undefined };
  if (sent.ending === 'delivered') return { ...effect, dead: false };
  if (sent.ending === 'gone') return { ...effect, dead: true, disable: 'The receiver answered 410 (Gone).' };
  if (sent.ending === 'refused' || job.attempt >= ATTEMPTS) return { ...effect, dead: true };
  return { ...effect, retryAtMs: atMs + waitMs(job.attempt, sent, random()), dead: false };
}

/** What is to be sent, or why there is nothing. */
async function messageOf(
  job: ClaimedDelivery,
  webhook: Webhook,
  options: DeliverOptions,
): Promise<Parameters<Sender['send']>[0] | string> {
  if (job.attempt > MOST_ATTEMPTS) return `It was taken up ${MOST_ATTEMPTS} times and never came to an end.`;
  const [log] = job.logId === '' ? [] : await options.logs.getMany([job.logId]);
  if (log === undefined) return 'The log is gone.';
  const { destination, hmacKey } = webhook;
  try {
    return { destination, hmacKey, id: messageId(webhook.id, log.id), body: options.payload(log, webhook) };
  } catch (error) {
    return `The log cannot be read: ${(error as Error).message}`;
  }
}

function buried(job: ClaimedDelivery, error: string, atMs: number): DeliveryEffect {
  const attempt = { status: null, error, answer: null, durationMs: 0 };
  return { job, atMs, attempt, retryAtMs: undefined, dead: true };
}
