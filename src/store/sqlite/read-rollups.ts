/**
 * Answers from rollups: rows of whole hours, and what has not been folded into them yet. Only one name is looked at, that of the
 * filter or of the groups, since rollups hold no two of them together.
 */
import type { Statement } from 'better-sqlite3';
import { type AggregateQuestion } from '../aggregates.ts';
import { addEntry, type ChangeEntry, type Deltas, noDeltas } from '../rollups/deltas.ts';
import { addHours, type AskedPairs, type RollupRow } from '../rollups/hour-cells.ts';
import { type AskedRange, bucketOfHour, hasHour, type HourRange } from '../rollups/hours.ts';
import { ALL_LOGS, nameOfDimension, rolledSlice } from '../rollups/rolled.ts';
import type { Tally } from '../rollups/tally.ts';
import { type AskedMeasure, indexOfLogMeasure } from './asked-measures.ts';
import { CHANGE_COLUMNS, readMark } from './change-rows.ts';
import type { Connection } from './connection.ts';
import { factStatements, type FactStatements, logFacts } from './log-facts.ts';
import type { QueryClock } from './query-clock.ts';

/** With more entries waiting (a database of an earlier version was just opened) reading logs is no slower. */
const MOST_PENDING = 50_000;
/** Pairs that are looked up one by one in each hour; more are found by reading all rows of the hours. */
const SOUGHT_PAIRS = 24;

/** What rollups are asked: the name that pairs are of (null for none), and whether they are groups or a filter. */
export interface RollupRoute {
  name: string | null;
  /** The values that the filter allows; null for all. */
  values: readonly string[] | null;
  grouped: boolean;
}

export class ReadRollups {
  readonly #connection: Connection;
  readonly #clock: QueryClock;
  readonly #facts: FactStatements;
  readonly #pairs: Statement;
  readonly #dropped: Statement;
  readonly #entries: Statement;
  readonly #waiting: Statement;
  readonly #sought: Statement;
  readonly #range: Statement;

  constructor(connection: Connection, clock: QueryClock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#facts = factStatements(connection);
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
    const slice = rolledSlice(question.filter);
    if (slice === undefined) return undefined;
    const group = question.groupBy === null ? null : nameOfDimension(question.groupBy);
    if (group === undefined || (group !== null && slice.name !== null && group !== slice.name)) return undefined;
    const name = group ?? slice.name;
    if (name !== null && this.#dropped.get(project, name) !== undefined) return undefined;
    const { seq } = readMark(this.#connection);
    if ((this.#waiting.get(seq, MOST_PENDING) as number) >= MOST_PENDING) return undefined;
    return { name, values: slice.name === null ? null : slice.values, grouped: group !== null };
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
    const ids = new Map([...values].map(([id, value]) => [value, id]));
    const ownIds = new Map<number, number>();
    for (const { measure, id } of of.measures)
      if ('log' in measure) ownIds.set(indexOfLogMeasure(measure.log), id ?? -1 - indexOfLogMeasure(measure.log));
    const scores = new Set(
      of.measures.flatMap(({ measure, id }) => ('log' in measure || id === undefined ? [] : [id])),
    );
    const folded = logFacts(
      this.#facts,
      {
        pair: (_project, _name, value) => {
          let id = ids.get(value);
          if (id === undefined) {
            id = -1 - ids.size;
            ids.set(value, id);
            values.set(id, value);
          }
          return id;
        },
        logMeasure: (_project, index) => ownIds.get(index) ?? Number.NEGATIVE_INFINITY,
      },
      (_project, one) => one === name,
    );
    const deltas = noDeltas();
    const { seq } = readMark(this.#connection);
    for (const entry of this.#entries.iterate(seq, of.project) as Iterable<ChangeEntry>) {
      this.#clock.row();
      const isWanted = entry.what === 'log' ? ownIds.size > 0 : entry.measure !== null && scores.has(entry.measure);
      if (isWanted) addEntry(deltas, entry, folded);
    }
    const measures = of.measures.map(({ measure, id }) =>
      'log' in measure ? ownIds.get(indexOfLogMeasure(measure.log))! : id!,
    );
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

function askedPairs({ name, values: allowed, grouped }: RollupRoute, values: ReadonlyMap<number, string>): AskedPairs {
  if (name === null) return { groups: new Map([[ALL_LOGS, null]]), rest: false };
  const groups = new Map<number, string | null>();
  for (const [id, value] of values)
    if (allowed === null || allowed.includes(value)) groups.set(id, grouped ? value : null);
  return { groups, rest: allowed === null };
}

function hourList(fromHour: number, toHour: number): string {
  return JSON.stringify(Array.from({ length: toHour - fromHour }, (_, index) => fromHour + index));
}
