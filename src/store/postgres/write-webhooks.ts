/** Webhooks as rows, and the secrets of this installation. */
import type { Pool } from 'pg';
import type { Webhook } from '../../model/webhook.ts';
import { sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

export function webhookWrites(pool: Pool, interned: Interned) {
  const session = sessionOf(pool);
  return {
    async createWebhook(webhook: Webhook, most: number): Promise<boolean> {
      const project = await interned.project(webhook.projectId, webhook.createdAtMs);
      return inTransaction(pool, async (own) => {
        // Held so that two that are created at once do not both find room for themselves.
        await own.rows('select from projects where seq = $1 for update', [project]);
        const [row] = await own.rows<{ count: number }>('select count(*) as count from webhooks where project = $1', [
          project,
        ]);
        if (row!.count >= most) return false;
        await own.rows(
          `insert into webhooks (id, project, hmac_key, created_at_ms, destination, sample_percent, property_filters,
             include_data, updated_at_ms, disabled_at_ms, disabled_reason)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
          [webhook.id, project, webhook.hmacKey, webhook.createdAtMs, ...changeable(webhook)],
        );
        return true;
      });
    },

    async updateWebhook(webhook: Webhook): Promise<boolean> {
      const rows = await session.rows(
        `update webhooks set destination = $3, sample_percent = $4, property_filters = $5, include_data = $6,
           updated_at_ms = $7, disabled_at_ms = $8, disabled_reason = $9
         where id = $1 and project = (select seq from projects where id = $2) returning 1`,
        [webhook.id, webhook.projectId, ...changeable(webhook)],
      );
      return rows.length > 0;
    },

    async removeWebhook(projectId: string, id: string): Promise<boolean> {
      const rows = await session.rows(
        'delete from webhooks where id = $1 and project = (select seq from projects where id = $2) returning 1',
        [id, projectId],
      );
      return rows.length > 0;
    },

    async secret(purpose: string, fresh: Uint8Array): Promise<Uint8Array> {
      await session.rows('insert into secrets (name, bytes) values ($1, $2) on conflict do nothing', [
        purpose,
        Buffer.from(fresh),
      ]);
      const [row] = await session.rows<{ bytes: Buffer }>('select bytes from secrets where name = $1', [purpose]);
      return row!.bytes;
    },
  };
}

function changeable(webhook: Webhook): unknown[] {
  const { destination, samplePercent, propertyFilters, includeData, updatedAtMs } = webhook;
  const filters = JSON.stringify(propertyFilters);
  const disabled = [webhook.disabledAtMs, webhook.disabledReason];
  return [destination, samplePercent, filters, includeData ? 1 : 0, updatedAtMs, ...disabled];
}
