/** Alerts and their events, read. */
import type { Alert } from '../../model/alert.ts';
import { type AlertRecord, type AlertRow, alertOf, type EventRow, recordOf } from '../alerts.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

type StoredAlert = Omit<AlertRow, 'id' | 'projectId'> & { id: Buffer; projectId: Buffer };
type StoredEvent = Omit<EventRow, 'id' | 'alertId'> & { id: Buffer };

const ALERTS = `select a.id, p.id as projectId, a.spec, a.hmac_key as hmacKey, a.managed_by as managedBy,
    a.created_at_ms as createdAtMs, a.changed_at_ms as changedAtMs, a.revision, a.standing
  from alerts a join projects p on p.seq = a.project`;

export function alertReads(connection: Connection) {
  const enabled = connection.prepare(`${ALERTS} where a.enabled = 1 order by a.seq`);
  const ofProject = connection.prepare(`${ALERTS} where p.id = ? order by a.name`);
  const one = connection.prepare(`${ALERTS} where p.id = ? and a.name = ?`);
  const place = connection.prepare(
    'select a.seq, a.id from alerts a join projects p on p.seq = a.project where p.id = ? and a.name = ?',
  );
  const events = connection.prepare(
    `select seq, id, state, is_repeat as isRepeat, at_ms as atMs, finding, delivery, attempt, due_at_ms as dueAtMs,
       last_at_ms as lastAtMs, status, error, answer, duration_ms as durationMs
     from alert_events where alert = ? and seq < ? order by seq desc limit ?`,
  );
  const read = (row: StoredAlert): Alert =>
    alertOf({ ...row, id: uuidOfBytes(row.id), projectId: uuidOfBytes(row.projectId) });

  return {
    enabledAlerts: (): Alert[] => (enabled.all() as StoredAlert[]).map(read),

    listAlerts: (projectId: string): Alert[] => (ofProject.all(bytesOfUuid(projectId)) as StoredAlert[]).map(read),

    findAlert(projectId: string, name: string): Alert | undefined {
      const row = one.get(bytesOfUuid(projectId), name) as StoredAlert | undefined;
      return row && read(row);
    },

    alertHistory(
      projectId: string,
      name: string,
      { limit, cursor }: { limit: number; cursor: number | null },
    ): { records: AlertRecord[]; next: number | null } | undefined {
      const alert = place.get(bytesOfUuid(projectId), name) as { seq: number; id: Buffer } | undefined;
      if (alert === undefined) return undefined;
      const rows = events.all(alert.seq, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1) as StoredEvent[];
      const page = rows.slice(0, limit);
      const alertId = uuidOfBytes(alert.id);
      return {
        records: page.map((row) => recordOf({ ...row, id: uuidOfBytes(row.id), alertId })),
        next: rows.length > limit ? page.at(-1)!.seq : null,
      };
    },
  };
}
