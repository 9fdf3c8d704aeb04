/**
 * Answers from rollups: rows of whole days and hours, and what has not been folded into them yet. Only one name is looked at, that of the
 * filter or of the groups, since rollups hold no two of them together.
 */
import type { Statement } from 'better-sqlite3';
import { type AggregateQuestion } from '../aggregates.ts';
import type { AskedMeasure } from '../rollups/asked-measures.ts';
import { addEntry, type ChangeEntry, type Deltas, noDeltas } from '../rollups/deltas.ts';
import { unpackHours } from '../rollups/day-hours.ts';
import { addHours, type RollupRow } from '../rollups/hour-cells.ts';
import {
  type AskedRange,
  bucketOfHour,
  dayOf,
  hasHour,
  type HourRange,
  HOURS_A_DAY,
  splitByDays,
  type SplitHours,
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
  readonly #known: Statement;
  readonly #dayHours: Statement;
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
    this.#known = prepare('select day, whole from rolled_days where measure = ? and day >= ? and day <= ?').raw();
    this.#dayHours = prepare(
      `select r.pair, r.hours from json_each(?) p
       cross join day_rollups r on r.measure = ? and r.day = ? and r.pair = p.value`,
    ).raw();
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
      const rolled = this.#rolledDays(measure, hours);
      const days = whole.filter((day) => rolled.get(day) === 1);
      const place = { index, measure, bucketOfHour: bucketOf, days };
      const left = withoutDays(hours, days);
      addHours(tally, place, pairs, this.#rows(measure, days, splitByDays(left, rolled), sought), deltas);
    }
  }

  /** The days of a measure whose hours stand together, and whether what they hold as a whole is there, too. */
  #rolledDays(measure: number, hours: readonly HourRange[]): Map<number, number> {
    const last = hours.at(-1);
    if (measure < 0 || last === undefined) return new Map();
    return new Map(this.#known.all(measure, dayOf(hours[0]!.fromHour), dayOf(last.toHour)) as [number, number][]);
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

  /** Rows of days, each in the place of its first hour, and rows of hours: hour by hour. */
  *#rows(measure: number, days: readonly number[], hours: SplitHours, pairs: readonly number[]): Iterable<RollupRow> {
    if (measure < 0 || pairs.length === 0) return;
    const list = JSON.stringify(pairs);
    if (days.length > 0) yield* this.#counted(this.#soughtDays.iterate(JSON.stringify(days), list, measure));
    for (const day of hours.inDays) yield* this.#hoursOfDay(measure, day, list);
    for (const { fromHour, toHour } of hours.alone)
      yield* this.#counted(
        pairs.length > SOUGHT_PAIRS
          ? this.#range.iterate(measure, fromHour, toHour, list)
          : this.#sought.iterate(hourList(fromHour, toHour), list, measure),
      );
  }

  *#hoursOfDay(measure: number, { fromHour, toHour }: HourRange, list: string): Iterable<RollupRow> {
    const day = dayOf(fromHour);
    const byHour = new Map<number, RollupRow[]>();
    for (const [pair, packed] of this.#dayHours.all(list, measure, day) as [number, Uint8Array][]) {
      for (const { hour, count, bytes } of unpackHours(packed)) {
        this.#clock.row();
        const row = { hour: day * HOURS_A_DAY + hour, pair, summary: bytes, count };
        if (row.hour < fromHour || row.hour >= toHour) continue;
        const rows = byHour.get(row.hour);
        if (rows) rows.push(row);
        else byHour.set(row.hour, [row]);
      }
    }
    for (const rows of byHour.values()) yield* rows;
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
