/** Webhooks: addresses that are told of every new log, or of some of them. */

export interface PropertyFilter {
  key: string;
  value: string;
}

export interface Webhook {
  id: string;
  projectId: string;
  destination: string;
  /** Share of the logs, 0 to 100. */
  samplePercent: number;
  /** All must be equal; names compare without case. */
  propertyFilters: PropertyFilter[];
  /** Whether a delivery carries more than ids and bodies. */
  includeData: boolean;
  /** What signatures are made with: 32 random bytes, hex. */
  hmacKey: string;
  createdAtMs: number;
  updatedAtMs: number;
  /** Since when and why it is not told of anything; null while it is. */
  disabledAtMs: number | null;
  disabledReason: string | null;
}

/** What decides whether a webhook is told of a log; holds no secret. */
export type WebhookRule = Pick<Webhook, 'id' | 'projectId' | 'samplePercent' | 'propertyFilters'>;

export const WEBHOOK_LIMITS = {
  /** Webhooks of one project: each log is matched against all of them. */
  perProject: 50,
  /** Characters of a destination. */
  destination: 2048,
  propertyFilters: 64,
} as const;
