/** Alerts as rows. SQLite's write-alerts.ts says what each does. */
import type { Pool } from 'pg';
import type { AlertSpec } from '../../model/alert.ts';
import { type Before, planPut, type Put, type PutAlert, type Settlement } from '../alerts.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

export function alertWrites(pool: Pool, interned: Interned) {
  return {
    async putAlert(projectId: string, spec: AlertSpec, options: PutAlert): Promise<Put> {
      const project = await interned.project(projectId, options.nowMs);
      return inTransaction(pool, (session) => put(session, project, spec, options));
    },

    async removeAlert(projectId: string, name: string, managedBy: PutAlert['managedBy']): Promise<boolean> {
      return inTransaction(pool, async (session) => {
        const [row] = await session.rows<{ seq: number }>(
          `delete from alerts where project = (select seq from projects where id = $1) and name = $2 and managed_by = $3
           returning seq`,
          [projectId, name, managedBy],
        );
        if (row !== undefined) await session.rows('delete from alert_events where alert = $1', [row.seq]);
        return row !== undefined;
      });
    },

    async settleAlerts(settlements: Settlement[]): Promise<number> {
      return inTransaction(pool, async (session) => {
        let settled = 0;
        for (const one of settlements) settled += (await settle(session, one)) ? 1 : 0;
        return settled;
      });
    },

    async sweepAlertEvents(beforeMs: number, keep: number, limit: number): Promise<number> {
      const rows = await sessionOf(pool).rows(
        `delete from alert_events where seq in (
           select e.seq from alerts a join alert_events e on e.alert = a.seq
           where e.at_ms < $1 or e.seq <= (
             select seq from alert_events where alert = a.seq order by seq desc limit 1 offset $2)
           order by e.seq limit $3)
         returning 1`,
        [beforeMs, keep, limit],
      );
      return rows.length;
    },
  };
}

async function put(session: Session, project: number, given: AlertSpec, options: PutAlert): Promise<Put> {
  // Held so that two who put at once do not both find room for themselves.
  await session.rows('select from projects where seq = $1 for update', [project]);
  const { name, enabled } = given;
  const [before] = await session.rows<Before & Record<string, unknown>>(
    'select spec, managed_by as "managedBy", standing from alerts where project = $1 and name = $2 for update',
    [project, name],
  );
  const [there] = await session.rows<{ count: number }>('select count(*) as count from alerts where project = $1', [
    project,
  ]);
  const plan = planPut(before, there!.count, given, options);
  if ('refused' in plan) return plan;
  const { id, hmacKey, managedBy, nowMs } = options;
  if (plan.isChange)
    await session.rows(
      `insert into alerts (id, project, name, spec, enabled, hmac_key, managed_by, created_at_ms, changed_at_ms, revision, standing)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, $9)
       on conflict (project, name) do update set spec = excluded.spec, enabled = excluded.enabled,
         managed_by = excluded.managed_by, changed_at_ms = excluded.changed_at_ms, revision = alerts.revision + 1,
         standing = excluded.standing`,
      [id, project, name, plan.spec, enabled ? 1 : 0, hmacKey, managedBy, nowMs, plan.standing],
    );
  return { isNew: plan.isNew };
}

async function settle(session: Session, { alertId, revision, standing, event }: Settlement): Promise<boolean> {
  const [row] = await session.rows<{ seq: number }>(
    'update alerts set standing = $3, revision = revision + 1 where id = $1 and revision = $2 returning seq',
    [alertId, revision, JSON.stringify(standing)],
  );
  if (row === undefined) return false;
  if (event !== undefined) {
    const { id, state, isRepeat, atMs, finding, message } = event;
    const due = message === null ? [null, null] : ['pending', atMs];
    await session.rows(
      `insert into alert_events (id, alert, state, is_repeat, at_ms, finding, message, delivery, attempt, token, due_at_ms)
       values ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9)`,
      [id, row.seq, state, isRepeat ? 1 : 0, atMs, JSON.stringify(finding), message, ...due],
    );
  }
  return true;
}
