/** What rules with a budget have spent and set aside, on SQLite. What it means: store/budgets.ts. */
import type { Statement } from 'better-sqlite3';
import { dayAt, monthAt } from '../../model/budget.ts';
import {
  decide,
  DEFERRED_COUNTED,
  RECONSIDERED_AT_ONCE,
  type Reservation,
  type Reserved,
  type Spending,
  type Spent,
} from '../budgets.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid } from './uuid.ts';

const SPENT = `select
    (select coalesce(sum(spent_usd), 0) from spendings
     where project = @project and rule = @rule and day_ms >= @dayMs and day_ms < @nextDayMs) as dayUsd,
    (select coalesce(sum(spent_usd), 0) from spendings
     where project = @project and rule = @rule and day_ms >= @monthMs and day_ms < @nextMonthMs) as monthUsd,
    (select coalesce(sum(reserved_usd), 0) from jobs
     where reserved_usd is not null and project = @project and paid_by = @rule) as reservedUsd`;

interface Held {
  project: number;
  rule: string | null;
  reservedUsd: number | null;
}

/** The parts that are written; `charge` is for write-jobs.ts. */
export class WriteBudgets {
  readonly #held: Statement;
  readonly #spent: Statement;
  readonly #spend: Statement;
  readonly #setAside: Statement;
  readonly #reconsider: Statement;

  constructor(connection: Connection) {
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#held = prepare(
      `select project, paid_by as rule, reserved_usd as reservedUsd from jobs where id = ? and token = ? and state = 'leased'`,
    );
    this.#spent = prepare(SPENT);
    this.#spend = prepare(
      `insert into spendings (project, rule, day_ms, spent_usd, evaluations) values (?, ?, ?, ?, 1)
       on conflict do update set spent_usd = spent_usd + excluded.spent_usd, evaluations = evaluations + 1`,
    );
    this.#setAside = prepare('update jobs set reserved_usd = ? where id = ?');
    this.#reconsider = prepare(
      `update jobs set due_at_ms = @nowMs, deferred_by = null, reason = null where id in (
         select id from jobs where deferred_by = 'budget' and paid_by = @rule and state = 'pending' and due_at_ms is not null
           and project in (select seq from projects where @project is null or id = @project) limit ${RECONSIDERED_AT_ONCE})`,
    );
  }

  reserve(reservations: readonly Reservation[], nowMs: number): Reserved[] {
    return reservations.map((reservation): Reserved => {
      const { id, token } = reservation.job;
      const held = this.#held.get(id, token) as Held | undefined;
      if (held === undefined || held.rule === null) return { state: 'lost' };
      const { project, rule } = held;
      this.#setAside.run(null, id);
      if (held.reservedUsd !== null) this.charge({ project, rule, usd: held.reservedUsd, nowMs });
      const decided = decide(reservation, this.#spent.get(periods(project, rule, nowMs)) as Spent, nowMs);
      if (decided.state === 'reserved') this.#setAside.run(reservation.amountUsd, id);
      return decided;
    });
  }

  charge({ project, rule, usd, nowMs }: { project: number; rule: string; usd: number; nowMs: number }): void {
    if (usd > 0) this.#spend.run(project, rule, dayAt(nowMs).fromMs, usd);
  }

  /** Up to `RECONSIDERED_AT_ONCE`. */
  reconsider(projectId: string | null, rule: string, nowMs: number): number {
    return this.#reconsider.run({ project: projectId === null ? null : bytesOfUuid(projectId), rule, nowMs }).changes;
  }
}

export function budgetWrites(budgets: WriteBudgets) {
  return {
    reserveBudgets: (reservations: Reservation[], nowMs: number): Reserved[] => budgets.reserve(reservations, nowMs),
    reconsiderDeferred: (projectId: string | null, rule: string, nowMs: number): number =>
      budgets.reconsider(projectId, rule, nowMs),
  };
}

export function budgetReads(connection: Connection) {
  const project = connection.prepare<[Buffer], number>('select seq from projects where id = ?').pluck();
  const spent = connection.prepare<unknown[], Spent>(SPENT);
  const deferred = connection
    .prepare<unknown[], number>(
      `select count(*) from (select 1 from jobs where deferred_by = 'budget' and project = @project and paid_by = @rule
       limit ${DEFERRED_COUNTED})`,
    )
    .pluck();
  const days = connection.prepare<unknown[], Spending['days'][number]>(
    `select day_ms as fromMs, spent_usd as spentUsd, evaluations from spendings
     where project = @project and rule = @rule and day_ms >= @monthMs and day_ms < @nextMonthMs order by day_ms`,
  );
  return {
    spendingOf(projectId: string, rule: string, nowMs: number): Spending {
      const of = periods(project.get(bytesOfUuid(projectId)) ?? 0, rule, nowMs);
      return { ...spent.get(of)!, deferred: deferred.get(of)!, days: days.all(of) };
    },
  };
}

function periods(project: number, rule: string, nowMs: number): Record<string, number | string> {
  const [day, month] = [dayAt(nowMs), monthAt(nowMs)];
  return { project, rule, dayMs: day.fromMs, nextDayMs: day.toMs, monthMs: month.fromMs, nextMonthMs: month.toMs };
}
