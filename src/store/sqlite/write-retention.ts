/** Writing how long projects keep their logs, and whose turn it is to see to it. */
import type { Statement } from 'better-sqlite3';
import type { Act } from '../audit.ts';
import type { ProjectRetention } from '../retention.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import type { WriteAudit } from './write-audit.ts';

const TURN = 'retention';

export class WriteRetention {
  readonly #projects: Projects;
  readonly #audit: WriteAudit;
  readonly #set: Statement;
  readonly #take: Statement;
  readonly #end: Statement;

  constructor(connection: Connection, parts: { projects: Projects; audit: WriteAudit }) {
    this.#projects = parts.projects;
    this.#audit = parts.audit;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#set = prepare(
      `insert into project_settings (project, body_days, log_days) values (?, ?, ?)
       on conflict do update set body_days = excluded.body_days, log_days = excluded.log_days`,
    );
    this.#take = prepare(
      `insert into turns (name, due_at_ms, holder, lease_until_ms) values ('${TURN}', @nowMs, @holder, @leaseUntilMs)
       on conflict do update set holder = @holder, lease_until_ms = @leaseUntilMs
       where due_at_ms <= @nowMs and (holder = @holder or lease_until_ms <= @nowMs)`,
    );
    this.#end = prepare(
      `update turns set due_at_ms = @dueAtMs, lease_until_ms = 0 where name = '${TURN}' and holder = @holder`,
    );
  }

  set(projectId: string, { bodyDays, logDays }: ProjectRetention, act: Act): void {
    const project = this.#projects.seqOf(projectId, act.atMs);
    this.#set.run(project, bodyDays, logDays);
    this.#audit.note(project, 'retention.changed', { ...act, details: { bodyDays, logDays } }, 1);
  }

  takeTurn(holder: string, nowMs: number, leaseUntilMs: number): boolean {
    return this.#take.run({ holder, nowMs, leaseUntilMs }).changes > 0;
  }

  endTurn(holder: string, dueAtMs: number): void {
    this.#end.run({ holder, dueAtMs });
  }
}
