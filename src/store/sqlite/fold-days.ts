/**
 * Putting the hours of past days together, on a reading connection: a month is then read in thirty rows a value in place of 720.
 * Storing them is the writer's (rolled-days.ts). The newest day of a measure, to which most is added, is left alone. A day of which an
 * hour was written since is put together again.
 */
import type { Statement } from 'better-sqlite3';
import { type HourBytes, packHours, unpackHours } from '../rollups/day-hours.ts';
import type { RollupRow } from '../rollups/hour-cells.ts';
import { dayOf, HOURS_A_DAY } from '../rollups/hours.ts';
import { cellBytes, countInRow, emptyCell, fromRow, mergeCell, readCell } from '../rollups/row-blob.ts';
import { readMark } from './change-rows.ts';
import type { Connection } from './connection.ts';
import type { DayStep } from './rolled-days.ts';

/** A day of fewer rows is read as quickly by the hour. */
const LEAST_ROWS = 100;
/** How often all days are looked through, and so how often a day is put together that is changed all the time. */
const EVERY_MS = 300_000;

interface Options {
  leastRows?: number;
  everyMs?: number;
}

export class FoldDays {
  readonly #connection: Connection;
  readonly #leastRows: number;
  readonly #everyMs: number;
  readonly #measures: Statement;
  readonly #extent: Statement;
  readonly #known: Statement;
  readonly #rolled: Statement;
  readonly #count: Statement;
  readonly #rows: Statement;
  #lookAtMs = -Infinity;
  #waiting: Missing[] = [];

  constructor(connection: Connection, { leastRows = LEAST_ROWS, everyMs = EVERY_MS }: Options = {}) {
    this.#connection = connection;
    this.#leastRows = leastRows;
    this.#everyMs = everyMs;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#measures = prepare('select id as measure, kind from measures');
    this.#extent = prepare(
      `select (select min(hour) from rollups where measure = @measure) as first,
         (select max(hour) from rollups where measure = @measure) as last`,
    );
    this.#known = prepare('select day, whole from rolled_days where measure = ?').raw();
    this.#rolled = prepare('select pair, hours from day_rollups where measure = ? and day = ?').raw();
    const ofDay = 'from rollups where measure = ? and hour >= ? and hour < ?';
    this.#count = prepare(`select count(*) from (select 1 ${ofDay} limit ?)`).pluck();
    this.#rows = prepare(`select hour, pair, summary ${ofDay}`);
  }

  /** The next day to be stored; undefined where none is missing. Throws DamagedRollup. */
  next(nowMs: number): DayStep | undefined {
    if (this.#waiting.length === 0 && nowMs >= this.#lookAtMs + this.#everyMs) {
      this.#lookAtMs = nowMs;
      this.#waiting = this.#missing();
    }
    for (let one = this.#waiting.pop(); one !== undefined; one = this.#waiting.pop()) {
      const step = this.#step(one);
      if (step) return step;
    }
    return undefined;
  }

  #missing(): Missing[] {
    const missing: Missing[] = [];
    for (const { measure, kind } of this.#measures.all() as { measure: number; kind: string }[]) {
      const known = new Map(this.#known.all(measure) as [day: number, whole: number][]);
      for (const [day, whole] of known) if (whole === 0) missing.push({ measure, day, kind, isRolled: true });
      const { first, last } = this.#extent.get({ measure }) as { first: number | null; last: number | null };
      if (first === null || last === null) continue;
      for (let day = dayOf(first); day < dayOf(last); day += 1)
        if (!known.has(day)) missing.push({ measure, day, kind, isRolled: false });
    }
    return missing;
  }

  /** Undefined for a day that has too few rows to be worth it. Reads one snapshot. */
  #step({ measure, day, kind, isRolled }: Missing): DayStep | undefined {
    this.#connection.exec('begin');
    try {
      const { edits } = readMark(this.#connection);
      const byPair = isRolled ? this.#rolledHours(measure, day) : this.#hoursOf(measure, day, kind === 'category');
      if (byPair.size === 0) return undefined;
      const rows = [...byPair].map(([pair, hours]): DayStep['rows'][number] => {
        const whole = emptyCell(kind === 'category');
        for (const { hour, bytes } of hours) {
          const place = { measure, hour: day * HOURS_A_DAY + hour };
          mergeCell(
            whole,
            fromRow(place, () => readCell(bytes, kind === 'category')),
          );
        }
        return [pair, cellBytes(whole)!, packHours(hours)];
      });
      return { edits, measure, day, rows };
    } finally {
      this.#connection.exec('commit');
    }
  }

  /** Of a day whose hours are rows; none where they are few. */
  #hoursOf(measure: number, day: number, ofCategories: boolean): Map<number, HourBytes[]> {
    const first = day * HOURS_A_DAY;
    const range = [measure, first, first + HOURS_A_DAY];
    const byPair = new Map<number, HourBytes[]>();
    if ((this.#count.get(...range, this.#leastRows) as number) < this.#leastRows) return byPair;
    for (const { hour, pair, summary } of this.#rows.iterate(...range) as Iterable<RollupRow>) {
      const count = fromRow({ measure, hour }, () => countInRow(summary, ofCategories));
      const hours = byPair.get(pair);
      const one = { hour: hour - first, count, bytes: summary };
      if (hours) hours.push(one);
      else byPair.set(pair, [one]);
    }
    return byPair;
  }

  #rolledHours(measure: number, day: number): Map<number, HourBytes[]> {
    const rows = this.#rolled.all(measure, day) as [number, Uint8Array][];
    const place = { measure, hour: day * HOURS_A_DAY };
    return new Map(rows.map(([pair, hours]) => [pair, fromRow(place, () => unpackHours(hours))]));
  }
}

/** A day that is to be stored. */
interface Missing {
  measure: number;
  day: number;
  kind: string;
  /** Whether its hours stand together already. */
  isRolled: boolean;
}
