/** Sums over the logs of users, sessions and properties, on PostgreSQL. What they are is said by ../sums.ts, their statements by ../queries/sum-sql.ts. */
import { propertyName } from '../../model/property.ts';
import { addValue, emptySummary, type Summary } from '../../statistics/summary.ts';
import type { Dialect } from '../queries/dialect.ts';
import type { Sql } from '../queries/sql.ts';
import { sessionUsersSql, spreadSql, sumPageSql } from '../queries/sum-sql.ts';
import { groupedSlice, pageOf, sessionsSlice, type SumRow, type UserRow } from '../queries/sum-rows.ts';
import { isStorable } from '../queries/storable.ts';
import type { Slice } from '../questions.ts';
import type { SummedBy, SumNumber, SumPage, SumPageQuestion, SumQuestion } from '../sums.ts';
import { planOf, tailOf as logsOf } from './find-logs.ts';
import type { QuestionSession } from './question-session.ts';

export interface Summing {
  session: QuestionSession;
  project: number;
  dialect: Dialect;
  /** The logs of a slice whose filter looks into texts; undefined where it does not. */
  byTexts: (slice: Slice) => Promise<Sql | undefined>;
}

export async function sumPage(summing: Summing, question: SumPageQuestion): Promise<SumPage> {
  const { session, dialect } = summing;
  const tail = await tailOf(summing, groupedSlice(question));
  const rows = await session.all<SumRow>(sumPageSql(question, tail, dialect));
  const slice = sessionsSlice(question, rows);
  const users =
    slice === undefined
      ? []
      : await session.all<UserRow & Record<string, unknown>>(sessionUsersSql(await tailOf(summing, slice), dialect));
  return pageOf(rows, users, await isKnown(summing, question.by));
}

export async function sumSpread(summing: Summing, question: SumQuestion, numbers: SumNumber[]): Promise<Summary[]> {
  const tail = await tailOf(summing, groupedSlice(question));
  const rows = await summing.session.all<Record<SumNumber, number | null>>(
    spreadSql(question, numbers, tail, summing.dialect),
  );
  return numbers.map((number) => {
    const summary = emptySummary();
    for (const { [number]: value } of rows) if (value !== null) addValue(summary, value);
    return summary;
  });
}

/** What follows `select` in a statement over every log of a slice. */
async function tailOf({ session, project, dialect, byTexts }: Summing, slice: Slice): Promise<Sql> {
  const among = await byTexts(slice);
  const asked = among === undefined ? slice : { ...slice, filter: null };
  return logsOf(await planOf({ session, project, dialect, slice: asked, among }, undefined));
}

async function isKnown({ session, project, dialect }: Summing, by: SummedBy): Promise<boolean> {
  if (typeof by === 'object') {
    const name = propertyName(by.property);
    if (!isStorable(name, dialect)) return false;
    const values = 'select 1 from properties where project = $1 and name = $2 limit 1';
    return (await session.rows(values, [project, name])).length > 0;
  }
  const column = by === 'user' ? 'user_id' : 'session_id';
  const logs = `select 1 from logs where project = $1 and ${column} is not null limit 1`;
  return (await session.rows(logs, [project])).length > 0;
}
