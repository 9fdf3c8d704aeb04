/** Sums over the logs of users and sessions, on SQLite. What they are is said by ../sums.ts, their statements by ../queries/sum-sql.ts. */
import type { Filter } from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import { addValue, emptySummary, type Summary } from '../../statistics/summary.ts';
import type { Slice } from '../questions.ts';
import { spreadSql, sumPageSql } from '../queries/sum-sql.ts';
import { sql } from '../queries/sql.ts';
import {
  type LogSum,
  MOST_USERS,
  SUM_NUMBERS,
  type SummedBy,
  type SumNumber,
  type SumPage,
  type SumPageQuestion,
  type SumQuestion,
} from '../sums.ts';
import type { Connection } from './connection.ts';
import type { FindLogs } from './find-logs.ts';
import { sqliteDialect } from './query-dialect.ts';
import type { TextCandidates } from './text-index.ts';

type Row = LogSum & {
  isGroup: 1 | null;
  groups: number;
  priced: number;
  allLogs: number | null;
  allCostUsd: number | null;
  allDurationMs: number | null;
};

export class SumLogs {
  readonly #connection: Connection;
  readonly #find: FindLogs;

  constructor(connection: Connection, find: FindLogs) {
    this.#connection = connection;
    this.#find = find;
  }

  /** Must be called inside a transaction: its statements are of one snapshot. */
  page(question: SumPageQuestion, project: number, texts: TextCandidates | undefined): SumPage {
    const tail = this.#find.tail(sliceOf(question), project, texts);
    const { text, values } = sumPageSql(question, tail, sqliteDialect);
    const rows = this.#connection.prepare(text).all(...values) as Row[];
    const { groups, priced, allLogs, allCostUsd, allDurationMs } = rows[0]!;
    const found = rows.filter(({ isGroup }) => isGroup === 1);
    const users =
      question.by === 'session' ? this.#usersOf(question, found, project, texts) : new Map<string, string[]>();
    return {
      rows: found.map((row) => ({
        ...(Object.fromEntries(SUM_NUMBERS.map((number) => [number, row[number]])) as Record<SumNumber, number | null>),
        key: row.key,
        name: row.name,
        users: users.get(JSON.stringify([row.key, row.name])) ?? [],
      })),
      totals: { groups, priced, logs: allLogs ?? 0, costUsd: allCostUsd, durationMs: allDurationMs ?? 0 },
      known: this.#isKnown(question.by, project),
    };
  }

  spread(question: SumQuestion, numbers: SumNumber[], project: number, texts: TextCandidates | undefined): Summary[] {
    const tail = this.#find.tail(sliceOf(question), project, texts);
    const summaries = numbers.map(() => emptySummary());
    const { text, values } = spreadSql(question, numbers, tail, sqliteDialect);
    const rows = this.#connection
      .prepare(text)
      .raw()
      .iterate(...values) as Iterable<(number | null)[]>;
    for (const row of rows)
      for (const [index, summary] of summaries.entries()) {
        const value = row[index]!;
        if (value !== null) addValue(summary, value);
      }
    return summaries;
  }

  /** Whose the logs of these sessions are that the question is about; found by their sessions' index. */
  #usersOf(
    question: SumPageQuestion,
    rows: readonly Row[],
    project: number,
    texts: TextCandidates | undefined,
  ): Map<string, string[]> {
    const users = new Map<string, string[]>();
    const keys = [...new Set(rows.map(({ key }) => key!))];
    if (keys.length === 0) return users;
    const these: Filter = { field: 'sessionId', in: keys };
    const slice = { ...question, filter: question.filter === null ? these : { and: [these, question.filter] } };
    const { text, values } =
      sql`select distinct logs.session_id as "key", logs.session_name as "name", logs.user_id as "user"
      ${this.#find.tail(slice, project, texts)} order by "user"`;
    for (const { key, name, user } of this.#connection.prepare(text).iterate(...values) as Iterable<{
      key: string;
      name: string | null;
      user: string | null;
    }>) {
      if (user === null) continue;
      const session = JSON.stringify([key, name]);
      const list = users.get(session) ?? [];
      if (list.length < MOST_USERS) list.push(user);
      users.set(session, list);
    }
    return users;
  }

  #isKnown(by: SummedBy, project: number): boolean {
    if (typeof by === 'object')
      return (
        this.#connection
          .prepare('select 1 from properties where project = ? and name = ? limit 1')
          .get(project, propertyName(by.property)) !== undefined
      );
    const [index, column] = by === 'user' ? ['logs_user', 'user_id'] : ['logs_session', 'session_id'];
    const statement = `select 1 from logs indexed by ${index} where project = ? and ${column} is not null limit 1`;
    return this.#connection.prepare(statement).get(project) !== undefined;
  }
}

/** Logs without a session, or without the property, belong to no group. */
function sliceOf({ by, filter, projectId, fromMs, toMs }: SumQuestion): Slice {
  if (by === 'user') return { projectId, filter, fromMs, toMs };
  const inGroup: Filter =
    typeof by === 'object' ? { property: by.property, present: true } : { field: 'sessionId', present: true };
  return { projectId, filter: filter === null ? inGroup : { and: [inGroup, filter] }, fromMs, toMs };
}
