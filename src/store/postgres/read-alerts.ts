/** Alerts and their events, read. SQLite's read-alerts.ts says what each answers. */
import type { Alert } from '../../model/alert.ts';
import { type AlertRecord, type AlertRow, alertOf, type EventRow, recordOf } from '../alerts.ts';
import type { Session } from './connection.ts';

const ALERTS = `select a.id, p.id as "projectId", a.spec, a.hmac_key as "hmacKey", a.managed_by as "managedBy",
    a.created_at_ms as "createdAtMs", a.changed_at_ms as "changedAtMs", a.revision, a.standing
  from alerts a join projects p on p.seq = a.project`;

export function alertReads(session: Session) {
  const select = async (rest: string, values: unknown[]): Promise<Alert[]> =>
    (await session.rows<AlertRow & Record<string, unknown>>(`${ALERTS} ${rest}`, values)).map(alertOf);
  return {
    enabledAlerts: (): Promise<Alert[]> => select('where a.enabled = 1 order by a.seq', []),

    listAlerts: (projectId: string): Promise<Alert[]> =>
      select('where p.id = $1 order by a.name collate "C"', [projectId]),

    findAlert: async (projectId: string, name: string): Promise<Alert | undefined> =>
      (await select('where p.id = $1 and a.name = $2', [projectId, name]))[0],

    async alertHistory(
      projectId: string,
      name: string,
      { limit, cursor }: { limit: number; cursor: number | null },
    ): Promise<{ records: AlertRecord[]; next: number | null } | undefined> {
      const [alert] = await session.rows<{ seq: number; id: string }>(
        'select a.seq, a.id from alerts a join projects p on p.seq = a.project where p.id = $1 and a.name = $2',
        [projectId, name],
      );
      if (alert === undefined) return undefined;
      const rows = await session.rows<Omit<EventRow, 'alertId'> & Record<string, unknown>>(
        `select seq, id, state, is_repeat as "isRepeat", at_ms as "atMs", finding, delivery, attempt, due_at_ms as "dueAtMs",
           last_at_ms as "lastAtMs", status, error, answer, duration_ms as "durationMs"
         from alert_events where alert = $1 and seq < $2 order by seq desc limit $3`,
        [alert.seq, cursor ?? Number.MAX_SAFE_INTEGER, limit + 1],
      );
      const page = rows.slice(0, limit);
      return {
        records: page.map((row) => recordOf({ ...row, alertId: alert.id })),
        next: rows.length > limit ? page.at(-1)!.seq : null,
      };
    },
  };
}
