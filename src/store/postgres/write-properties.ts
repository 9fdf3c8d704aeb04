/** Setting a property of a committed log: its row, and which logs have the property. Who does so holds the lock of the log. */
import type { Pool } from 'pg';
import { propertyName } from '../../model/property.ts';
import { isStorable } from '../queries/storable.ts';
import { isFieldName } from '../rollups/rolled.ts';
import { cleaned, sessionOf } from './connection.ts';
import { findLog } from './find-log.ts';
import type { Interned } from './interned.ts';
import { lockLogs } from './locks.ts';
import { storableJson } from './log-columns.ts';
import { inTransaction } from './transaction.ts';
import type { UnusedNames } from './unused-names.ts';
import type { WriteRollups } from './write-rollups.ts';

export class WriteProperties {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #rollups: WriteRollups;
  readonly #names: UnusedNames;

  constructor(pool: Pool, parts: { interned: Interned; rollups: WriteRollups; names: UnusedNames }) {
    this.#pool = pool;
    this.#interned = parts.interned;
    this.#rollups = parts.rollups;
    this.#names = parts.names;
  }

  /** Hides a property from lists, or shows it again. Whether there was such a one. */
  async setHidden(projectId: string, given: string, hidden: boolean): Promise<boolean> {
    const name = propertyName(given);
    if (isFieldName(name) || !isStorable(name, { holdsNul: false })) return false;
    const named = 'project = (select seq from projects where id = $1) and name = $2';
    const rows = await sessionOf(this.#pool).rows(
      hidden
        ? `insert into hidden_properties (project, name) select project, name from properties where ${named} limit 1
           on conflict (project, name) do update set name = excluded.name returning name`
        : `delete from hidden_properties where ${named} returning name`,
      [projectId, name],
    );
    return rows.length > 0;
  }

  /** Sets a property of the newest log with this id. Whether there is one. */
  async set(projectId: string, id: string, given: string, text: string, nowMs: number): Promise<boolean> {
    const project = await this.#interned.project(projectId, nowMs);
    const [name, value] = cleaned([propertyName(given), text]) as [string, string];
    const key = { project, name };
    let was: string | undefined;
    const isThere = await inTransaction(this.#pool, async (session) => {
      // Before the name is interned: of a log that is not there, none must stay.
      const log = await findLog(session, projectId, id);
      if (log === undefined) return false;
      await this.#interned.hold(session);
      const pair = [...(await this.#interned.pairs([{ ...key, value }])).values()][0]!;
      await lockLogs(session, [log]);
      const [row] = await session.rows<{ startedAtMs: number; properties: string | null }>(
        'select started_at_ms as "startedAtMs", properties from logs where seq = $1',
        [log],
      );
      if (row === undefined) return false;
      const now = new Map(
        row.properties === null ? [] : Object.entries(JSON.parse(row.properties) as Record<string, string>),
      );
      was = now.get(name);
      if (was === value) return true;
      // Before the row changes: it looks at the row as it was.
      await this.#rollups.movePair(session, log, name, was ?? null, value);
      if (was !== undefined)
        await session.rows(
          `delete from log_properties where started_at_ms = $1 and log = $2 and property in (
             select id from properties where project = $3 and name = $4 and md5(value) = md5($5))`,
          [row.startedAtMs, log, project, name, was],
        );
      await session.rows(
        'insert into log_properties (property, started_at_ms, log) values ($1, $2, $3) on conflict do nothing',
        [pair, row.startedAtMs, log],
      );
      await session.rows('update logs set properties = $1 where seq = $2', [storableJson(now.set(name, value)), log]);
      return true;
    });
    if (was !== undefined && was !== value) await this.#names.remove(project, { properties: [[name, was]] });
    return isThere;
  }
}
