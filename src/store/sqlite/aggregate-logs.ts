/**
 * Numbers of many logs: whole hours from rollups where these hold the answer, the pieces of hours at its edges and everything else
 * from the logs themselves. Both add to one tally, and say the same of the same logs.
 */
import type { Aggregate, AggregateQuestion } from '../aggregates.ts';
import { askedMeasures } from '../rollups/asked-measures.ts';
import { askedRange, finiteRange, planHours, type TimeRange } from '../rollups/hours.ts';
import { isOfDamage } from '../rollups/row-blob.ts';
import { newTally, rowsOfTally, type Tally, type TallyRow } from '../rollups/tally.ts';
import { storedMeasures } from './asked-measures.ts';
import type { Connection } from './connection.ts';
import type { FindLogs } from './find-logs.ts';
import type { QueryClock } from './query-clock.ts';
import { ReadRollups } from './read-rollups.ts';
import { scanNumbers } from './scan-numbers.ts';
import type { TextCandidates } from './text-index.ts';

export class AggregateLogs {
  readonly #connection: Connection;
  readonly #find: FindLogs;
  readonly #rollups: ReadRollups;

  constructor(connection: Connection, find: FindLogs, clock: QueryClock) {
    this.#connection = connection;
    this.#find = find;
    this.#rollups = new ReadRollups(connection, clock);
  }

  /** Must be called inside a transaction: every part of an answer is of one snapshot. `finish` reads the rows that were found. */
  answer<Rows>(
    question: AggregateQuestion,
    project: number,
    texts: TextCandidates | undefined,
    finish: (rows: TallyRow[]) => Rows,
  ): { rows: Rows; plan: Aggregate['plan'] } {
    const { edgesMs, groupBy, filter, projectId } = question;
    const measures = askedMeasures(question.measures, storedMeasures(this.#connection, project));
    const route = this.#rollups.routeOf(question, project);
    const asked = askedRange(question, this.#extent(project));
    if (asked === null || measures.length === 0)
      return { rows: finish([]), plan: { rollups: route !== undefined, scannedLogs: 0 } };
    const of = { project, measures, groupBy, edgesMs };
    const from = (rollups: boolean, fill: (tally: Tally) => TimeRange[]): { rows: Rows; plan: Aggregate['plan'] } => {
      const tally = newTally(measures);
      let scannedLogs = 0;
      for (const { fromMs, toMs } of fill(tally)) {
        const logs = this.#find.matching({ projectId, filter, fromMs, toMs }, project, texts);
        scannedLogs += scanNumbers(this.#connection, of, logs, tally);
      }
      return { rows: finish(rowsOfTally(tally, question.groupLimit)), plan: { rollups, scannedLogs } };
    };
    try {
      if (route !== undefined)
        return from(true, (tally) => {
          const { hours, pieces } = planHours(edgesMs, asked);
          this.#rollups.add(tally, of, route, asked, hours);
          return pieces;
        });
    } catch (error) {
      // What cannot be taken out, or cannot be read at all: a rollup is not of the rows that it should be of.
      if (!isOfDamage(error)) throw error;
    }
    return from(false, () => [finiteRange(asked)]);
  }

  /** When the project's first and its last log started. */
  #extent(project: number): { firstMs: number; lastMs: number } {
    const row = this.#connection
      .prepare(
        `select (select min(started_at_ms) from logs where project = @project) as firstMs,
           (select max(started_at_ms) from logs where project = @project) as lastMs`,
      )
      .get({ project }) as { firstMs: number | null; lastMs: number | null };
    return { firstMs: row.firstMs ?? Infinity, lastMs: row.lastMs ?? -Infinity };
  }
}
