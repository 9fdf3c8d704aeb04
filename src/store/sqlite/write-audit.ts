/** Writing the audit, in the transaction of what it tells of. Rows are never removed, and changed only while their act goes on. */
import type { Statement } from 'better-sqlite3';
import type { Act, AuditedAction } from '../audit.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid } from './uuid.ts';

export class WriteAudit {
  readonly #note: Statement;
  readonly #noteOnce: Statement;

  constructor(connection: Connection) {
    const insert = `insert into audit (id, at_ms, project, actor, key, action, target, count, details)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do`;
    this.#note = connection.prepare(`${insert} update set count = count + excluded.count`);
    this.#noteOnce = connection.prepare(`${insert} nothing`);
  }

  /** Counts what an act has done; nothing where it has done nothing. */
  note(project: number, action: AuditedAction, act: Act, count: number): void {
    if (count > 0) this.#note.run(...valuesOf(project, action, act, count));
  }

  /** Notes an act that counts once, however often it is noted. */
  noteOnce(project: number, action: AuditedAction, act: Act): void {
    this.#noteOnce.run(...valuesOf(project, action, act, 1));
  }
}

function valuesOf(project: number, action: AuditedAction, act: Act, count: number): unknown[] {
  const { id, atMs, actor, keyId, target, details } = act;
  const key = keyId === null ? null : bytesOfUuid(keyId);
  const json = details === null ? null : JSON.stringify(details);
  return [bytesOfUuid(id), atMs, project, actor, key, action, target, count, json];
}
