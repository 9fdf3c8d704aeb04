/** Around the statements of sum-sql.ts, the same on every engine: which logs they are about, and what their rows say. */
import type { Filter } from '../../model/filter.ts';
import type { Slice } from '../questions.ts';
import {
  type LogSum,
  MOST_USERS,
  SUM_NUMBERS,
  type SumNumber,
  type SumPage,
  type SumPageQuestion,
  type SumQuestion,
} from '../sums.ts';

/** A row of sumPageSql. */
export type SumRow = Record<SumNumber, number | null> & {
  key: string | null;
  name: string | null;
  isGroup: 1 | null;
  groups: number;
  priced: number;
  allLogs: number | null;
  allCostUsd: number | null;
  allDurationMs: number | null;
};

/** A row of sessionUsersSql. */
export interface UserRow {
  key: string;
  name: string | null;
  user: string | null;
}

/** The logs that are in a group at all: those without a session, or without the property, are in none. */
export function groupedSlice({ by, filter, projectId, fromMs, toMs }: SumQuestion): Slice {
  if (by === 'user') return { projectId, filter, fromMs, toMs };
  const inGroup: Filter =
    typeof by === 'object' ? { property: by.property, present: true } : { field: 'sessionId', present: true };
  return { projectId, filter: filter === null ? inGroup : { and: [inGroup, filter] }, fromMs, toMs };
}

/** The logs of a page's sessions, which their index leads to; undefined where there are none. */
export function sessionsSlice(question: SumPageQuestion, rows: readonly SumRow[]): Slice | undefined {
  const keys = rows.flatMap(({ isGroup, key }) => (isGroup === 1 ? [key!] : []));
  if (question.by !== 'session' || keys.length === 0) return undefined;
  const { filter, projectId, fromMs, toMs } = question;
  const these: Filter = { field: 'sessionId', in: [...new Set(keys)] };
  return { projectId, filter: filter === null ? these : { and: [these, filter] }, fromMs, toMs };
}

/** The page that rows make; `users` ascend. */
export function pageOf(rows: readonly SumRow[], users: Iterable<UserRow>, known: boolean): SumPage {
  const { groups, priced, allLogs, allCostUsd, allDurationMs } = rows[0]!;
  const bySession = new Map<string, string[]>();
  for (const { key, name, user } of users) {
    if (user === null) continue;
    const session = JSON.stringify([key, name]);
    const list = bySession.get(session) ?? [];
    if (list.length < MOST_USERS) list.push(user);
    bySession.set(session, list);
  }
  const sums = rows
    .filter(({ isGroup }) => isGroup === 1)
    .map((row): LogSum => {
      const numbers = Object.fromEntries(SUM_NUMBERS.map((number) => [number, row[number]]));
      const { key, name } = row;
      return {
        ...(numbers as Record<SumNumber, number | null>),
        key,
        name,
        users: bySession.get(JSON.stringify([key, name])) ?? [],
      };
    });
  const totals = { groups, priced, logs: allLogs ?? 0, costUsd: allCostUsd, durationMs: allDurationMs ?? 0 };
  return { rows: sums, totals, known };
}
