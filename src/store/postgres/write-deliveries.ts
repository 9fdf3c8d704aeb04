/**
 * Deliveries, as SQLite's write-deliveries.ts describes them: claimed webhook by webhook under a lease, and completed with what their
 * try came to. Several replicas claim at once: SKIP LOCKED gives each delivery to one of them.
 */
import type { Pool } from 'pg';
import type { ClaimedDelivery } from '../../model/delivery.ts';
import type { DeliveryEffect, DeliveryStore } from '../webhooks.ts';
import { type Session, sessionOf } from './connection.ts';
import type { PlacedLog } from './log-columns.ts';
import { inTransaction } from './transaction.ts';

type DeliveryClaim = Parameters<DeliveryStore['claim']>[0];

const HELD = `from unnest($2::int[], $3::bigint[], $4::int[]) as held (webhook, log, token)
  where d.webhook = held.webhook and d.log = held.log and d.token = held.token and d.state = 'leased'`;

const CLAIM = `with due as materialized (
    select d.webhook, d.log, d.due_at_ms, w.id, given.place
    from unnest($1::uuid[]) with ordinality as given (id, place)
    join webhooks w on w.id = given.id and w.disabled_at_ms is null
    cross join lateral (
      select webhook, log, due_at_ms from deliveries where webhook = w.seq and due_at_ms <= $2
      order by due_at_ms limit $3 for update skip locked) d
    order by given.place limit $4)
  update deliveries d set state = 'leased', attempt = d.attempt + 1, token = d.token + 1, due_at_ms = $5
  from due where d.webhook = due.webhook and d.log = due.log
  returning d.webhook, d.log, due.id as "webhookId", d.attempt, d.token, due.place, due.due_at_ms as due,
    coalesce((select id::text from logs where seq = d.log), '') as "logId"`;

const COMPLETE = `update deliveries d set state = g.state, due_at_ms = g.due, attempt = d.attempt - g.uncounted,
    last_at_ms = coalesce(g.tried_at, d.last_at_ms),
    status = case when g.tried_at is null then d.status else g.status end,
    error = case when g.tried_at is null then d.error else g.error end,
    answer = case when g.tried_at is null then d.answer else g.answer end,
    duration_ms = coalesce(g.duration, d.duration_ms)
  from unnest($1::int[], $2::bigint[], $3::int[], $4::text[], $5::bigint[], $6::int[], $7::bigint[], $8::int[], $9::text[],
    $10::text[], $11::float8[]) as g (webhook, log, token, state, due, uncounted, tried_at, status, error, answer, duration)
  where d.webhook = g.webhook and d.log = g.log and d.token = g.token and d.state = 'leased'
  returning d.webhook, d.log`;

/** Skips from webhook to webhook. Logs grow with time, so a webhook's oldest records are its first. */
const SWEEP = `with recursive found (webhook) as (
    select min(webhook) from deliveries
    union all
    select (select min(d.webhook) from deliveries d where d.webhook > found.webhook) from found where found.webhook is not null),
  old as (
    select first.webhook, first.log from found
    left join webhooks w on w.seq = found.webhook
    cross join lateral (
      select webhook, log, created_at_ms from deliveries where webhook = found.webhook order by log limit $2) first
    where w.seq is null or first.created_at_ms < $1 limit $2)
  delete from deliveries d using old where d.webhook = old.webhook and d.log = old.log returning 1`;

export function deliveryWrites(pool: Pool) {
  const session = sessionOf(pool);
  return {
    async claimDeliveries(claim: DeliveryClaim): Promise<ClaimedDelivery[]> {
      const { webhooks, each, limit, nowMs, leaseUntilMs } = claim;
      const rows = await session.rows<
        Omit<ClaimedDelivery, 'id'> & { webhook: number; log: number; place: number; due: number }
      >(CLAIM, [webhooks, nowMs, each, limit, leaseUntilMs]);
      rows.sort((one, other) => one.place - other.place || one.due - other.due || one.log - other.log);
      return rows.map(({ webhook, log, webhookId, logId, attempt, token }) => ({
        id: `${webhook}.${log}`,
        webhookId,
        logId,
        attempt,
        token,
      }));
    },

    completeDeliveries: (effects: DeliveryEffect[]): Promise<{ fenced: number }> =>
      inTransaction(pool, (own) => complete(own, effects)),

    async renewDeliveries(held: ClaimedDelivery[], leaseUntilMs: number): Promise<void> {
      await session.rows(`update deliveries d set due_at_ms = $1 ${HELD}`, [leaseUntilMs, ...leasesOf(held)]);
    },

    async releaseDeliveries(held: ClaimedDelivery[], nowMs: number): Promise<void> {
      await session.rows(`update deliveries d set state = 'pending', attempt = d.attempt - 1, due_at_ms = $1 ${HELD}`, [
        nowMs,
        ...leasesOf(held),
      ]);
    },

    async deliverAgain(
      projectId: string,
      { webhookId, logId }: { webhookId: string; logId: string },
      nowMs: number,
    ): Promise<boolean> {
      const rows = await session.rows(
        `update deliveries set state = 'pending', attempt = 0, token = token + 1, due_at_ms = $4
         where webhook = (select w.seq from webhooks w join projects p on p.seq = w.project where w.id = $2 and p.id = $1)
           and log = (select l.seq from logs l join projects p on p.seq = l.project where l.id = $3 and p.id = $1)
           and (state <> 'leased' or due_at_ms <= $4)
         returning 1`,
        [projectId, webhookId, logId, nowMs],
      );
      return rows.length > 0;
    },

    async sweepDeliveries(beforeMs: number, limit: number): Promise<number> {
      return (await session.rows(SWEEP, [beforeMs, limit])).length;
    },
  };
}

/** For new logs, in their transaction. Answers how many. */
export async function insertDeliveries(session: Session, placed: readonly PlacedLog[], nowMs: number): Promise<number> {
  const told = placed.flatMap((one) => (one.log.webhooks ?? []).map((webhook) => ({ webhook, ...one })));
  if (told.length === 0) return 0;
  const rows = await session.rows(
    `insert into deliveries (webhook, log, state, attempt, token, due_at_ms, created_at_ms)
     select w.seq, given.log, 'pending', 0, 0, $4::bigint, $4::bigint
     from unnest($1::uuid[], $2::bigint[], $3::int[]) as given (webhook, log, project)
     join webhooks w on w.id = given.webhook and w.project = given.project and w.disabled_at_ms is null
     on conflict do nothing returning 1`,
    [told.map(({ webhook }) => webhook), told.map(({ seq }) => seq), told.map(({ project }) => project), nowMs],
  );
  return rows.length;
}

async function complete(session: Session, effects: readonly DeliveryEffect[]): Promise<{ fenced: number }> {
  const done = await session.rows<{ webhook: number; log: number }>(COMPLETE, [
    ...leasesOf(effects.map(({ job }) => job)),
    effects.map(({ dead, retryAtMs }) => (dead ? 'dead' : retryAtMs === undefined ? 'delivered' : 'pending')),
    effects.map(({ dead, retryAtMs }) => (dead ? null : (retryAtMs ?? null))),
    effects.map(({ countsAttempt }) => (countsAttempt === false ? 1 : 0)),
    effects.map(({ attempt, atMs }) => (attempt === undefined ? null : atMs)),
    effects.map(({ attempt }) => attempt?.status ?? null),
    effects.map(({ attempt }) => attempt?.error ?? null),
    effects.map(({ attempt }) => attempt?.answer ?? null),
    effects.map(({ attempt }) => attempt?.durationMs ?? null),
  ]);
  const held = new Set(done.map(({ webhook, log }) => `${webhook}.${log}`));
  for (const { job, atMs, disable } of effects)
    if (disable !== undefined && held.has(job.id))
      await session.rows(
        'update webhooks set disabled_at_ms = $1, disabled_reason = $2 where seq = $3 and disabled_at_ms is null',
        [atMs, disable, numbersOf(job)[0]],
      );
  return { fenced: effects.length - done.length };
}

/** Webhooks, logs and tokens, a list each. */
function leasesOf(held: readonly ClaimedDelivery[]): number[][] {
  const rows = held.map((one) => [...numbersOf(one), one.token]);
  return [0, 1, 2].map((column) => rows.map((row) => row[column]!));
}

function numbersOf({ id }: ClaimedDelivery): number[] {
  return id.split('.').map(Number);
}
