/**
 * The hours of past days, a row a value: ../rollups/day-hours.ts. A day of a measure is either here as a whole, or its hours are rows of
 * `rollups`; who moves them here is fold-days.ts. Few of a day's rows are changed in place. Where many are, the hours are moved back first:
 * retention, which takes a day apart log by log, would else write these rows a thousand times.
 */
import type { Statement } from 'better-sqlite3';
import { type HourBytes, packHours, unpackHours } from '../rollups/day-hours.ts';
import { dayOf, HOURS_A_DAY } from '../rollups/hours.ts';
import { countInRow } from '../rollups/row-blob.ts';
import type { Connection } from './connection.ts';

/** Of a day's rows that are changed in place, one in so many. */
const CHANGED_IN_PLACE = 3;

/** A day of a measure, made ready on a reading connection. */
export interface DayStep {
  /** `edits` of the mark that it was made from. */
  edits: number;
  measure: number;
  day: number;
  rows: [pair: number, summary: Uint8Array, hours: Uint8Array][];
}

/** The hours of a day as they are to be, by pair and hour of the day: null for one that goes. */
export type ChangedHours = Map<number, Map<number, Uint8Array | null>>;

export class RolledDays {
  readonly #known: Statement;
  readonly #note: Statement;
  readonly #hours: Statement;
  readonly #rows: Statement;
  readonly #count: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #removeRow: Statement;
  readonly #removeRows: Statement;
  readonly #stale: Statement;
  readonly #forget: Statement;
  readonly #insertHour: Statement;
  readonly #removeHours: Statement;
  readonly #kind: Statement;

  constructor(connection: Connection) {
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#known = prepare('select 1 from rolled_days where measure = ? and day = ?').pluck();
    this.#note = prepare(
      'insert into rolled_days (measure, day, whole) values (?, ?, 1) on conflict do update set whole = 1',
    );
    const row = 'from day_rollups where measure = ? and day = ? and pair = ?';
    this.#hours = prepare(`select hours ${row}`).pluck();
    const rows = 'from day_rollups where measure = ? and day = ?';
    this.#rows = prepare(`select pair, hours ${rows}`);
    this.#count = prepare(`select count(*) ${rows}`).pluck();
    this.#insert = prepare('insert into day_rollups (measure, day, pair, summary, hours) values (?, ?, ?, ?, ?)');
    this.#update = prepare(
      `insert into day_rollups (hours, measure, day, pair, summary) values (?, ?, ?, ?, x'')
       on conflict do update set hours = excluded.hours`,
    );
    this.#removeRow = prepare(`delete ${row}`);
    this.#removeRows = prepare(`delete ${rows}`);
    this.#stale = prepare('update rolled_days set whole = 0 where measure = ? and day = ?');
    this.#forget = prepare('delete from rolled_days where measure = ? and day = ?');
    this.#insertHour = prepare('insert into rollups (measure, hour, pair, summary) values (?, ?, ?, ?)');
    this.#removeHours = prepare('delete from rollups where measure = ? and hour >= ? and hour < ?');
    this.#kind = prepare('select kind from measures where id = ?').pluck();
  }

  has(measure: number, day: number): boolean {
    return this.#known.get(measure, day) !== undefined;
  }

  /** An hour's bytes; undefined where it has none. Throws RangeError where the row cannot be read. */
  hour(measure: number, hour: number, pair: number): Uint8Array | undefined {
    const packed = this.#hours.get(measure, dayOf(hour), pair) as Uint8Array | undefined;
    return packed && unpackHours(packed).find((one) => one.hour === hour % HOURS_A_DAY)?.bytes;
  }

  /** Moves a day here, or puts what its hours hold together beside them. */
  put({ measure, day, rows }: DayStep): true {
    this.#removeHours.run(measure, day * HOURS_A_DAY, (day + 1) * HOURS_A_DAY);
    this.#removeRows.run(measure, day);
    this.#note.run(measure, day);
    for (const [pair, summary, hours] of rows) this.#insert.run(measure, day, pair, summary, hours);
    return true;
  }

  /** Changes hours of a day that is here. False, and the hours moved back, where it is too many of its rows. */
  change(measure: number, day: number, changes: ChangedHours): boolean {
    if (changes.size * CHANGED_IN_PLACE > (this.#count.get(measure, day) as number) && this.moveBack(measure, day))
      return false;
    const ofCategories = this.#kind.get(measure) === 'category';
    for (const [pair, changed] of changes) {
      const packed = this.#hours.get(measure, day, pair) as Uint8Array | undefined;
      const hours = (packed ? unpackHours(packed) : []).filter(({ hour }) => !changed.has(hour));
      for (const [hour, bytes] of changed)
        if (bytes) hours.push({ hour, count: countInRow(bytes, ofCategories), bytes });
      if (hours.length === 0) this.#removeRow.run(measure, day, pair);
      else this.#update.run(packHours(hours.toSorted((a, b) => a.hour - b.hour)), measure, day, pair);
    }
    this.#stale.run(measure, day);
    return true;
  }

  /** Makes rows of `rollups` of all that is here of a day. False, and nothing changed, where a row cannot be read. */
  moveBack(measure: number, day: number): boolean {
    const moved: [pair: number, hour: HourBytes][] = [];
    try {
      for (const { pair, hours } of this.#rows.iterate(measure, day) as Iterable<{ pair: number; hours: Uint8Array }>)
        for (const one of unpackHours(hours)) moved.push([pair, one]);
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
    // In the order of their keys.
    moved.sort(([one, a], [other, b]) => a.hour - b.hour || one - other);
    for (const [pair, { hour, bytes }] of moved) this.#insertHour.run(measure, day * HOURS_A_DAY + hour, pair, bytes);
    this.#remove(measure, day);
    return true;
  }

  /** Removes the hours of a range, here and in `rollups`; of a day that is here they are all removed. */
  removeHours(measure: number, fromHour: number, toHour: number): void {
    this.#removeHours.run(measure, fromHour, toHour);
    for (let day = dayOf(fromHour); day <= dayOf(toHour - 1); day += 1) this.#remove(measure, day);
  }

  #remove(measure: number, day: number): void {
    if (this.#forget.run(measure, day).changes > 0) this.#removeRows.run(measure, day);
  }
}
