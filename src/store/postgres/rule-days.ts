/** Days of rules. SQLite's rule-days.ts says what each operation does. */
import type { Pool } from 'pg';
import { dateBefore } from '../../model/day.ts';
import { type MatchedOfDay, RULE_DAY_KEPT_MS, type RuleDay, type TakenOfDay } from '../rule-days.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const SELECT = `select p.id as "projectId", d.rule, d.stratum, d.date, d.matched, d.taken, d.first_ms as "firstMs",
    d.used_up_at_ms as "usedUpAtMs"
  from rule_days d join projects p on p.seq = d.project`;
const KEYS = 'unnest($1::int[], $2::text[], $3::text[], $4::text[]';
const ORDER = 'project, rule collate "C", stratum collate "C", date collate "C"';
const SWEEP_MS = 3_600_000;

type Key = Omit<TakenOfDay, 'most'> & { project: number };
type Row = RuleDay & Record<string, unknown>;

export function ruleDayReads(session: Session) {
  return {
    listRuleDays: (projectId: string, date: string): Promise<RuleDay[]> =>
      session.rows<Row>(
        `${SELECT} where p.id = $1 and d.date = $2 order by d.rule collate "C", d.stratum collate "C"`,
        [projectId, date],
      ),
  };
}

export function ruleDayWrites(pool: Pool, interned: Interned) {
  let sweptAtMs = 0;
  return {
    async countRuleDays(seen: readonly MatchedOfDay[], nowMs: number): Promise<RuleDay[]> {
      const placed: (Key & MatchedOfDay)[] = [];
      for (const one of seen) placed.push({ ...one, project: await interned.project(one.projectId, nowMs) });
      const isSwept = nowMs - sweptAtMs <= SWEEP_MS;
      if (!isSwept) sweptAtMs = nowMs;
      return inTransaction(pool, async (session) => {
        if (!isSwept) await session.rows('delete from rule_days where changed_at_ms < $1', [nowMs - RULE_DAY_KEPT_MS]);
        // In one order everywhere, so that two replicas do not wait for each other.
        await session.rows(
          `insert into rule_days as d (project, rule, stratum, date, matched, taken, first_ms, changed_at_ms)
           select project, rule, stratum, date, matched, 0, first_ms, $7::bigint
           from ${KEYS}, $5::bigint[], $6::bigint[]) as given (project, rule, stratum, date, matched, first_ms) order by ${ORDER}
           on conflict (project, rule, stratum, date) do update set matched = d.matched + excluded.matched,
             changed_at_ms = excluded.changed_at_ms, first_ms = least(d.first_ms, excluded.first_ms)`,
          [...columnsOf(placed), placed.map(({ matched }) => matched), placed.map(({ firstMs }) => firstMs), nowMs],
        );
        return session.rows<Row>(
          `${SELECT} join ${KEYS}, $5::text[]) as given (project, rule, stratum, date, before)
             on d.project = given.project and d.rule = given.rule and d.stratum = given.stratum and d.date in (given.date, given.before)`,
          [...columnsOf(placed), placed.map(({ date }) => dateBefore(date))],
        );
      });
    },

    ruleDaysSince: (date: string): Promise<RuleDay[]> =>
      sessionOf(pool).rows<Row>(
        `${SELECT} where d.date >= $1 order by d.project, d.rule collate "C", d.stratum collate "C", d.date collate "C"`,
        [date],
      ),
  };
}

export interface Counted {
  project: number;
  perDay: TakenOfDay;
}

/**
 * Counts jobs to numbers a day, in their order: which of them may be made. Holds the days that it counts to until the transaction
 * ends, so that replicas together keep to the number.
 */
export async function takeOfDays<Of extends Counted>(
  session: Session,
  jobs: readonly Of[],
  nowMs: number,
): Promise<ReadonlySet<Of>> {
  const taken = new Set<Of>();
  if (jobs.length === 0) return taken;
  const byDay = Map.groupBy(jobs, ({ project, perDay: { rule, stratum, date } }) =>
    JSON.stringify([project, rule, stratum, date]),
  );
  const keys = [...byDay.values()].map(([first]): Key => ({ project: first!.project, ...first!.perDay }));
  const days = columnsOf(keys);
  await session.rows(
    `insert into rule_days (project, rule, stratum, date, matched, taken, changed_at_ms)
     select project, rule, stratum, date, 0, 0, $5::bigint from ${KEYS}) as given (project, rule, stratum, date) order by ${ORDER}
     on conflict do nothing`,
    [...days, nowMs],
  );
  const rows = await session.rows<Key & { taken: number } & Record<string, unknown>>(
    `select project, rule, stratum, date, taken from rule_days
     where (project, rule, stratum, date) in (select * from ${KEYS}))
     order by ${ORDER} for update`,
    days,
  );
  const after: { key: Key; taken: number; isUsedUp: boolean }[] = [];
  for (const { taken: before, ...key } of rows) {
    const own = byDay.get(JSON.stringify([key.project, key.rule, key.stratum, key.date]))!;
    let count = before;
    let isUsedUp = false;
    for (const job of own) {
      if (count < job.perDay.most) {
        count += 1;
        taken.add(job);
      }
      isUsedUp = count >= job.perDay.most;
    }
    if (count > before) after.push({ key, taken: count, isUsedUp });
  }
  await session.rows(
    `update rule_days as d set taken = given.taken, changed_at_ms = $7::bigint,
       used_up_at_ms = case when given.used_up then $7::bigint end
     from ${KEYS}, $5::int[], $6::boolean[]) as given (project, rule, stratum, date, taken, used_up)
     where d.project = given.project and d.rule = given.rule and d.stratum = given.stratum and d.date = given.date`,
    [
      ...columnsOf(after.map(({ key }) => key)),
      after.map((one) => one.taken),
      after.map(({ isUsedUp }) => isUsedUp),
      nowMs,
    ],
  );
  return taken;
}

function columnsOf(keys: readonly Key[]): unknown[][] {
  return [
    keys.map(({ project }) => project),
    keys.map(({ rule }) => rule),
    keys.map(({ stratum }) => stratum),
    keys.map(({ date }) => date),
  ];
}
