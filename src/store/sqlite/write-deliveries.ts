/**
 * Deliveries: claimed under a lease and completed with what their try came to, by the rules of jobs (write-jobs.ts). They
 * are claimed webhook by webhook, so that the backlog of a receiver that is down is neither read nor waited for.
 */
import type { Statement } from 'better-sqlite3';
import type { ClaimedDelivery } from '../../model/delivery.ts';
import type { DeliveryEffect, DeliveryStore } from '../webhooks.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

export type DeliveryClaim = Parameters<DeliveryStore['claim']>[0];

interface ClaimRow {
  webhook: number;
  log: number;
  logId: Buffer | null;
  attempt: number;
  token: number;
}

class WriteDeliveries {
  readonly #claim: Statement;
  readonly #held: Statement;
  readonly #tried: Statement;
  readonly #move: Statement;
  readonly #disable: Statement;
  readonly #renew: Statement;
  readonly #release: Statement;
  readonly #again: Statement;
  readonly #oldest: Statement;
  readonly #webhooks: Statement;
  readonly #delete: Statement;

  constructor(connection: Connection) {
    const prepare = (text: string): Statement => connection.prepare(text);
    const leased = `webhook = @webhook and log = @log and token = @token and state = 'leased'`;
    this.#claim = prepare(
      `update deliveries set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = @leaseUntilMs
       where (webhook, log) in (
         select d.webhook, d.log from webhooks w join deliveries d on d.webhook = w.seq
         where w.id = @id and w.disabled_at_ms is null and d.due_at_ms <= @nowMs order by d.due_at_ms limit @limit)
       returning webhook, log, attempt, token, (select id from logs where seq = deliveries.log) as logId`,
    );
    this.#held = prepare(`select 1 from deliveries where ${leased}`).pluck();
    this.#tried = prepare(
      `update deliveries set last_at_ms = @atMs, status = @status, error = @error, answer = @answer, duration_ms = @durationMs
       where webhook = @webhook and log = @log`,
    );
    this.#move = prepare(
      `update deliveries set state = @state, due_at_ms = @dueAtMs, attempt = attempt - @uncounted
       where webhook = @webhook and log = @log`,
    );
    this.#disable = prepare(
      `update webhooks set disabled_at_ms = ?, disabled_reason = ? where seq = ? and disabled_at_ms is null`,
    );
    this.#renew = prepare(`update deliveries set due_at_ms = @leaseUntilMs where ${leased}`);
    this.#release = prepare(
      `update deliveries set state = 'pending', attempt = attempt - 1, due_at_ms = @nowMs where ${leased}`,
    );
    this.#again = prepare(
      `update deliveries set state = 'pending', attempt = 0, token = token + 1, due_at_ms = @nowMs
       where webhook = (select w.seq from webhooks w join projects p on p.seq = w.project where w.id = @webhook and p.id = @project)
         and log = (select l.seq from logs l join projects p on p.seq = l.project where l.id = @log and p.id = @project)
         and (state <> 'leased' or due_at_ms <= @nowMs)`,
    );
    // Skips from webhook to webhook; `distinct` would read every row.
    this.#webhooks = prepare(
      `with recursive found(webhook) as (
         select min(webhook) from deliveries
         union all select (select min(webhook) from deliveries where webhook > found.webhook) from found where webhook is not null)
       select webhook from found where webhook is not null`,
    ).pluck();
    this.#oldest = prepare(
      `select d.log, d.created_at_ms as createdAtMs, w.seq is not null as isKept
       from deliveries d left join webhooks w on w.seq = d.webhook where d.webhook = ? order by d.log limit ?`,
    );
    this.#delete = prepare('delete from deliveries where webhook = ? and log = ?');
  }

  claim({ webhooks, each, limit, nowMs, leaseUntilMs }: DeliveryClaim): ClaimedDelivery[] {
    const claimed: ClaimedDelivery[] = [];
    for (const webhookId of webhooks) {
      const left = Math.min(each, limit - claimed.length);
      if (left <= 0) break;
      const rows = this.#claim.all({ id: bytesOfUuid(webhookId), nowMs, leaseUntilMs, limit: left }) as ClaimRow[];
      for (const { webhook, log, logId, attempt, token } of rows) {
        const id = `${webhook}.${log}`;
        claimed.push({ id, webhookId, logId: logId === null ? '' : uuidOfBytes(logId), attempt, token });
      }
    }
    return claimed;
  }

  complete(effects: readonly DeliveryEffect[]): { fenced: number } {
    let fenced = 0;
    for (const effect of effects) {
      const lease = leaseOf(effect.job);
      if (this.#held.get(lease) === undefined) fenced += 1;
      else this.#apply(effect, lease);
    }
    return { fenced };
  }

  renew(held: readonly ClaimedDelivery[], leaseUntilMs: number): void {
    for (const one of held) this.#renew.run({ ...leaseOf(one), leaseUntilMs });
  }

  release(held: readonly ClaimedDelivery[], nowMs: number): void {
    for (const one of held) this.#release.run({ ...leaseOf(one), nowMs });
  }

  again(projectId: string, { webhookId, logId }: { webhookId: string; logId: string }, nowMs: number): boolean {
    const given = { project: bytesOfUuid(projectId), webhook: bytesOfUuid(webhookId), log: bytesOfUuid(logId), nowMs };
    return this.#again.run(given).changes > 0;
  }

  /** Logs grow with time, so a webhook's oldest records are its first. */
  sweep(beforeMs: number, limit: number): number {
    let removed = 0;
    for (const webhook of this.#webhooks.all() as number[]) {
      const rows = this.#oldest.all(webhook, limit - removed) as {
        log: number;
        createdAtMs: number;
        isKept: number;
      }[];
      for (const { log, createdAtMs, isKept } of rows) {
        if (isKept === 1 && createdAtMs >= beforeMs) break;
        removed += this.#delete.run(webhook, log).changes;
      }
      if (removed >= limit) break;
    }
    return removed;
  }

  #apply({ atMs, attempt, retryAtMs, countsAttempt, dead, disable }: DeliveryEffect, lease: Lease): void {
    const { webhook, log } = lease;
    if (attempt !== undefined) this.#tried.run({ webhook, log, atMs, ...attempt });
    const isPending = retryAtMs !== undefined && !dead;
    const state = dead ? 'dead' : isPending ? 'pending' : 'delivered';
    const uncounted = countsAttempt === false ? 1 : 0;
    this.#move.run({ webhook, log, state, dueAtMs: isPending ? retryAtMs : null, uncounted });
    if (disable !== undefined) this.#disable.run(atMs, disable, webhook);
  }
}

interface Lease {
  webhook: number;
  log: number;
  token: number;
}

function leaseOf({ id, token }: ClaimedDelivery): Lease {
  const [webhook, log] = id.split('.').map(Number);
  return { webhook: webhook!, log: log!, token };
}

/** As the writer thread is asked for them. */
export function deliveryWrites(connection: Connection) {
  const deliveries = new WriteDeliveries(connection);
  return {
    claimDeliveries(request: DeliveryClaim): ClaimedDelivery[] {
      return deliveries.claim(request);
    },

    completeDeliveries(effects: DeliveryEffect[]): { fenced: number } {
      return deliveries.complete(effects);
    },

    renewDeliveries(held: ClaimedDelivery[], leaseUntilMs: number): void {
      deliveries.renew(held, leaseUntilMs);
    },

    releaseDeliveries(held: ClaimedDelivery[], nowMs: number): void {
      deliveries.release(held, nowMs);
    },

    deliverAgain(projectId: string, delivery: { webhookId: string; logId: string }, nowMs: number): boolean {
      return deliveries.again(projectId, delivery, nowMs);
    },

    sweepDeliveries(beforeMs: number, limit: number): number {
      return deliveries.sweep(beforeMs, limit);
    },
  };
}
