/**
 * Answers from rollups: rows of whole days and hours, and what has not been folded into them yet. Only one name is looked at, that of the
 * filter or of the groups, since rollups hold no two of them together.
 */
import type { Statement } from 'better-sqlite3';
import { type AggregateQuestion } from '../aggregates.ts';
import type { AskedMeasure } from '../rollups/asked-measures.ts';
import { addEntry, type ChangeEntry, type Deltas, noDeltas } from '../rollups/deltas.ts';
import { addHours, type RollupRow } from '../rollups/hour-cells.ts';
import {
  type AskedRange,
  bucketOfHour,
  hasHour,
  type HourRange,
  HOURS_A_DAY,
  wholeDays,
  withoutDays,
} from '../rollups/hours.ts';
import { ALL_LOGS } from '../rollups/rolled.ts';
import { askedPairs, MOST_PENDING, pendingIds, type RollupRoute, routeOf } from '../rollups/routes.ts';
import type { Tally } from '../rollups/tally.ts';
import { CHANGE_COLUMNS, readMark } from './change-rows.ts';
import type { Connection } from './connection.ts';
import { type FactRows, logFacts } from '../rollups/log-facts.ts';
import { factRows } from './log-facts.ts';
import type { QueryClock } from './query-clock.ts';

/** Pairs that are looked up one by one in each hour; more are found by reading all rows of the hours. */
const SOUGHT_PAIRS = 24;

export class ReadRollups {
  readonly #connection: Connection;
  readonly #clock: QueryClock;
  readonly #facts: FactRows;
  readonly #pairs: Statement;
  readonly #dropped: Statement;
  readonly #entries: Statement;
  readonly #waiting: Statement;
  readonly #sought: Statement;
  readonly #range: Statement;
  readonly #rolledDays: Statement;
  readonly #soughtDays: Statement;

  constructor(connection: Connection, clock: QueryClock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#facts = factRows(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#pairs = prepare('select id, value from properties where project = ? and name = ?');
    this.#dropped = prepare('select 1 from rolled_names where project = ? and name = ? and dropped > 0').pluck();
    this.#entries = prepare(`select ${CHANGE_COLUMNS} from changes where seq > ? and project = ? order by seq`);
    this.#waiting = prepare('select count(*) from (select 1 from changes where seq > ? limit ?)').pluck();
    this.#sought = prepare(
      `select r.hour, r.pair, r.summary from json_each(?) h cross join json_each(?) p
       cross join rollups r on r.measure = ? and r.hour = h.value and r.pair = p.value`,
    );
    this.#rolledDays = prepare('select day from rolled_days where measure = ? and day >= ? and day <= ?').pluck();
    this.#soughtDays = prepare(
      `select r.day * ${HOURS_A_DAY} as hour, r.pair, r.summary from json_each(?) d cross join json_each(?) p
       cross join day_rollups r on r.measure = ? and r.day = d.value and r.pair = p.value`,
    );
    this.#range = prepare(
      `select hour, pair, summary from rollups where measure = ? and hour >= ? and hour < ?
       and pair in (select value from json_each(?))`,
    );
  }

  /** How rollups answer a question; undefined where they do not, and logs are to be read. */
  routeOf(question: AggregateQuestion, project: number): RollupRoute | undefined {
    const route = routeOf(question);
    if (route === undefined) return undefined;
    if (route.name !== null && this.#dropped.get(project, route.name) !== undefined) return undefined;
    const { seq } = readMark(this.#connection);
    return (this.#waiting.get(seq, MOST_PENDING) as number) >= MOST_PENDING ? undefined : route;
  }

  /** Adds whole hours to the tally. */
  add(
    tally: Tally,
    of: { project: number; measures: readonly AskedMeasure[]; edgesMs: AggregateQuestion['edgesMs'] },
    route: RollupRoute,
    asked: AskedRange,
    hours: readonly HourRange[],
  ): void {
    const values = this.#valuesOf(of.project, route.name);
    const { deltas, measures } = this.#pending(of, values, route.name);
    const pairs = askedPairs(route, values);
    const sought = [...pairs.groups.keys(), ...(pairs.rest ? [ALL_LOGS] : [])].filter((pair) => pair >= 0);
    const bucketOf = (hour: number): number => (hasHour(hours, hour) ? bucketOfHour(of.edgesMs, asked, hour) : -1);
    const whole = wholeDays(hours, bucketOf);
    for (const [index, measure] of measures.entries()) {
      const days = this.#days(measure, whole);
      const place = { index, measure, bucketOfHour: bucketOf, days };
      addHours(tally, place, pairs, this.#rows(measure, days, withoutDays(hours, days), sought), deltas);
    }
  }

  /** Those of the days of which the measure has all together. */
  #days(measure: number, days: readonly number[]): number[] {
    if (measure < 0 || days.length === 0) return [];
    const known = new Set(this.#rolledDays.all(measure, days[0], days.at(-1)) as number[]);
    return days.filter((day) => known.has(day));
  }

  /** A name's pairs with their values; those to come are added with negative ids. */
  #valuesOf(project: number, name: string | null): Map<number, string> {
    if (name === null) return new Map();
    const rows = this.#pairs.all(project, name) as { id: number; value: string }[];
    return new Map(rows.map(({ id, value }) => [id, value]));
  }

  /** What is not folded yet, added up; and the id of each measure, negative where it has none. */
  #pending(
    of: { project: number; measures: readonly AskedMeasure[] },
    values: Map<number, string>,
    name: string | null,
  ): { deltas: Deltas; measures: number[] } {
    const { ids, measures, isWanted } = pendingIds(of.measures, values);
    const folded = logFacts(this.#facts, ids, (_project, one) => one === name);
    const deltas = noDeltas();
    const { seq } = readMark(this.#connection);
    for (const entry of this.#entries.iterate(seq, of.project) as Iterable<ChangeEntry>) {
      this.#clock.row();
      if (isWanted(entry)) addEntry(deltas, entry, folded);
    }
    return { deltas, measures };
  }

  /** Rows of days, each in the place of its first hour, and rows of hours. */
  *#rows(
    measure: number,
    days: readonly number[],
    hours: readonly HourRange[],
    pairs: readonly number[],
  ): Iterable<RollupRow> {
    if (measure < 0 || pairs.length === 0) return;
    const list = JSON.stringify(pairs);
    if (days.length > 0) yield* this.#counted(this.#soughtDays.iterate(JSON.stringify(days), list, measure));
    for (const { fromHour, toHour } of hours)
      yield* this.#counted(
        pairs.length > SOUGHT_PAIRS
          ? this.#range.iterate(measure, fromHour, toHour, list)
          : this.#sought.iterate(hourList(fromHour, toHour), list, measure),
      );
  }

  *#counted(rows: Iterable<unknown>): Iterable<RollupRow> {
    for (const row of rows as Iterable<RollupRow>) {
      this.#clock.row();
      yield row;
    }
  }
}

function hourList(fromHour: number, toHour: number): string {
  return JSON.stringify(Array.from({ length: toHour - fromHour }, (_, index) => fromHour + index));
}
