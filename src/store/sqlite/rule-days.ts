/** Days of rules: what matched is added on the writer's connection, and what is taken counted in the transaction of ingest. */
import type { Statement } from 'better-sqlite3';
import { dateBefore } from '../../model/day.ts';
import { type MatchedOfDay, RULE_DAY_KEPT_MS, type RuleDay, type TakenOfDay } from '../rule-days.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const SELECT = `select p.id as projectId, d.rule, d.stratum, d.date, d.matched, d.taken, d.first_ms as firstMs, d.used_up_at_ms as usedUpAtMs
  from rule_days d join projects p on p.seq = d.project`;
const SWEEP_MS = 3_600_000;

type Row = Omit<RuleDay, 'projectId'> & { projectId: Buffer };

export function ruleDayReads(connection: Connection) {
  const ofProject = connection.prepare(`${SELECT} where p.id = ? and d.date = ? order by d.rule, d.stratum`);
  return {
    listRuleDays: (projectId: string, date: string): RuleDay[] =>
      (ofProject.all(bytesOfUuid(projectId), date) as Row[]).map(read),
  };
}

export function ruleDayWrites(connection: Connection, projects: Projects) {
  const add = connection.prepare(
    `insert into rule_days (project, rule, stratum, date, matched, taken, first_ms, changed_at_ms)
     values (@project, @rule, @stratum, @date, @matched, 0, @firstMs, @nowMs)
     on conflict do update set matched = matched + excluded.matched, changed_at_ms = excluded.changed_at_ms,
       first_ms = min(coalesce(first_ms, excluded.first_ms), excluded.first_ms)`,
  );
  const find = connection.prepare(
    `${SELECT} where d.project = ? and d.rule = ? and d.stratum = ? and d.date in (?, ?)`,
  );
  const since = connection.prepare(`${SELECT} where d.date >= ? order by d.project, d.rule, d.stratum, d.date`);
  const sweep = connection.prepare('delete from rule_days where changed_at_ms < ?');
  let sweptAtMs = 0;
  return {
    countRuleDays(seen: readonly MatchedOfDay[], nowMs: number): RuleDay[] {
      if (nowMs - sweptAtMs > SWEEP_MS) {
        sweep.run(nowMs - RULE_DAY_KEPT_MS);
        sweptAtMs = nowMs;
      }
      return seen.flatMap(({ projectId, ...one }) => {
        const project = projects.seqOf(projectId, nowMs);
        add.run({ ...one, project, nowMs });
        return (find.all(project, one.rule, one.stratum, one.date, dateBefore(one.date)) as Row[]).map(read);
      });
    },

    ruleDaysSince: (date: string): RuleDay[] => (since.all(date) as Row[]).map(read),
  };
}

export class TakeOfDay {
  readonly #take: Statement;

  constructor(connection: Connection) {
    this.#take = connection.prepare(
      `insert into rule_days (project, rule, stratum, date, matched, taken, used_up_at_ms, changed_at_ms)
       values (@project, @rule, @stratum, @date, 0, 1, iif(@most = 1, @nowMs, null), @nowMs)
       on conflict do update set taken = taken + 1, changed_at_ms = @nowMs,
         used_up_at_ms = iif(taken + 1 >= @most, @nowMs, null)
       where taken < @most`,
    );
  }

  /** Counts one more. False where the day's number is used up. Must be called inside a transaction. */
  take(project: number, of: TakenOfDay, nowMs: number): boolean {
    return this.#take.run({ ...of, project, nowMs }).changes > 0;
  }
}

function read(row: Row): RuleDay {
  return { ...row, projectId: uuidOfBytes(row.projectId) };
}
