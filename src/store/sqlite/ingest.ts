/**
 * Ingest: logs with their properties, bodies, jobs, evaluations and waiting scores, inside the transaction of the group commit.
 * This is the path that every call takes, so its statements are prepared once and by hand (drizzle's builder costs
 * 50 µs an insert, a prepared statement 3).
 */
import type { Statement } from 'better-sqlite3';
import type { NewJob, NewLog } from '../store.ts';
import { packBlock } from '../blocks.ts';
import type { Connection } from './connection.ts';
import { LOG_COLUMNS, logValues } from './log-columns.ts';
import { blocksOf, byProject, idsOf, partsOf } from '../log-parts.ts';
import type { PropertyPairs } from './property-pairs.ts';
import type { Projects } from './projects.ts';
import { TakeOfDay } from './rule-days.ts';
import { bytesOfUuid } from './uuid.ts';
import type { WriteChanges } from './write-changes.ts';
import type { WriteEvaluations } from './write-evaluations.ts';
import type { WriteScores } from './write-scores.ts';

export interface IngestResult {
  /** Logs that were new; one that is already there (a spool read twice) is passed over. */
  inserted: number;
  /** Evaluations and deliveries that wait for their consumers now. */
  jobs: number;
  /** Scores that had been waiting for these logs. */
  attached: number;
}

export class Ingest {
  readonly #pairs: PropertyPairs;
  readonly #projects: Projects;
  readonly #scores: WriteScores;
  readonly #changes: WriteChanges;
  readonly #evaluations: WriteEvaluations;
  readonly #next: Statement;
  readonly #log: Statement;
  readonly #block: Statement;
  readonly #property: Statement;
  readonly #job: Statement;
  readonly #unstart: Statement;
  readonly #exists: Statement;
  readonly #delivery: Statement;
  readonly #anyWaiting: Statement;
  readonly #days: TakeOfDay;

  constructor(
    connection: Connection,
    parts: {
      pairs: PropertyPairs;
      projects: Projects;
      scores: WriteScores;
      changes: WriteChanges;
      evaluations: WriteEvaluations;
    },
  ) {
    this.#pairs = parts.pairs;
    this.#projects = parts.projects;
    this.#scores = parts.scores;
    this.#changes = parts.changes;
    this.#evaluations = parts.evaluations;
    this.#days = new TakeOfDay(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    // Behind those that were removed, too: what the word index says of a number holds for one log only.
    this.#next = prepare(
      `select 1 + max((select coalesce(max(seq), 0) from logs), (select coalesce(max(last), 0) from removals))`,
    ).pluck();
    this.#log = prepare(
      `insert into logs (seq, ${LOG_COLUMNS.join(', ')}) values (?, ${LOG_COLUMNS.map(() => '?').join(', ')})`,
    );
    this.#block = prepare('insert into blocks (project, bytes) values (?, ?)');
    this.#property = prepare('insert or ignore into log_properties (property, started_at_ms, log) values (?, ?, ?)');
    this.#job = prepare(
      `insert into jobs (project, log, evaluator, version, priority, paid_by, state, attempt, token, due_at_ms)
       values (?, ?, ?, ?, ?, ?, 'pending', 0, 0, ?)`,
    );
    // One that was removed or disabled meanwhile is told of nothing.
    this.#delivery = prepare(
      `insert into deliveries (webhook, log, state, attempt, token, due_at_ms, created_at_ms)
       select seq, ?, 'pending', 0, 0, ?, ? from webhooks where id = ? and project = ? and disabled_at_ms is null`,
    );
    this.#unstart = prepare('delete from started where id = ?');
    this.#exists = prepare('select 1 from logs where id = ?').pluck();
    this.#anyWaiting = prepare('select 1 from waiting_scores limit 1').pluck();
  }

  /**
   * Inserts logs, in order. `check` says that some may be there already (they come from a spool).
   * Must be called inside a transaction.
   */
  insert(logs: readonly NewLog[], options: { check: boolean; nowMs: number }): IngestResult {
    const result: IngestResult = { inserted: 0, jobs: 0, attached: 0 };
    const fresh = options.check ? logs.filter((log) => this.#exists.get(bytesOfUuid(log.id)) === undefined) : logs;
    const waiting = this.#anyWaiting.get() !== undefined;
    const first = this.#next.get() as number;
    let next = first;
    const awaited: [project: number, seq: number, log: NewLog][] = [];
    const evaluated: [project: number, seq: number, log: NewLog][] = [];
    for (const [projectId, own] of byProject(fresh)) {
      const project = this.#projects.seqOf(projectId, options.nowMs);
      for (const group of blocksOf(own)) {
        const block = this.#block.run(project, packBlock(group.map((log) => partsOf(log)))).lastInsertRowid;
        for (const [slot, log] of group.entries()) {
          const seq = next++;
          this.#insertLog(seq, log, project, { block: Number(block), slot });
          result.jobs += this.#insertJobs(log, project, seq, options.nowMs);
          result.jobs += this.#insertDeliveries(log, project, seq, options.nowMs);
          if (waiting) awaited.push([project, seq, log]);
          if (log.evaluations !== undefined) evaluated.push([project, seq, log]);
        }
      }
    }
    this.#changes.logs(first, next - 1, options.nowMs);
    for (const [project, seq, log] of evaluated)
      for (const evaluation of log.evaluations!) this.#evaluations.write(project, seq, evaluation);
    for (const [project, seq, log] of awaited)
      result.attached += this.#scores.attach(project, seq, idsOf(log), options.nowMs);
    result.inserted = next - first;
    return result;
  }

  /** A call that was noted as started is over. */
  finishStarted(id: string): void {
    this.#unstart.run(bytesOfUuid(id));
  }

  #insertLog(seq: number, log: NewLog, project: number, { block, slot }: { block: number; slot: number }): void {
    this.#log.run(seq, ...logValues(log, project, block, slot));
    for (const [name, value] of log.properties)
      this.#property.run(this.#pairs.idOf(project, name, value), log.startedAtMs, seq);
  }

  #insertJobs(log: NewLog, project: number, seq: number, nowMs: number): number {
    let inserted = 0;
    for (const one of log.evaluators) {
      const job: NewJob = typeof one === 'string' ? { name: one } : one;
      if (job.perDay !== undefined && !this.#days.take(project, job.perDay, nowMs)) continue;
      this.#job.run(project, seq, job.name, job.version ?? null, job.priority ?? 0, job.paidBy ?? null, nowMs);
      inserted += 1;
    }
    return inserted;
  }

  #insertDeliveries({ webhooks }: NewLog, project: number, seq: number, nowMs: number): number {
    let inserted = 0;
    for (const id of webhooks ?? [])
      inserted += this.#delivery.run(seq, nowMs, nowMs, bytesOfUuid(id), project).changes;
    return inserted;
  }
}
