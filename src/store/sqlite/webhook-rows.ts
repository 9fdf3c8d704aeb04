/** From a row of webhooks to the webhook as the rest of Gradeway knows it. */
import type { PropertyFilter, Webhook } from '../../model/webhook.ts';
import { uuidOfBytes } from './uuid.ts';

export interface WebhookRow {
  id: Buffer;
  project: Buffer;
  destination: string;
  sample_percent: number;
  property_filters: string;
  include_data: number;
  hmac_key: string;
  created_at_ms: number;
  updated_at_ms: number;
  disabled_at_ms: number | null;
  disabled_reason: string | null;
}

export function webhookOf(row: WebhookRow): Webhook {
  return {
    id: uuidOfBytes(row.id),
    projectId: uuidOfBytes(row.project),
    destination: row.destination,
    samplePercent: row.sample_percent,
    propertyFilters: JSON.parse(row.property_filters) as PropertyFilter[],
    includeData: row.include_data === 1,
    hmacKey: row.hmac_key,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    disabledAtMs: row.disabled_at_ms,
    disabledReason: row.disabled_reason,
  };
}
