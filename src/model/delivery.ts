/** A delivery: one webhook told of one log, as a durable unit of work and as the record of what became of it. */

/** pending -> leased -> delivered | pending again after a failure | dead; a delivered or dead one may be sent again. */
export const DELIVERY_STATES = ['pending', 'leased', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export interface ClaimedDelivery {
  /** Names it within the store. */
  id: string;
  webhookId: string;
  /** Empty where the log is gone. */
  logId: string;
  /** 1 for the first try. */
  attempt: number;
  /** Fencing token of this lease. */
  token: number;
}

/** What one try came to. */
export interface Attempt {
  /** Status of the answer; null where none came. */
  status: number | null;
  /** Null where it was delivered. */
  error: string | null;
  /** The first characters of the answer's body. */
  answer: string | null;
  durationMs: number;
}

/** The record of a delivery; of its tries the last. */
export interface Delivery {
  webhookId: string;
  logId: string;
  requestId: string;
  state: DeliveryState;
  attempts: number;
  createdAtMs: number;
  /** Null before the first try has ended. */
  last: (Attempt & { atMs: number }) | null;
  /** Null where there is no next try. */
  nextAttemptAtMs: number | null;
}

/** The id under which a receiver knows a delivery: the same for every try of it. */
export function messageId(webhookId: string, logId: string): string {
  return `msg_${logId.replaceAll('-', '')}_${webhookId.replaceAll('-', '')}`;
}

/** The ids in a message's id; undefined where it is none. */
export function readMessageId(id: string): { webhookId: string; logId: string } | undefined {
  const found = /^msg_([0-9a-f]{32})_([0-9a-f]{32})$/.exec(id);
  return found === null ? undefined : { logId: dashed(found[1]!), webhookId: dashed(found[2]!) };
}

function dashed(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
