/** Webhooks and their deliveries, as families of the store. What a delivery carries is made from its log when it is sent. */
import type { Attempt, ClaimedDelivery, Delivery } from '../model/delivery.ts';
import type { Webhook } from '../model/webhook.ts';

export interface WebhookStore {
  /** Of one project, oldest first. */
  list(projectId: string): Promise<Webhook[]>;
  /** Those of all projects that are not disabled: for the recorder and the consumers only. */
  enabled(): Promise<Webhook[]>;
  /** Adds it, unless the project has `most` already: false then. */
  create(webhook: Webhook, most: number): Promise<boolean>;
  /** Replaces everything but id, project, key and time of birth. Whether there was such a webhook. */
  update(webhook: Webhook): Promise<boolean>;
  /** Takes it away; its deliveries are not claimed any more, and `deliveries.sweep` removes them. */
  remove(projectId: string, id: string): Promise<boolean>;
}

/** What a try came to, committed with the delivery's state. Neither `retryAtMs` nor `dead`: it was delivered. */
export interface DeliveryEffect {
  job: ClaimedDelivery;
  atMs: number;
  /** Undefined where it was not tried, only put off. */
  attempt: Attempt | undefined;
  retryAtMs: number | undefined;
  /** False where it was not tried: the next claim then has the same `attempt` as this one. */
  countsAttempt?: false;
  dead: boolean;
  /** Set where the webhook shall not be told of anything any more. */
  disable?: string;
}

export interface DeliveryStore {
  /** Leases due deliveries of these webhooks, oldest first and at most `each` of one, so that none waits behind another's. */
  claim(request: {
    webhooks: string[];
    each: number;
    limit: number;
    nowMs: number;
    leaseUntilMs: number;
  }): Promise<ClaimedDelivery[]>;
  /** Commits effects; those whose lease was lost change nothing and come back in `fenced`. */
  complete(effects: DeliveryEffect[]): Promise<{ fenced: number }>;
  renew(deliveries: ClaimedDelivery[], leaseUntilMs: number): Promise<void>;
  /** Gives leases back at once, without counting the attempt; they are due at `nowMs`. */
  release(deliveries: ClaimedDelivery[], nowMs: number): Promise<void>;
  /**
   * The records of a webhook, newest log first, from after `cursor` on; undefined where the project has no such webhook.
   * `next` is the cursor of the next page, null on the last.
   */
  list(
    projectId: string,
    webhookId: string,
    page: { limit: number; cursor: number | null },
  ): Promise<{ deliveries: Delivery[]; next: number | null } | undefined>;
  /** Makes one due again, as if never tried. Whether there was such a delivery that is not being sent at the moment. */
  again(projectId: string, delivery: { webhookId: string; logId: string }, nowMs: number): Promise<boolean>;
  /** Removes up to `limit` records that were made before that time or whose webhook is gone; answers how many. */
  sweep(beforeMs: number, limit: number): Promise<number>;
}
