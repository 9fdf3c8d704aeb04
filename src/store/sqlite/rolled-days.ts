/**
 * Writing days of rollups: what the hours of a day hold together, for a measure and all pairs. A day is removed as soon as one
 * of its hours is written, so that it is either right or not there; who makes it again is fold-days.ts.
 */
import type { Statement } from 'better-sqlite3';
import { dayOf } from '../rollups/hours.ts';
import type { Connection } from './connection.ts';

/** A day of a measure, made ready on a reading connection. */
export interface DayStep {
  /** `edits` of the mark that it was made from. */
  edits: number;
  measure: number;
  day: number;
  rows: [pair: number, summary: Uint8Array][];
}

export class RolledDays {
  readonly #note: Statement;
  readonly #insert: Statement;
  readonly #forget: Statement;
  readonly #remove: Statement;

  constructor(connection: Connection) {
    this.#note = connection.prepare('insert or ignore into rolled_days (measure, day) values (?, ?)');
    this.#insert = connection.prepare('insert into day_rollups (measure, day, pair, summary) values (?, ?, ?, ?)');
    this.#forget = connection.prepare('delete from rolled_days where measure = ? and day = ?');
    this.#remove = connection.prepare('delete from day_rollups where measure = ? and day = ?');
  }

  put({ measure, day, rows }: DayStep): true {
    this.#forgetDay(measure, day);
    this.#note.run(measure, day);
    for (const [pair, summary] of rows) this.#insert.run(measure, day, pair, summary);
    return true;
  }

  /** Removes the days that these hours lie in. */
  forget(measure: number, fromHour: number, toHour: number): void {
    for (let day = dayOf(fromHour); day <= dayOf(toHour - 1); day += 1) this.#forgetDay(measure, day);
  }

  #forgetDay(measure: number, day: number): void {
    if (this.#forget.run(measure, day).changes > 0) this.#remove.run(measure, day);
  }
}

/** The days whose hours one transaction writes: each is forgotten once. */
export class WrittenDays {
  readonly #days: RolledDays;
  readonly #seen = new Set<string>();

  constructor(days: RolledDays) {
    this.#days = days;
  }

  note(measure: number, hour: number): void {
    const key = `${measure} ${dayOf(hour)}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#days.forget(measure, hour, hour + 1);
  }
}
