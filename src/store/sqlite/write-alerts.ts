/** Alerts as rows: put, removed, and what checks came to, with its event in the same transaction. */
import type { AlertEvent, AlertSpec } from '../../model/alert.ts';
import { type Before, planPut, type Put, type PutAlert, type Settlement } from '../alerts.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid } from './uuid.ts';

export function alertWrites(connection: Connection, projects: Projects) {
  const prepare = (text: string) => connection.prepare(text);
  const known = prepare('select spec, managed_by as managedBy, standing from alerts where project = ? and name = ?');
  const count = prepare('select count(*) from alerts where project = ?').pluck();
  const put = prepare(
    `insert into alerts (id, project, name, spec, enabled, hmac_key, managed_by, created_at_ms, changed_at_ms, revision, standing)
     values (@id, @project, @name, @spec, @enabled, @hmacKey, @managedBy, @nowMs, @nowMs, 1, @standing)
     on conflict (project, name) do update set spec = @spec, enabled = @enabled, managed_by = @managedBy,
       changed_at_ms = @nowMs, revision = revision + 1, standing = @standing`,
  );
  const remove = prepare(
    `delete from alerts where project = (select seq from projects where id = ?) and name = ? and managed_by = ?
     returning seq`,
  ).pluck();
  const removeEvents = prepare('delete from alert_events where alert = ?');
  const settle = prepare(
    `update alerts set standing = @standing, revision = revision + 1 where id = @id and revision = @revision returning seq`,
  ).pluck();
  const note = prepare(
    `insert into alert_events (id, alert, state, is_repeat, at_ms, finding, message, delivery, attempt, token, due_at_ms)
     values (@id, @alert, @state, @isRepeat, @atMs, @finding, @message, @delivery, 0, 0, @dueAtMs)`,
  );
  const old = prepare(
    `delete from alert_events where seq in (
       select e.seq from alerts a join alert_events e on e.alert = a.seq
       where e.at_ms < @beforeMs or e.seq <= (
         select seq from alert_events where alert = a.seq order by seq desc limit 1 offset @keep)
       order by e.seq limit @limit)`,
  );
  return {
    putAlert(projectId: string, spec: AlertSpec, options: PutAlert): Put {
      const project = projects.seqOf(projectId, options.nowMs);
      const { name, enabled } = spec;
      const plan = planPut(known.get(project, name) as Before | undefined, count.get(project) as number, spec, options);
      if ('refused' in plan) return plan;
      const { id, hmacKey, managedBy, nowMs } = options;
      const row = { id: bytesOfUuid(id), project, name, hmacKey, managedBy, nowMs, enabled: enabled ? 1 : 0 };
      if (plan.isChange) put.run({ ...row, spec: plan.spec, standing: plan.standing });
      return { isNew: plan.isNew };
    },

    removeAlert(projectId: string, name: string, managedBy: PutAlert['managedBy']): boolean {
      const seq = remove.get(bytesOfUuid(projectId), name, managedBy) as number | undefined;
      if (seq !== undefined) removeEvents.run(seq);
      return seq !== undefined;
    },

    settleAlerts(settlements: readonly Settlement[]): number {
      let settled = 0;
      for (const { alertId, revision, standing, event } of settlements) {
        const given = { id: bytesOfUuid(alertId), revision, standing: JSON.stringify(standing) };
        const alert = settle.get(given) as number | undefined;
        if (alert === undefined) continue;
        if (event !== undefined) note.run({ ...eventColumns(event), alert });
        settled += 1;
      }
      return settled;
    },

    sweepAlertEvents: (beforeMs: number, keep: number, limit: number): number =>
      old.run({ beforeMs, keep, limit }).changes,
  };
}

function eventColumns({ id, state, isRepeat, atMs, finding, message }: AlertEvent): Record<string, unknown> {
  return {
    id: bytesOfUuid(id),
    state,
    isRepeat: isRepeat ? 1 : 0,
    atMs,
    finding: JSON.stringify(finding),
    message,
    delivery: message === null ? null : 'pending',
    dueAtMs: message === null ? null : atMs,
  };
}
