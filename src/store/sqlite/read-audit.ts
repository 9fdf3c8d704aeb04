/** Reading the audit, newest first. */
import type { Statement } from 'better-sqlite3';
import type { Act, AuditRow } from '../audit.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

interface Row extends Omit<AuditRow, 'id' | 'keyId' | 'details'> {
  id: Buffer;
  key: Buffer | null;
  details: string | null;
}

export class ReadAudit {
  readonly #list: Statement;

  constructor(connection: Connection) {
    this.#list = connection.prepare(
      `select a.seq, a.id, a.at_ms as atMs, a.actor, a.key, k.name as keyName, a.action, a.target, a.count, a.details
       from audit a left join keys k on k.id = a.key
       where a.project = (select seq from projects where id = ?) and a.seq < ? order by a.seq desc limit ?`,
    );
  }

  list(projectId: string, { after, limit }: { after: number | null; limit: number }): AuditRow[] {
    const rows = this.#list.all(bytesOfUuid(projectId), after ?? Number.MAX_SAFE_INTEGER, limit) as Row[];
    return rows.map(({ id, key, details, ...row }) => ({
      ...row,
      id: uuidOfBytes(id),
      keyId: key && uuidOfBytes(key),
      details: details === null ? null : (JSON.parse(details) as Act['details']),
    }));
  }
}
