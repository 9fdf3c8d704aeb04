/**
 * Questions about many logs, as named operations on a pool. Those of SQLite with the same names say what each answers. As many run at
 * once as the pool has connections; others wait for their turn, which is not of the time that they may take.
 */
import type { Pool } from 'pg';
import { GatewayError } from '../../errors.ts';
import { emptySummary, type Summary } from '../../statistics/summary.ts';
import type { Aggregate, AggregateQuestion } from '../aggregates.ts';
import { columnsOf, type DescribedColumns } from '../described-columns.ts';
import { describedCells } from '../describing.ts';
import { asksTexts } from '../queries/conjuncts.ts';
import type { Sql } from '../queries/sql.ts';
import type { ListQuestion, LogPage, Slice } from '../questions.ts';
import { noSums, type SumNumber, type SumPage, type SumPageQuestion, type SumQuestion } from '../sums.ts';
import { type TallyRow, unpackedRows } from '../rollups/tally.ts';
import type { ReadTexts } from '../text/read-texts.ts';
import { findByText } from './find-by-text.ts';
import { aggregateLogs } from './aggregate-logs.ts';
import {
  behindCursor,
  countLogs,
  everyLog,
  fetchPage,
  type Found,
  planOf,
  type Search,
  theseLogs,
} from './find-logs.ts';
import { listedLogs } from './listed-logs.ts';
import { withoutTexts } from './query-dialect.ts';
import { inSnapshot, type QuestionSession, type SnapshotOptions } from './question-session.ts';
import { hiddenProperties, propertyNames, propertyValues } from './read-properties.ts';
import { type Summing, sumPage, sumSpread } from './sum-logs.ts';
import { Turns } from './turns.ts';

/** Of questions that are given no time. */
const TIME_LIMIT_MS = 30_000;
/** All logs that texts are looked for in. */
const EVERY = { direction: 'desc', after: null } as const;
/** `readTexts` reads the texts of logs; without it no filter can ask for them. */
export function questionOperations(pool: Pool, readTexts: ReadTexts | undefined) {
  const turns = new Turns(pool.options.max);

  /** Answers in one snapshot; `none` where there is no such project. */
  function ask<Result>(
    projectId: string,
    none: Result,
    options: Partial<SnapshotOptions>,
    answer: (session: QuestionSession, project: number) => Promise<Result>,
  ): Promise<Result> {
    return turns.take(() =>
      inSnapshot(pool, { timeLimitMs: TIME_LIMIT_MS, byStart: false, ...options }, async (session) => {
        const [row] = await session.rows<{ seq: number }>('select seq from projects where id = $1', [projectId]);
        return row === undefined ? none : answer(session, row.seq);
      }),
    );
  }

  function reader(): ReadTexts {
    if (readTexts) return readTexts;
    throw new GatewayError('question_too_large', {
      message: 'Texts cannot be searched here: no reader of texts was set up.',
    });
  }

  /** Every log of a slice, a chunk at a time. */
  function matching(session: QuestionSession, project: number, slice: Slice): AsyncIterable<Found[]> {
    const search = { session, project, dialect: withoutTexts, slice };
    if (slice.filter === null || !asksTexts(slice.filter)) return everyLog(search);
    return findByText(search, reader(), EVERY);
  }

  async function find(search: Search, question: ListQuestion): Promise<Found[]> {
    const { order, after, offset } = question;
    const limit = question.limit + 1;
    const byStart = order.by === 'startedAtMs';
    if (question.filter === null || !asksTexts(question.filter)) {
      const slice = byStart ? behindCursor(question, order.direction, after) : question;
      const plan = await planOf({ ...search, slice }, byStart ? offset + limit : undefined);
      return fetchPage(search, plan, { order, after: byStart ? after : null, offset, limit });
    }
    const found: Found[] = [];
    const walk = byStart ? { direction: order.direction, after, stopsAt: offset + limit } : EVERY;
    for await (const some of findByText(search, reader(), walk)) {
      found.push(...some);
      if (byStart && found.length >= offset + limit) break;
    }
    if (byStart) return found.slice(offset, offset + limit);
    const among = theseLogs(found.map(({ seq }) => seq));
    const plan = await planOf({ ...search, slice: { ...question, filter: null }, among }, undefined);
    return fetchPage(search, plan, { order, after: null, offset, limit });
  }

  async function summed<Result>(
    question: SumQuestion,
    none: Result,
    answer: (summing: Summing) => Promise<Result>,
  ): Promise<Result> {
    const { projectId, timeLimitMs } = question;
    return ask(projectId, none, { timeLimitMs }, (session, project) => {
      const byTexts = async (slice: Slice): Promise<Sql | undefined> => {
        if (slice.filter === null || !asksTexts(slice.filter)) return undefined;
        const seqs: number[] = [];
        for await (const some of matching(session, project, slice)) for (const { seq } of some) seqs.push(seq);
        return theseLogs(seqs);
      };
      return answer({ session, project, dialect: withoutTexts, byTexts });
    });
  }

  function aggregated<Row>(
    question: AggregateQuestion,
    finish: (rows: TallyRow[]) => Row[],
  ): Promise<{ rows: Row[]; plan: Aggregate['plan'] }> {
    const { projectId, timeLimitMs } = question;
    return ask(projectId, { rows: [], plan: { rollups: true, scannedLogs: 0 } }, { timeLimitMs }, (session, project) =>
      aggregateLogs(session, project, question, (slice) => matching(session, project, slice), finish),
    );
  }

  return {
    listLogs(question: ListQuestion): Promise<LogPage> {
      const { projectId, limit, bodies, timeLimitMs, order } = question;
      const options = { timeLimitMs, byStart: order.by === 'startedAtMs' };
      return ask<LogPage>(projectId, { logs: [], next: null }, options, async (session, project) => {
        const found = await find({ session, project, dialect: withoutTexts, slice: question }, question);
        const page = found.slice(0, limit);
        const logs = await listedLogs(
          session,
          page.map(({ seq }) => seq),
          projectId,
          bodies,
        );
        const last = page.at(-1);
        const next = found.length > limit && last ? { startedAtMs: last.startedAtMs, seq: last.seq } : null;
        return { logs, next };
      });
    },

    countLogs(slice: Slice, timeLimitMs: number): Promise<{ count: number; complete: boolean }> {
      let count = 0;
      return ask(slice.projectId, { count: 0, complete: true }, { timeLimitMs }, async (session, project) => {
        const search = { session, project, dialect: withoutTexts, slice };
        if (slice.filter === null || !asksTexts(slice.filter)) return countLogs(search);
        for await (const some of matching(session, project, slice)) count += some.length;
        return { count, complete: true };
      }).catch((error: unknown) => {
        // As far as it has come.
        if (readTexts && (error as { code?: string }).code === 'question_too_large') return { count, complete: false };
        throw error;
      });
    },

    sumLogs(question: SumPageQuestion): Promise<SumPage> {
      return summed(question, noSums(), (summing) => sumPage(summing, question));
    },

    spreadLogs(question: SumQuestion, numbers: SumNumber[]): Promise<Summary[]> {
      const none = numbers.map(() => emptySummary());
      return summed(question, none, (summing) => sumSpread(summing, question, numbers));
    },

    aggregateLogs(question: AggregateQuestion): Promise<Aggregate> {
      return aggregated(question, unpackedRows);
    },

    async describeLogs(question: AggregateQuestion, level: number): Promise<DescribedColumns> {
      return columnsOf(await aggregated(question, (rows) => describedCells(rows, level)));
    },

    propertyNames: (projectId: string): Promise<{ name: string; values: number }[]> =>
      ask(projectId, [], {}, propertyNames),

    hiddenProperties: (projectId: string): Promise<string[]> => ask(projectId, [], {}, hiddenProperties),

    propertyValues: (projectId: string, name: string, contains: string, limit: number): Promise<string[]> =>
      ask(projectId, [], {}, (session, project) => propertyValues(session, project, { name, contains, limit })),
  };
}

export type PostgresQuestionOperations = ReturnType<typeof questionOperations>;
