/** Changing a property of a log that is committed: its row, the index of properties, and what is rolled up under the value; and hiding one. */
import type { Statement } from 'better-sqlite3';
import { propertyName } from '../../model/property.ts';
import { propertiesJson } from '../log-parts.ts';
import { isFieldName } from '../rollups/rolled.ts';
import type { Connection } from './connection.ts';
import type { FindLog } from './find-log.ts';
import type { Projects } from './projects.ts';
import type { PropertyPairs } from './property-pairs.ts';
import { RemovalNotes } from './removal-notes.ts';
import type { UnusedNames } from './unused-names.ts';
import { bytesOfUuid } from './uuid.ts';
import type { WriteRollups } from './write-rollups.ts';

interface Row {
  startedAtMs: number;
  properties: string | null;
}

export class WriteProperties {
  readonly #find: FindLog;
  readonly #projects: Projects;
  readonly #pairs: PropertyPairs;
  readonly #rollups: WriteRollups;
  readonly #names: UnusedNames;
  readonly #notes: RemovalNotes;
  readonly #hide: Statement;
  readonly #show: Statement;
  readonly #row: Statement;
  readonly #set: Statement;
  readonly #remove: Statement;
  readonly #add: Statement;

  constructor(
    connection: Connection,
    parts: { find: FindLog; projects: Projects; pairs: PropertyPairs; rollups: WriteRollups; names: UnusedNames },
  ) {
    this.#find = parts.find;
    this.#projects = parts.projects;
    this.#pairs = parts.pairs;
    this.#rollups = parts.rollups;
    this.#names = parts.names;
    this.#notes = new RemovalNotes(connection);
    const named = '(select seq from projects where id = @id) and name = @name';
    this.#hide = connection.prepare(
      `insert into hidden_properties (project, name) select project, name from properties where project = ${named} limit 1
       on conflict do update set name = excluded.name`,
    );
    this.#show = connection.prepare(`delete from hidden_properties where project = ${named}`);
    this.#row = connection.prepare('select started_at_ms as startedAtMs, properties from logs where seq = ?');
    this.#set = connection.prepare('update logs set properties = ? where seq = ?');
    this.#remove = connection.prepare(
      'delete from log_properties where property = ? and started_at_ms = ? and log = ?',
    );
    this.#add = connection.prepare(
      'insert or ignore into log_properties (property, started_at_ms, log) values (?, ?, ?)',
    );
  }

  /** Hides a property from lists, or shows it again. Whether the project has it. */
  setHidden(projectId: string, given: string, hidden: boolean): boolean {
    const named = { id: bytesOfUuid(projectId), name: propertyName(given) };
    return !isFieldName(named.name) && (hidden ? this.#hide : this.#show).run(named).changes > 0;
  }

  /** Sets a property of the newest log with this id. Whether there is one. */
  set(projectId: string, id: string, given: string, value: string, nowMs: number): boolean {
    const log = this.#find.seqOf(projectId, id);
    if (log === undefined) return false;
    const project = this.#projects.seqOf(projectId, nowMs);
    const name = propertyName(given);
    const { startedAtMs, properties } = this.#row.get(log) as Row;
    const now = new Map(properties === null ? [] : Object.entries(JSON.parse(properties) as Record<string, string>));
    const was = now.get(name);
    if (was === value) return true;
    // Before the row changes: it looks at the row as it was.
    this.#rollups.movePair(log, name, was ?? null, value);
    if (was !== undefined) this.#remove.run(this.#pairs.idOf(project, name, was), startedAtMs, log);
    this.#add.run(this.#pairs.idOf(project, name, value), startedAtMs, log);
    this.#set.run(propertiesJson(now.set(name, value)), log);
    if (was !== undefined && this.#names.property(project, name, was)) this.#notes.value();
    return true;
  }
}
