/**
 * Messages of alerts: claimed under a lease and completed with what their try came to. Several replicas claim at once: SKIP
 * LOCKED gives each message to one of them.
 */
import type { Pool } from 'pg';
import type { AlertSpec } from '../../model/alert.ts';
import { type ClaimedNotice, deliveryAfter, type NoticeEffect, type NoticeStore, OVERTAKEN } from '../alerts.ts';
import { sessionOf } from './connection.ts';
import { inTransaction } from './transaction.ts';

type NoticeClaim = Parameters<NoticeStore['claim']>[0];
type ClaimRow = Omit<ClaimedNotice, 'destination'> & { spec: string; due: number };

const HELD = `from unnest($2::uuid[], $3::int[]) as held (id, token)
  where e.id = held.id and e.token = held.token and e.delivery = 'leased'`;

export function noticeWrites(pool: Pool) {
  const session = sessionOf(pool);
  return {
    async claimNotices({ limit, nowMs, leaseUntilMs }: NoticeClaim): Promise<ClaimedNotice[]> {
      await session.rows(
        `update alert_events e set delivery = 'dead', due_at_ms = null, last_at_ms = $1, status = null, answer = null,
           error = '${OVERTAKEN}', duration_ms = 0
         where due_at_ms <= $1 and exists (
           select 1 from alert_events later
           where later.alert = e.alert and later.seq > e.seq and later.message is not null)`,
        [nowMs],
      );
      const rows = await session.rows<ClaimRow>(
        `with due as materialized (
           select seq, due_at_ms from alert_events where due_at_ms <= $1 order by due_at_ms, seq limit $2
           for update skip locked)
         update alert_events e set delivery = 'leased', attempt = e.attempt + 1, token = e.token + 1, due_at_ms = $3
         from due, alerts a where e.seq = due.seq and a.seq = e.alert
         returning e.id, a.id as "alertId", a.spec, a.hmac_key as "hmacKey", e.message as body, e.attempt, e.token,
           due.due_at_ms as due`,
        [nowMs, limit, leaseUntilMs],
      );
      rows.sort((one, other) => one.due - other.due);
      return rows.map(({ spec, due: _due, ...row }) => ({
        ...row,
        destination: (JSON.parse(spec) as AlertSpec).destination,
      }));
    },

    completeNotices: (effects: NoticeEffect[]): Promise<{ fenced: number }> =>
      inTransaction(pool, async (own) => {
        let fenced = 0;
        for (const effect of effects) {
          const { job, atMs, attempt, countsAttempt } = effect;
          const { state, dueAtMs } = deliveryAfter(effect);
          const lease = [job.id, job.token];
          if (attempt !== undefined)
            await own.rows(
              `update alert_events set last_at_ms = $3, status = $4, error = $5, answer = $6, duration_ms = $7
               where id = $1 and token = $2 and delivery = 'leased'`,
              [...lease, atMs, attempt.status, attempt.error, attempt.answer, attempt.durationMs],
            );
          const moved = await own.rows(
            `update alert_events set delivery = $3, due_at_ms = $4, attempt = attempt - $5
             where id = $1 and token = $2 and delivery = 'leased' returning 1`,
            [...lease, state, dueAtMs, countsAttempt === false ? 1 : 0],
          );
          fenced += moved.length === 0 ? 1 : 0;
        }
        return { fenced };
      }),

    async renewNotices(notices: ClaimedNotice[], leaseUntilMs: number): Promise<void> {
      await session.rows(`update alert_events e set due_at_ms = $1 ${HELD}`, [leaseUntilMs, ...leasesOf(notices)]);
    },

    async releaseNotices(notices: ClaimedNotice[], nowMs: number): Promise<void> {
      await session.rows(
        `update alert_events e set delivery = 'pending', attempt = e.attempt - 1, due_at_ms = $1 ${HELD}`,
        [nowMs, ...leasesOf(notices)],
      );
    },
  };
}

function leasesOf(notices: readonly ClaimedNotice[]): [string[], number[]] {
  return [notices.map(({ id }) => id), notices.map(({ token }) => token)];
}
