/** What rules with a budget have spent and set aside, on PostgreSQL, as SQLite's budgets.ts does it. */
import type { Pool } from 'pg';
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
import type { Session } from './connection.ts';
import { lockBudgets } from './locks.ts';
import { inTransaction } from './transaction.ts';

export interface Charge {
  project: number;
  rule: string;
  usd: number;
  atMs: number;
}

/** In one statement, and so as of one moment: what is settled meanwhile is either set aside or spent. */
const SPENT = `select
    (select coalesce(sum(spent_usd), 0) from spendings
     where project = $1 and rule = $2 and day_ms >= $3 and day_ms < $4) as "dayUsd",
    (select coalesce(sum(spent_usd), 0) from spendings
     where project = $1 and rule = $2 and day_ms >= $5 and day_ms < $6) as "monthUsd",
    (select coalesce(sum(reserved_usd), 0) from jobs
     where reserved_usd is not null and project = $1 and paid_by = $2) as "reservedUsd"`;

interface Held {
  project: number;
  rule: string | null;
  reservedUsd: number | null;
}

/** In one order everywhere, so that there is no deadlock. */
export async function charge(session: Session, charges: readonly Charge[]): Promise<void> {
  const sums = new Map<string, { project: number; rule: string; dayMs: number; usd: number; count: number }>();
  for (const { project, rule, usd, atMs } of charges) {
    if (usd <= 0) continue;
    const dayMs = dayAt(atMs).fromMs;
    const key = `${project} ${dayMs} ${rule}`;
    const sum = sums.get(key) ?? { project, rule, dayMs, usd: 0, count: 0 };
    sums.set(key, { ...sum, usd: sum.usd + usd, count: sum.count + 1 });
  }
  for (const [, { project, rule, dayMs, usd, count }] of [...sums].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    await session.rows(
      `insert into spendings as known (project, rule, day_ms, spent_usd, evaluations) values ($1, $2, $3, $4, $5)
       on conflict (project, rule, day_ms) do update
       set spent_usd = known.spent_usd + excluded.spent_usd, evaluations = known.evaluations + excluded.evaluations`,
      [project, rule, dayMs, usd, count],
    );
}

export function budgetWrites(pool: Pool) {
  return {
    reserveBudgets: (reservations: Reservation[], nowMs: number): Promise<Reserved[]> =>
      inTransaction(pool, async (session) => {
        await lockBudgets(
          session,
          reservations.map(({ job: { projectId, paidBy } }) => `${projectId} ${paidBy}`),
        );
        const all: Reserved[] = [];
        for (const reservation of reservations) all.push(await reserve(session, reservation, nowMs));
        return all;
      }),

    async reconsiderDeferred(projectId: string | null, rule: string, nowMs: number): Promise<number> {
      const rows = await inTransaction(pool, (session) =>
        session.rows(
          `update jobs set due_at_ms = $1, deferred_by = null, reason = null where id in (
             select id from jobs where deferred_by = 'budget' and paid_by = $2 and state = 'pending' and due_at_ms is not null
               and project in (select seq from projects where $3::uuid is null or id = $3)
             limit ${RECONSIDERED_AT_ONCE} for update skip locked) returning 1`,
          [nowMs, rule, projectId],
        ),
      );
      return rows.length;
    },
  };
}

export function budgetReads(session: Session) {
  return {
    async spendingOf(projectId: string, rule: string, nowMs: number): Promise<Spending> {
      const [project] = await session.rows<{ seq: number }>('select seq from projects where id = $1', [projectId]);
      const seq = project?.seq ?? 0;
      const spent = await spentBy(session, seq, rule, nowMs);
      const [waiting] = await session.rows<{ count: number }>(
        `select count(*) as count from (select 1 from jobs where deferred_by = 'budget' and project = $1 and paid_by = $2
         limit ${DEFERRED_COUNTED}) counted`,
        [seq, rule],
      );
      const month = monthAt(nowMs);
      const days = await session.rows<Spending['days'][number] & Record<string, unknown>>(
        `select day_ms as "fromMs", spent_usd as "spentUsd", evaluations from spendings
         where project = $1 and rule = $2 and day_ms >= $3 and day_ms < $4 order by day_ms`,
        [seq, rule, month.fromMs, month.toMs],
      );
      return { ...spent, deferred: waiting!.count, days };
    },
  };
}

/** Under the lock of its budget. */
async function reserve(session: Session, reservation: Reservation, nowMs: number): Promise<Reserved> {
  const { id, token } = reservation.job;
  const [held] = await session.rows<Held & Record<string, unknown>>(
    `select project, paid_by as rule, reserved_usd as "reservedUsd" from jobs
     where id = $1 and token = $2 and state = 'leased' for update`,
    [id, token],
  );
  if (held === undefined || held.rule === null) return { state: 'lost' };
  const { project, rule, reservedUsd } = held;
  if (reservedUsd !== null) {
    await session.rows('update jobs set reserved_usd = null where id = $1', [id]);
    await charge(session, [{ project, rule, usd: reservedUsd, atMs: nowMs }]);
  }
  const decided = decide(reservation, await spentBy(session, project, rule, nowMs), nowMs);
  if (decided.state === 'reserved')
    await session.rows('update jobs set reserved_usd = $1 where id = $2', [reservation.amountUsd, id]);
  return decided;
}

async function spentBy(session: Session, project: number, rule: string, nowMs: number): Promise<Spent> {
  const [day, month] = [dayAt(nowMs), monthAt(nowMs)];
  const values = [project, rule, day.fromMs, day.toMs, month.fromMs, month.toMs];
  const [spent] = await session.rows<Spent & Record<string, unknown>>(SPENT, values);
  return spent!;
}
