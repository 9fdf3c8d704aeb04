/** Webhooks and the records of their deliveries, read. */
import type { Delivery } from '../../model/delivery.ts';
import type { Webhook } from '../../model/webhook.ts';
import type { Session } from './connection.ts';

interface DeliveryRow extends Omit<Delivery, 'last' | 'nextAttemptAtMs' | 'requestId'> {
  log: number;
  requestId: string | null;
  dueAtMs: number | null;
  atMs: number | null;
  status: number | null;
  error: string | null;
  answer: string | null;
  durationMs: number;
}

const WEBHOOKS = `select w.id, p.id as "projectId", w.destination, w.sample_percent as "samplePercent",
    w.property_filters as "propertyFilters", w.include_data = 1 as "includeData", w.hmac_key as "hmacKey",
    w.created_at_ms as "createdAtMs", w.updated_at_ms as "updatedAtMs", w.disabled_at_ms as "disabledAtMs",
    w.disabled_reason as "disabledReason"
  from webhooks w join projects p on p.seq = w.project`;

export function webhookReads(session: Session) {
  return {
    listWebhooks: (projectId: string): Promise<Webhook[]> =>
      session.rows<Webhook>(`${WEBHOOKS} where p.id = $1 order by w.seq`, [projectId]),

    enabledWebhooks: (): Promise<Webhook[]> =>
      session.rows<Webhook>(`${WEBHOOKS} where w.disabled_at_ms is null order by w.seq`),

    async listDeliveries(
      projectId: string,
      webhookId: string,
      { limit, cursor }: { limit: number; cursor: number | null },
    ): Promise<{ deliveries: Delivery[]; next: number | null } | undefined> {
      const [webhook] = await session.rows<{ seq: number }>(
        'select w.seq from webhooks w join projects p on p.seq = w.project where w.id = $1 and p.id = $2',
        [webhookId, projectId],
      );
      if (webhook === undefined) return undefined;
      const rows = await session.rows<DeliveryRow>(
        `select d.log, l.id as "logId", l.request_id as "requestId", d.state, d.attempt as attempts, d.due_at_ms as "dueAtMs",
           d.created_at_ms as "createdAtMs", d.last_at_ms as "atMs", d.status, d.error, d.answer, d.duration_ms as "durationMs"
         from deliveries d join logs l on l.seq = d.log
         where d.webhook = $1 and d.log < $2 order by d.log desc limit $3`,
        [webhook.seq, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1],
      );
      const page = rows.slice(0, limit);
      return {
        deliveries: page.map((row) => deliveryOf(row, webhookId)),
        next: rows.length > limit ? page.at(-1)!.log : null,
      };
    },
  };
}

function deliveryOf(row: DeliveryRow, webhookId: string): Delivery {
  const { logId, state, attempts, createdAtMs, atMs, status, error, answer, durationMs } = row;
  return {
    webhookId,
    logId,
    requestId: row.requestId ?? logId,
    state,
    attempts,
    createdAtMs,
    last: atMs === null ? null : { atMs, status, error, answer, durationMs },
    nextAttemptAtMs: state === 'pending' ? row.dueAtMs : null,
  };
}
