/** The rows of rollups, read and written by their keys. Whoever writes notes the days that the hours lie in: see rolled-days.ts. */
import type { Statement } from 'better-sqlite3';
import type { Deltas } from '../rollups/deltas.ts';
import { changedBytes, fromRow } from '../rollups/row-blob.ts';
import type { Connection } from './connection.ts';
import { type RolledDays, WrittenDays } from './rolled-days.ts';

/** A row as it is to be; null for one that goes. */
export type ChangedRow = [measure: number, hour: number, pair: number, bytes: Uint8Array | null];

export class RollupRows {
  readonly #days: RolledDays;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #removeHour: Statement;
  readonly #row: Statement;

  constructor(connection: Connection, days: RolledDays) {
    this.#days = days;
    this.#put = connection.prepare(
      `insert into rollups (measure, hour, pair, summary) values (?, ?, ?, ?)
       on conflict do update set summary = excluded.summary`,
    );
    this.#remove = connection.prepare('delete from rollups where measure = ? and hour = ? and pair = ?');
    this.#removeHour = connection.prepare('delete from rollups where measure = ? and hour = ?');
    this.#row = connection.prepare('select summary from rollups where measure = ? and hour = ? and pair = ?').pluck();
  }

  /** What deltas make of the rows that are there. Throws DamagedRollup. */
  changed(deltas: Deltas): ChangedRow[] {
    const rows: ChangedRow[] = [];
    for (const [measure, hours] of deltas.byMeasure) {
      for (const [hour, pairs] of hours) {
        for (const [pair, delta] of pairs) {
          if (delta.size === 0) continue;
          const stored = this.#row.get(measure, hour, pair) as Uint8Array | undefined;
          rows.push([measure, hour, pair, fromRow({ measure, hour }, () => changedBytes(stored, delta))]);
        }
      }
    }
    return rows;
  }

  store(rows: Iterable<ChangedRow>): void {
    const days = new WrittenDays(this.#days);
    for (const [measure, hour, pair, bytes] of rows) {
      days.note(measure, hour);
      if (bytes) this.#put.run(measure, hour, pair, bytes);
      else this.#remove.run(measure, hour, pair);
    }
  }

  removeHour(measure: number, hour: number): void {
    this.#days.forget(measure, hour, hour + 1);
    this.#removeHour.run(measure, hour);
  }
}
