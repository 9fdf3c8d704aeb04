/** Messages of alerts: claimed under a lease and completed with what their try came to, by the rules of deliveries. */
import { type ClaimedNotice, deliveryAfter, type NoticeEffect, type NoticeStore, OVERTAKEN } from '../alerts.ts';
import type { AlertSpec } from '../../model/alert.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

export type NoticeClaim = Parameters<NoticeStore['claim']>[0];

interface DueRow {
  seq: number;
  id: Buffer;
  alertId: Buffer;
  spec: string;
  hmacKey: string;
  body: string;
  attempt: number;
  token: number;
}

export function noticeWrites(connection: Connection) {
  const prepare = (text: string) => connection.prepare(text);
  const bury = prepare(
    `update alert_events set delivery = 'dead', due_at_ms = null, last_at_ms = @nowMs, status = null, answer = null,
       error = '${OVERTAKEN}', duration_ms = 0
     where due_at_ms <= @nowMs and exists (
       select 1 from alert_events later
       where later.alert = alert_events.alert and later.seq > alert_events.seq and later.message is not null)`,
  );
  const due = prepare(
    `select e.seq, e.id, a.id as alertId, a.spec, a.hmac_key as hmacKey, e.message as body, e.attempt, e.token
     from alert_events e join alerts a on a.seq = e.alert where e.due_at_ms <= ? order by e.due_at_ms, e.seq limit ?`,
  );
  const lease = prepare(
    `update alert_events set delivery = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = ? where seq = ?`,
  );
  const isHeld = `id = @id and token = @token and delivery = 'leased'`;
  const tried = prepare(
    `update alert_events set last_at_ms = @atMs, status = @status, error = @error, answer = @answer, duration_ms = @durationMs
     where ${isHeld}`,
  );
  const move = prepare(
    `update alert_events set delivery = @state, due_at_ms = @dueAtMs, attempt = attempt - @uncounted where ${isHeld}`,
  );
  const renew = prepare(`update alert_events set due_at_ms = @leaseUntilMs where ${isHeld}`);
  const release = prepare(
    `update alert_events set delivery = 'pending', attempt = attempt - 1, due_at_ms = @nowMs where ${isHeld}`,
  );
  const leaseOf = ({ id, token }: ClaimedNotice): { id: Buffer; token: number } => ({ id: bytesOfUuid(id), token });
  return {
    claimNotices({ limit, nowMs, leaseUntilMs }: NoticeClaim): ClaimedNotice[] {
      bury.run({ nowMs });
      const rows = due.all(nowMs, limit) as DueRow[];
      return rows.map(({ seq, id, alertId, spec, hmacKey, body, attempt, token }) => {
        lease.run(leaseUntilMs, seq);
        return {
          id: uuidOfBytes(id),
          alertId: uuidOfBytes(alertId),
          destination: (JSON.parse(spec) as AlertSpec).destination,
          hmacKey,
          body,
          attempt: attempt + 1,
          token: token + 1,
        };
      });
    },

    completeNotices(effects: readonly NoticeEffect[]): { fenced: number } {
      let fenced = 0;
      for (const effect of effects) {
        const held = leaseOf(effect.job);
        if (effect.attempt !== undefined) tried.run({ ...held, atMs: effect.atMs, ...effect.attempt });
        const uncounted = effect.countsAttempt === false ? 1 : 0;
        fenced += move.run({ ...held, ...deliveryAfter(effect), uncounted }).changes === 0 ? 1 : 0;
      }
      return { fenced };
    },

    renewNotices(notices: readonly ClaimedNotice[], leaseUntilMs: number): void {
      for (const one of notices) renew.run({ ...leaseOf(one), leaseUntilMs });
    },

    releaseNotices(notices: readonly ClaimedNotice[], nowMs: number): void {
      for (const one of notices) release.run({ ...leaseOf(one), nowMs });
    },
  };
}
