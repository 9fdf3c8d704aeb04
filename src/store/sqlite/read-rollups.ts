/**
 * Answers from rollups: rows of whole hours, and what has not been folded into them yet. Only one name is looked at, that of the
 * filter or of the groups, since rollups hold no two of them together.
 */
import type { Statement } from 'better-sqlite3';
import { type AggregateQuestion } from '../aggregates.ts';
import type { AskedMeasure } from '../rollups/asked-measures.ts';
import { addEntry, type ChangeEntry, type Deltas, noDeltas } from '../rollups/deltas.ts';
import { addHours, type RollupRow } from '../rollups/hour-cells.ts';
import { type AskedRange, bucketOfHour, hasHour, type HourRange } from '../rollups/hours.ts';
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
    for (const [index, measure] of measures.entries()) {
      const place = {
        index,
        measure,
        bucketOfHour: (hour: number) => (hasHour(hours, hour) ? bucketOfHour(of.edgesMs, asked, hour) : -1),
      };
      addHours(tally, place, pairs, this.#rows(measure, hours, sought), deltas);
    }
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

  *#rows(measure: number, hours: readonly HourRange[], pairs: readonly number[]): Iterable<RollupRow> {
    if (measure < 0 || pairs.length === 0) return;
    const list = JSON.stringify(pairs);
    for (const { fromHour, toHour } of hours) {
      const rows =
        pairs.length > SOUGHT_PAIRS
          ? this.#range.iterate(measure, fromHour, toHour, list)
          : this.#sought.iterate(hourList(fromHour, toHour), list, measure);
      for (const row of rows as Iterable<RollupRow>) {
        this.#clock.row();
        yield row;
      }
    }
  }
}

function hourList(fromHour: number, toHour: number): string {
  return JSON.stringify(Array.from({ length: toHour - fromHour }, (_, index) => fromHour + index));
}
