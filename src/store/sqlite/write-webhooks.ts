/** Webhooks as rows, and the secrets of this installation. What a webhook is told of: ingest.ts and write-deliveries.ts. */
import type { Statement } from 'better-sqlite3';
import type { Webhook } from '../../model/webhook.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid } from './uuid.ts';

const OWN = 'id = @id and project = (select seq from projects where id = @project)';

export class WriteWebhooks {
  readonly #projects: Projects;
  readonly #count: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #remove: Statement;
  readonly #keepSecret: Statement;
  readonly #secret: Statement;

  constructor(connection: Connection, projects: Projects) {
    this.#projects = projects;
    this.#count = connection.prepare('select count(*) from webhooks where project = ?').pluck();
    this.#insert = connection.prepare(
      `insert into webhooks (id, project, destination, sample_percent, property_filters, include_data, hmac_key,
         created_at_ms, updated_at_ms, disabled_at_ms, disabled_reason)
       values (@id, @project, @destination, @samplePercent, @propertyFilters, @includeData, @hmacKey,
         @createdAtMs, @updatedAtMs, @disabledAtMs, @disabledReason)`,
    );
    this.#update = connection.prepare(
      `update webhooks set destination = @destination, sample_percent = @samplePercent,
         property_filters = @propertyFilters, include_data = @includeData, updated_at_ms = @updatedAtMs,
         disabled_at_ms = @disabledAtMs, disabled_reason = @disabledReason where ${OWN}`,
    );
    this.#remove = connection.prepare(`delete from webhooks where ${OWN}`);
    this.#keepSecret = connection.prepare('insert into secrets (name, bytes) values (?, ?) on conflict do nothing');
    this.#secret = connection.prepare('select bytes from secrets where name = ?').pluck();
  }

  create(webhook: Webhook, most: number): boolean {
    const project = this.#projects.seqOf(webhook.projectId, webhook.createdAtMs);
    if ((this.#count.get(project) as number) >= most) return false;
    this.#insert.run({ ...columnsOf(webhook), project, hmacKey: webhook.hmacKey, createdAtMs: webhook.createdAtMs });
    return true;
  }

  update(webhook: Webhook): boolean {
    return this.#update.run({ ...columnsOf(webhook), project: bytesOfUuid(webhook.projectId) }).changes > 0;
  }

  remove(projectId: string, id: string): boolean {
    return this.#remove.run({ id: bytesOfUuid(id), project: bytesOfUuid(projectId) }).changes > 0;
  }

  secret(purpose: string, fresh: Uint8Array): Uint8Array {
    this.#keepSecret.run(purpose, fresh);
    return this.#secret.get(purpose) as Uint8Array;
  }
}

function columnsOf(webhook: Webhook): Record<string, unknown> {
  const { destination, samplePercent, updatedAtMs, disabledAtMs, disabledReason } = webhook;
  return {
    id: bytesOfUuid(webhook.id),
    destination,
    samplePercent,
    propertyFilters: JSON.stringify(webhook.propertyFilters),
    includeData: webhook.includeData ? 1 : 0,
    updatedAtMs,
    disabledAtMs,
    disabledReason,
  };
}
