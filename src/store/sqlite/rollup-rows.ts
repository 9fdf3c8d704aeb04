/** The rows of rollups by their keys, whether they stand by the hour or by the day: see rolled-days.ts. */
import type { Statement } from 'better-sqlite3';
import type { Deltas } from '../rollups/deltas.ts';
import { dayOf, HOURS_A_DAY } from '../rollups/hours.ts';
import { changedBytes, fromRow } from '../rollups/row-blob.ts';
import type { Connection } from './connection.ts';
import { type ChangedHours, RolledDays } from './rolled-days.ts';

/** A row as it is to be; null for one that goes. */
export type ChangedRow = [measure: number, hour: number, pair: number, bytes: Uint8Array | null];

/** Reads only: on any connection. */
export class StoredRows {
  readonly #days: RolledDays;
  readonly #row: Statement;

  constructor(connection: Connection, days: RolledDays) {
    this.#days = days;
    this.#row = connection.prepare('select summary from rollups where measure = ? and hour = ? and pair = ?').pluck();
  }

  /** What deltas make of the rows that are there. Throws DamagedRollup. Ids below zero have no rows. */
  *changed(deltas: Deltas): Iterable<ChangedRow> {
    for (const [measure, hours] of deltas.byMeasure) {
      for (const [hour, pairs] of hours) {
        const byDay = measure >= 0 && this.#days.has(measure, dayOf(hour));
        for (const [pair, delta] of pairs) {
          if (delta.size === 0) continue;
          yield fromRow({ measure, hour }, () => {
            const stored = measure < 0 || pair < 0 ? undefined : this.#stored(byDay, measure, hour, pair);
            return [measure, hour, pair, changedBytes(stored, delta)];
          });
        }
      }
    }
  }

  #stored(byDay: boolean, measure: number, hour: number, pair: number): Uint8Array | undefined {
    return byDay
      ? this.#days.hour(measure, hour, pair)
      : (this.#row.get(measure, hour, pair) as Uint8Array | undefined);
  }
}

export class RollupRows {
  readonly #days: RolledDays;
  readonly #stored: StoredRows;
  readonly #put: Statement;
  readonly #remove: Statement;

  constructor(connection: Connection, days: RolledDays) {
    this.#days = days;
    this.#stored = new StoredRows(connection, days);
    this.#put = connection.prepare(
      `insert into rollups (measure, hour, pair, summary) values (?, ?, ?, ?)
       on conflict do update set summary = excluded.summary`,
    );
    this.#remove = connection.prepare('delete from rollups where measure = ? and hour = ? and pair = ?');
  }

  /** Writes nothing before all of it is known to be possible. Throws DamagedRollup. */
  change(deltas: Deltas): void {
    this.store([...this.#stored.changed(deltas)]);
  }

  store(rows: readonly ChangedRow[]): void {
    const byDay = new Map<string, { measure: number; day: number; isRolled: boolean; changes: ChangedHours }>();
    for (const [measure, hour, pair, bytes] of rows) {
      const day = dayOf(hour);
      const key = `${measure} ${day}`;
      let of = byDay.get(key);
      if (of === undefined)
        byDay.set(key, (of = { measure, day, isRolled: this.#days.has(measure, day), changes: new Map() }));
      if (of.isRolled) {
        const hours = of.changes.get(pair) ?? new Map<number, Uint8Array | null>();
        of.changes.set(pair, hours.set(hour % HOURS_A_DAY, bytes));
      } else {
        this.#storeRow(measure, hour, pair, bytes);
      }
    }
    for (const { measure, day, isRolled, changes } of byDay.values()) {
      if (!isRolled || this.#days.change(measure, day, changes)) continue;
      for (const [pair, hours] of changes)
        for (const [hour, bytes] of hours) this.#storeRow(measure, day * HOURS_A_DAY + hour, pair, bytes);
    }
  }

  #storeRow(measure: number, hour: number, pair: number, bytes: Uint8Array | null): void {
    if (bytes) this.#put.run(measure, hour, pair, bytes);
    else this.#remove.run(measure, hour, pair);
  }
}
