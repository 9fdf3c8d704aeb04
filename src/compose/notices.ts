/** Messages of alerts on the thread of evaluation: claimed, sent, and what came of them committed. */
import { Consumer, type ConsumerEvent } from '../queue/consumer.ts';
import type { NoticeEffect } from '../store/alerts.ts';
import type { Store } from '../store/store.ts';
import { deliverNotices, type DeliverNoticesOptions } from '../webhooks/deliver-notices.ts';
import { Pauses } from '../webhooks/pauses.ts';
import type { Clock } from '../queue/clock.ts';

export interface NoticesOptions {
  store: Pick<Store, 'notices'>;
  sender: DeliverNoticesOptions['sender'];
  onEvent: (event: ConsumerEvent<NoticeEffect>) => void;
  clock?: Clock;
  random?: () => number;
}

const BATCH = 32;

export function noticeConsumer({ store, sender, onEvent, clock, random }: NoticesOptions): Consumer<NoticeEffect> {
  const pauses = new Pauses();
  return new Consumer<NoticeEffect>({
    jobs: store.notices,
    batchSize: BATCH,
    perform: (jobs, onEarly) =>
      deliverNotices(jobs, {
        sender,
        pauses,
        onEarly,
        ...(clock && { now: () => clock.now() }),
        ...(random && { random }),
      }),
    onEvent,
    ...(clock && { clock }),
  });
}
