/** Webhooks and the records of their deliveries, read. */
import type { Statement } from 'better-sqlite3';
import type { Delivery, DeliveryState } from '../../model/delivery.ts';
import type { Webhook } from '../../model/webhook.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';
import { type WebhookRow, webhookOf } from './webhook-rows.ts';

interface DeliveryRow {
  log: number;
  logId: Buffer;
  requestId: Buffer | null;
  state: DeliveryState;
  attempt: number;
  due_at_ms: number | null;
  created_at_ms: number;
  last_at_ms: number | null;
  status: number | null;
  error: string | null;
  answer: string | null;
  duration_ms: number;
}

export class ReadWebhooks {
  readonly #ofProject: Statement;
  readonly #enabled: Statement;
  readonly #seq: Statement;
  readonly #deliveries: Statement;

  constructor(connection: Connection) {
    const rows = 'select w.*, p.id as project from webhooks w join projects p on p.seq = w.project';
    this.#ofProject = connection.prepare(`${rows} where p.id = ? order by w.seq`);
    this.#enabled = connection.prepare(`${rows} where w.disabled_at_ms is null order by w.seq`);
    this.#seq = connection
      .prepare('select w.seq from webhooks w join projects p on p.seq = w.project where w.id = ? and p.id = ?')
      .pluck();
    // A log that is gone takes its deliveries with it; until it has, they are passed over.
    this.#deliveries = connection.prepare(
      `select d.*, l.id as logId, l.request_id as requestId from deliveries d join logs l on l.seq = d.log
       where d.webhook = ? and d.log < ? order by d.log desc limit ?`,
    );
  }

  list(projectId: string): Webhook[] {
    return (this.#ofProject.all(bytesOfUuid(projectId)) as WebhookRow[]).map(webhookOf);
  }

  enabled(): Webhook[] {
    return (this.#enabled.all() as WebhookRow[]).map(webhookOf);
  }

  deliveries(
    projectId: string,
    webhookId: string,
    { limit, cursor }: { limit: number; cursor: number | null },
  ): { deliveries: Delivery[]; next: number | null } | undefined {
    const webhook = this.#seq.get(bytesOfUuid(webhookId), bytesOfUuid(projectId)) as number | undefined;
    if (webhook === undefined) return undefined;
    const rows = this.#deliveries.all(webhook, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1) as DeliveryRow[];
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? page.at(-1)!.log : null;
    return { deliveries: page.map((row) => deliveryOf(row, webhookId)), next };
  }
}

function deliveryOf(row: DeliveryRow, webhookId: string): Delivery {
  const { status, error, answer, duration_ms: durationMs, last_at_ms: atMs } = row;
  return {
    webhookId,
    logId: uuidOfBytes(row.logId),
    requestId: uuidOfBytes(row.requestId ?? row.logId),
    state: row.state,
    attempts: row.attempt,
    createdAtMs: row.created_at_ms,
    last: atMs === null ? null : { atMs, status, error, answer, durationMs },
    nextAttemptAtMs: row.state === 'pending' ? row.due_at_ms : null,
  };
}
