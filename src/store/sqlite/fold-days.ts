/**
 * Putting the hours of past days together, on a reading connection: a month is then read in thirty rows a value in place of 720.
 * Storing them is the writer's (rolled-days.ts). The newest day of a measure, to which most is added, is left alone.
 */
import type { Statement } from 'better-sqlite3';
import type { RollupRow } from '../rollups/hour-cells.ts';
import { dayOf, HOURS_A_DAY } from '../rollups/hours.ts';
import { type Cell, cellBytes, fromRow, mergeCell, readCell } from '../rollups/row-blob.ts';
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
  readonly #count: Statement;
  readonly #rows: Statement;
  #lookAtMs = -Infinity;
  #waiting: { measure: number; day: number; kind: string }[] = [];

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
    this.#known = prepare('select day from rolled_days where measure = ?').pluck();
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

  #missing(): { measure: number; day: number; kind: string }[] {
    const missing: { measure: number; day: number; kind: string }[] = [];
    for (const { measure, kind } of this.#measures.all() as { measure: number; kind: string }[]) {
      const { first, last } = this.#extent.get({ measure }) as { first: number | null; last: number | null };
      if (first === null || last === null) continue;
      const known = new Set(this.#known.all(measure) as number[]);
      for (let day = dayOf(first); day < dayOf(last); day += 1)
        if (!known.has(day)) missing.push({ measure, day, kind });
    }
    return missing;
  }

  /** Undefined for a day that has too few rows to be worth it. Reads one snapshot. */
  #step({ measure, day, kind }: { measure: number; day: number; kind: string }): DayStep | undefined {
    const hours = [measure, day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY];
    this.#connection.exec('begin');
    try {
      if ((this.#count.get(...hours, this.#leastRows) as number) < this.#leastRows) return undefined;
      const { edits } = readMark(this.#connection);
      const cells = new Map<number, Cell>();
      for (const row of this.#rows.iterate(...hours) as Iterable<RollupRow>) {
        const cell = fromRow({ measure, hour: row.hour }, () => readCell(row.summary, kind === 'category'));
        const whole = cells.get(row.pair);
        if (whole) mergeCell(whole, cell);
        else cells.set(row.pair, cell);
      }
      const rows = [...cells].map(([pair, cell]): [number, Uint8Array] => [pair, cellBytes(cell)!]);
      return { edits, measure, day, rows };
    } finally {
      this.#connection.exec('commit');
    }
  }
}
