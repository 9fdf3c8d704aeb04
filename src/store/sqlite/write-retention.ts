/** Writing how long projects keep their logs. */
import type { Statement } from 'better-sqlite3';
import type { Act } from '../audit.ts';
import type { ProjectRetention } from '../retention.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import type { WriteAudit } from './write-audit.ts';

export class WriteRetention {
  readonly #projects: Projects;
  readonly #audit: WriteAudit;
  readonly #set: Statement;

  constructor(connection: Connection, parts: { projects: Projects; audit: WriteAudit }) {
    this.#projects = parts.projects;
    this.#audit = parts.audit;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#set = prepare(
      `insert into project_settings (project, body_days, log_days) values (?, ?, ?)
       on conflict do update set body_days = excluded.body_days, log_days = excluded.log_days`,
    );
  }

  set(projectId: string, { bodyDays, logDays }: ProjectRetention, act: Act): void {
    const project = this.#projects.seqOf(projectId, act.atMs);
    this.#set.run(project, bodyDays, logDays);
    this.#audit.note(project, 'retention.changed', { ...act, details: { bodyDays, logDays } }, 1);
  }
}
