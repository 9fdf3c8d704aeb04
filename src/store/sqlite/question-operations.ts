/**
 * Questions about many logs, as named operations on one connection. Each sees one snapshot, and ends when its time is over.
 * They run on threads of their own: a slow one must not hold up lookups.
 */
import { GatewayError } from '../../errors.ts';
import type { Filter } from '../../model/filter.ts';
import type { Aggregate, AggregateQuestion } from '../aggregates.ts';
import { columnsOf, type DescribedColumns } from '../described-columns.ts';
import { describedCells } from '../describing.ts';
import { asksTexts } from '../queries/conjuncts.ts';
import type { Change, ListQuestion, LogPage, Slice } from '../questions.ts';
import { type TallyRow, unpackedRows } from '../rollups/tally.ts';
import { AggregateLogs } from './aggregate-logs.ts';
import { emptySummary, type Summary } from '../../statistics/summary.ts';
import { noSums, type SumNumber, type SumPage, type SumPageQuestion, type SumQuestion } from '../sums.ts';
import type { Connection } from './connection.ts';
import { FindLogs } from './find-logs.ts';
import { ListedLogs } from './listed-logs.ts';
import type { ReadTexts } from '../text/read-texts.ts';
import { QueryClock } from './query-clock.ts';
import { addQueryFunctions } from './query-dialect.ts';
import { ReadProperties } from './read-properties.ts';
import { SumLogs } from './sum-logs.ts';
import { TextFunctions } from './text-functions.ts';
import type { TextCandidates } from './text-index.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

/** `readTexts` reads the texts of logs; without it no filter can ask for them. */
export function questionOperations(connection: Connection, readTexts: ReadTexts | undefined) {
  const clock = new QueryClock(connection);
  addQueryFunctions(connection);
  const texts = readTexts && new TextFunctions(connection, readTexts);
  const find = new FindLogs(connection, clock);
  const numbers = new AggregateLogs(connection, find, clock);
  const sums = new SumLogs(connection, find);
  const listed = new ListedLogs(connection);
  const properties = new ReadProperties(connection);
  const projectSeq = connection.prepare('select seq from projects where id = ?').pluck();
  const changes = connection.prepare(
    `select c.seq, l.id as logId, c.what, m.name
     from changes c cross join logs l on l.seq = c.log left join measures m on m.id = c.measure
     where c.seq > ? and c.project = (select seq from projects where id = ?) order by c.seq limit ?`,
  );
  const firstChange = connection.prepare('select min(seq) from changes').pluck();
  const lastChange = connection.prepare(`select seq from sqlite_sequence where name = 'changes'`).pluck();

  /** Answers in one snapshot; `none` where there is no such project. */
  function inSnapshot<Result>(projectId: string, none: Result, answer: (project: number) => Result): Result {
    connection.exec('begin');
    try {
      const project = projectSeq.get(bytesOfUuid(projectId)) as number | undefined;
      return project === undefined ? none : answer(project);
    } finally {
      connection.exec('commit');
    }
  }

  function withTexts<Result>(filter: Filter | null, run: (candidates: TextCandidates | undefined) => Result): Result {
    if (filter === null || !asksTexts(filter)) return run(undefined);
    if (texts === undefined)
      throw new GatewayError('question_too_large', {
        message: 'Texts cannot be searched here: no reader of texts was set up.',
      });
    return texts.withCandidates(filter, run);
  }

  function aggregated<Row>(
    question: AggregateQuestion,
    finish: (rows: TallyRow[]) => Row[],
  ): { rows: Row[]; plan: Aggregate['plan'] } {
    const none = { rows: [] as Row[], plan: { rollups: true, scannedLogs: 0 } };
    return inSnapshot(question.projectId, none, (project) => {
      clock.start(question.timeLimitMs);
      return withTexts(question.filter, (candidates) => numbers.answer(question, project, candidates, finish));
    });
  }

  return {
    listLogs(question: ListQuestion): LogPage {
      const { projectId, limit, filter, bodies, timeLimitMs } = question;
      return inSnapshot<LogPage>(projectId, { logs: [], next: null }, (project) => {
        clock.start(timeLimitMs);
        const found = withTexts(filter, (candidates) => find.page(question, project, candidates));
        const page = found.slice(0, limit);
        const logs = listed.of(
          page.map(({ seq }) => seq),
          projectId,
          bodies,
        );
        const last = page.at(-1);
        const next = found.length > limit && last ? { startedAtMs: last.startedAtMs, seq: last.seq } : null;
        return { logs, next };
      });
    },

    countLogs(slice: Slice, timeLimitMs: number): { count: number; complete: boolean } {
      return inSnapshot(slice.projectId, { count: 0, complete: true }, (project) => {
        clock.start(timeLimitMs);
        return withTexts(slice.filter, (candidates) => find.count(slice, project, candidates));
      });
    },

    aggregateLogs(question: AggregateQuestion): Aggregate {
      return aggregated(question, unpackedRows);
    },

    describeLogs(question: AggregateQuestion, level: number): DescribedColumns {
      return columnsOf(aggregated(question, (rows) => describedCells(rows, level)));
    },

    sumLogs(question: SumPageQuestion): SumPage {
      return inSnapshot(question.projectId, noSums(), (project) => {
        clock.start(question.timeLimitMs);
        return withTexts(question.filter, (candidates) => sums.page(question, project, candidates));
      });
    },

    spreadLogs(question: SumQuestion, numbers: SumNumber[]): Summary[] {
      const none = numbers.map(() => emptySummary());
      return inSnapshot(question.projectId, none, (project) => {
        clock.start(question.timeLimitMs);
        return withTexts(question.filter, (candidates) => sums.spread(question, numbers, project, candidates));
      });
    },

    propertyNames(projectId: string): { name: string; values: number }[] {
      return inSnapshot(projectId, [], (project) => properties.names(project));
    },

    hiddenProperties(projectId: string): string[] {
      return inSnapshot(projectId, [], (project) => properties.hidden(project));
    },

    propertyValues(projectId: string, name: string, contains: string, limit: number): string[] {
      return inSnapshot(projectId, [], (project) => properties.values(project, name, contains, limit));
    },

    listChanges(
      projectId: string,
      after: number | null,
      limit: number,
    ): { changes: Change[]; last: number; complete: boolean } {
      connection.exec('begin');
      try {
        const end = (lastChange.get() as number | undefined) ?? 0;
        if (after === null) return { changes: [], last: end, complete: true };
        const first = (firstChange.get() as number | null) ?? end + 1;
        const complete = after <= end && after >= first - 1;
        const rows = changes.all(after, bytesOfUuid(projectId), limit) as (Omit<Change, 'logId'> & { logId: Buffer })[];
        const found = rows.map(({ logId, ...row }) => ({ ...row, logId: uuidOfBytes(logId) }));
        return { changes: found, last: found.length === limit ? (found.at(-1)?.seq ?? end) : end, complete };
      } finally {
        connection.exec('commit');
      }
    },
  };
}

export type QuestionOperations = ReturnType<typeof questionOperations>;
