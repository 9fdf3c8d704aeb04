/** Sums over the logs of users, sessions and properties, on SQLite. What they are is said by ../sums.ts, their statements by ../queries/sum-sql.ts. */
import { propertyName } from '../../model/property.ts';
import { addValue, emptySummary, type Summary } from '../../statistics/summary.ts';
import { sessionUsersSql, spreadSql, sumPageSql } from '../queries/sum-sql.ts';
import { groupedSlice, pageOf, sessionsSlice, type SumRow, type UserRow } from '../queries/sum-rows.ts';
import type { SummedBy, SumNumber, SumPage, SumPageQuestion, SumQuestion } from '../sums.ts';
import type { Connection } from './connection.ts';
import type { FindLogs } from './find-logs.ts';
import { sqliteDialect } from './query-dialect.ts';
import type { TextCandidates } from './text-index.ts';

export class SumLogs {
  readonly #connection: Connection;
  readonly #find: FindLogs;

  constructor(connection: Connection, find: FindLogs) {
    this.#connection = connection;
    this.#find = find;
  }

  /** Must be called inside a transaction: its statements are of one snapshot. */
  page(question: SumPageQuestion, project: number, texts: TextCandidates | undefined): SumPage {
    const tail = this.#find.tail(groupedSlice(question), project, texts);
    const { text, values } = sumPageSql(question, tail, sqliteDialect);
    const rows = this.#connection.prepare(text).all(...values) as SumRow[];
    return pageOf(rows, this.#users(question, rows, project, texts), this.#isKnown(question.by, project));
  }

  spread(question: SumQuestion, numbers: SumNumber[], project: number, texts: TextCandidates | undefined): Summary[] {
    const tail = this.#find.tail(groupedSlice(question), project, texts);
    const summaries = numbers.map(() => emptySummary());
    const { text, values } = spreadSql(question, numbers, tail, sqliteDialect);
    const statement = this.#connection.prepare(text).raw();
    for (const row of statement.iterate(...values) as Iterable<(number | null)[]>)
      for (const [index, summary] of summaries.entries()) {
        const value = row[index]!;
        if (value !== null) addValue(summary, value);
      }
    return summaries;
  }

  #users(
    question: SumPageQuestion,
    rows: readonly SumRow[],
    project: number,
    texts: TextCandidates | undefined,
  ): Iterable<UserRow> {
    const slice = sessionsSlice(question, rows);
    if (slice === undefined) return [];
    const { text, values } = sessionUsersSql(this.#find.tail(slice, project, texts), sqliteDialect);
    return this.#connection.prepare(text).iterate(...values) as Iterable<UserRow>;
  }

  #isKnown(by: SummedBy, project: number): boolean {
    if (typeof by === 'object') {
      const values = 'select 1 from properties where project = ? and name = ? limit 1';
      return this.#connection.prepare(values).get(project, propertyName(by.property)) !== undefined;
    }
    const [index, column] = by === 'user' ? ['logs_user', 'user_id'] : ['logs_session', 'session_id'];
    const logs = `select 1 from logs indexed by ${index} where project = ? and ${column} is not null limit 1`;
    return this.#connection.prepare(logs).get(project) !== undefined;
  }
}
