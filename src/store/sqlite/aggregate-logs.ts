/**
 * Numbers of many logs: whole hours from rollups where these hold the answer, the pieces of hours at its edges and everything else
 * from the logs themselves. Both add to one tally, and say the same of the same logs.
 */
import type { Aggregate, AggregateQuestion } from '../aggregates.ts';
import { type AskedMeasure, askedMeasures } from '../rollups/asked-measures.ts';
import { type AskedRange, askedRange, finiteRange, planHours, type TimeRange } from '../rollups/hours.ts';
import type { RollupRoute } from '../rollups/routes.ts';
import { isOfDamage } from '../rollups/row-blob.ts';
import { newTally, rowsOfTally, type Tally } from '../rollups/tally.ts';
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

  /** Must be called inside a transaction: every part of an answer is of one snapshot. */
  answer(question: AggregateQuestion, project: number, texts: TextCandidates | undefined): Aggregate {
    const { edgesMs, groupBy, filter, projectId } = question;
    const measures = askedMeasures(question.measures, storedMeasures(this.#connection, project));
    const route = this.#rollups.routeOf(question, project);
    const plan = { rollups: route !== undefined, scannedLogs: 0 };
    const asked = askedRange(question, this.#extent(project));
    if (asked === null || measures.length === 0) return { rows: [], plan };
    const of = { measures, groupBy, edgesMs };
    const read = (tally: Tally, { fromMs, toMs }: TimeRange): void => {
      const logs = this.#find.matching({ projectId, filter, fromMs, toMs }, project, texts);
      plan.scannedLogs += scanNumbers(this.#connection, of, logs, tally);
    };
    let tally = route && this.#fromRollups({ project, measures, edgesMs }, route, asked);
    if (tally === undefined) {
      plan.rollups = false;
      tally = newTally(measures);
      read(tally, finiteRange(asked));
    } else {
      for (const piece of planHours(edgesMs, asked).pieces) read(tally, piece);
    }
    return { rows: rowsOfTally(tally, question.groupLimit), plan };
  }

  /** Whole hours; undefined where a rollup is not of the rows that it should be of, and rows are to be read instead. */
  #fromRollups(
    of: { project: number; measures: AskedMeasure[]; edgesMs: AggregateQuestion['edgesMs'] },
    route: RollupRoute,
    asked: AskedRange,
  ): Tally | undefined {
    const tally = newTally(of.measures);
    try {
      this.#rollups.add(tally, of, route, asked, planHours(of.edgesMs, asked).hours);
      return tally;
    } catch (error) {
      // What cannot be taken out, or cannot be read at all.
      if (isOfDamage(error)) return undefined;
      throw error;
    }
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
