/**
 * Messages of alerts, from claimed to their effects, as deliver.ts does it with logs: the same signature, the same tries. An
 * address that must not be called, 410 and too many tries end a message; the alert itself goes on.
 */
import type { ClaimedNotice, NoticeEffect } from '../store/alerts.ts';
import type { Pauses } from './pauses.ts';
import { ATTEMPTS, MOST_ATTEMPTS, waitMs } from './retry.ts';
import type { Sender } from './sender.ts';

export interface DeliverNoticesOptions {
  sender: Pick<Sender, 'send'>;
  pauses: Pauses;
  now?: () => number;
  /** 0 to 1. */
  random?: () => number;
  /** Told of each as soon as it is over. */
  onEarly: (effects: NoticeEffect[]) => void;
}

/** All at once: alerts are few, and each has at most a few messages. */
export async function deliverNotices(
  notices: ClaimedNotice[],
  options: DeliverNoticesOptions,
): Promise<NoticeEffect[]> {
  await Promise.all(notices.map(async (job) => options.onEarly([await deliverNotice(job, options)])));
  return [];
}

async function deliverNotice(job: ClaimedNotice, options: DeliverNoticesOptions): Promise<NoticeEffect> {
  const { sender, pauses, now = Date.now, random = Math.random } = options;
  const { id, alertId, destination, hmacKey, body } = job;
  const pausedUntilMs = pauses.until(alertId, now());
  if (pausedUntilMs !== undefined)
    return { job, atMs: now(), attempt: undefined, retryAtMs: pausedUntilMs, countsAttempt: false, dead: false };
  if (job.attempt > MOST_ATTEMPTS) {
    const error = `It was taken up ${MOST_ATTEMPTS} times and never came to an end.`;
    const attempt = { status: null, error, answer: null, durationMs: 0 };
    return { job, atMs: now(), attempt, retryAtMs: undefined, dead: true };
  }
  const sent = await sender.send({ destination, hmacKey, id: noticeId(id), body });
  const atMs = now();
  if (sent.ending === 'failed') pauses.failed(alertId, atMs);
  else pauses.worked(alertId);
  const effect = { job, atMs, attempt: sent.attempt, retryAtMs: undefined };
  if (sent.ending === 'delivered') return { ...effect, dead: false };
  const isOver = sent.ending !== 'failed' || job.attempt >= ATTEMPTS;
  return isOver
    ? { ...effect, dead: true }
    : { ...effect, retryAtMs: atMs + waitMs(job.attempt, sent, random()), dead: false };
}

/** The id under which a receiver knows a message: the same for every try of it. */
export function noticeId(eventId: string): string {
  return `msg_${eventId.replaceAll('-', '')}`;
}
