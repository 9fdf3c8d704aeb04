/**
 * Removing interned names and values that nothing refers to any more: a value that only a removed log had would else be read in
 * the file for ever. To be called in the transaction of the removal, after the rows are gone and noted (removal-notes.ts).
 */
import type { Statement } from 'better-sqlite3';
import { fieldName, isFieldName, type RolledLogField } from '../rollups/rolled.ts';
import type { Connection } from './connection.ts';
import type { Measures } from './measures.ts';
import type { PropertyPairs } from './property-pairs.ts';

/** States of a name in `rolled_names`. */
const BEING_SWEPT = 1;
const SWEPT = 2;
/** Pairs that one step of a sweep looks at: a few milliseconds. */
const PAIRS_A_STEP = 2000;
const MEASURES_A_STEP = 500;

export class UnusedNames {
  readonly #pairs: PropertyPairs;
  readonly #measures: Measures;
  readonly #pair: Statement;
  readonly #hasLog: Statement;
  readonly #removePair: Statement;
  readonly #state: Statement;
  readonly #hasPair: Statement;
  readonly #show: Statement;
  readonly #removeState: Statement;
  readonly #durations: Statement;
  readonly #hasHour: Statement;
  readonly #behind: Statement;
  readonly #scores: Statement;
  readonly #hasMeasure: Statement;
  readonly #removeMeasure: Statement;

  constructor(connection: Connection, parts: { pairs: PropertyPairs; measures: Measures }) {
    this.#pairs = parts.pairs;
    this.#measures = parts.measures;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#pair = prepare('select id from properties where project = ? and name = ? and value = ?').pluck();
    this.#hasLog = prepare('select 1 from log_properties where property = ? limit 1').pluck();
    this.#removePair = prepare('delete from properties where id = ?');
    this.#state = prepare('select dropped from rolled_names where project = ? and name = ?').pluck();
    this.#hasPair = prepare('select 1 from properties where project = ? and name = ? limit 1').pluck();
    this.#show = prepare('delete from hidden_properties where project = ? and name = ?');
    this.#removeState = prepare('delete from rolled_names where project = ? and name = ?');
    this.#durations = prepare(
      `select id from measures where project = ? and what = 'log' and name = 'durationMs' and kind = 'number'`,
    ).pluck();
    // Every log has a duration. From the newest hour backwards, since most values that are used at all are used now.
    this.#hasHour = prepare(
      `with recursive hours(hour) as (
         select max(hour) from rollups where measure = @measure
         union all
         select (select max(hour) from rollups where measure = @measure and hour < hours.hour) from hours where hour is not null)
       select 1 from hours
       where hour is not null and exists (select 1 from rollups r where r.measure = @measure and r.hour = hours.hour and r.pair = @pair)
       union all
       select 1 from rolled_days d where d.measure = @measure
         and exists (select 1 from day_rollups r where r.measure = @measure and r.day = d.day and r.pair = @pair)
       limit 1`,
    ).pluck();
    this.#behind = prepare(
      'select id, value from properties where project = ? and name = ? and id > ? order by id limit ?',
    );
    this.#scores = prepare(
      `select id from measures where project = ? and what = 'score' and id > ? order by id limit ?`,
    ).pluck();
    const used = (table: string, condition: string): string => `exists (select 1 from ${table} where ${condition})`;
    this.#hasMeasure = prepare(
      `select ${[
        used('scores', 'measure = @id and number is not null and superseded = 0'),
        used('scores', 'measure = @id and category is not null and superseded = 0'),
        used('scores', 'measure = @id and superseded = 1'),
        used('rollups', 'measure = @id'),
        used('day_rollups', 'measure = @id'),
        // What is folded already asks for no name.
        used('changes', 'seq > (select coalesce(max(seq), 0) from folded) and measure = @id'),
      ].join(' or ')}`,
    ).pluck();
    this.#removeMeasure = prepare('delete from measures where id = ?');
  }

  /** Looks at a property that a log had. Whether nothing has it any more, and it was removed. */
  property(project: number, name: string, value: string): boolean {
    const pair = this.#pair.get(project, name, value) as number | undefined;
    if (pair === undefined || this.#hasLog.get(pair) !== undefined) return false;
    // Its rollups are found by its name: it goes when they are gone (see `sweep`).
    if (this.#state.get(project, name) === BEING_SWEPT) return false;
    this.#remove(project, name, value, pair);
    return true;
  }

  /** Looks at the value of a field that is rolled up. Those have no index of logs: they are used while a rollup has them. */
  field(project: number, field: RolledLogField, value: string): void {
    const name = fieldName(field);
    const pair = this.#pair.get(project, name, value) as number | undefined;
    if (pair === undefined) return;
    const state = this.#state.get(project, name);
    if (state === BEING_SWEPT) return;
    const measure = this.#durations.get(project) as number | undefined;
    if (state !== SWEPT && measure !== undefined && this.#hasHour.get({ measure, pair }) !== undefined) return;
    this.#remove(project, name, value, pair);
  }

  /** Looks at the name of a score that a log had. Whether it was removed. */
  score(measure: number): boolean {
    if (this.#hasMeasure.get({ id: measure }) !== 0) return false;
    this.#removeMeasure.run(measure);
    this.#measures.clear();
    return true;
  }

  /** Looks at the names of a project's scores behind one, some at a time. */
  sweepScores(project: number, after: number): { removed: number; next: number | null } {
    const ids = this.#scores.all(project, after, MEASURES_A_STEP) as number[];
    const removed = ids.filter((id) => this.score(id)).length;
    return { removed, next: ids.length < MEASURES_A_STEP ? null : ids.at(-1)! };
  }

  /**
   * After the rollups of a name were removed: looks at its pairs behind one, some at a time. Where it goes on; null at the end.
   */
  sweep(project: number, name: string, after: number): number | null {
    const rows = this.#behind.all(project, name, after, PAIRS_A_STEP) as { id: number; value: string }[];
    for (const { id, value } of rows)
      if (isFieldName(name) || this.#hasLog.get(id) === undefined) this.#remove(project, name, value, id);
    return rows.length < PAIRS_A_STEP ? null : rows.at(-1)!.id;
  }

  #remove(project: number, name: string, value: string, pair: number): void {
    this.#removePair.run(pair);
    this.#pairs.forget(project, name, value);
    // Without values it begins anew: no log is left that its rollups would lack.
    if (isFieldName(name) || this.#hasPair.get(project, name) !== undefined) return;
    this.#removeState.run(project, name);
    this.#show.run(project, name);
  }
}
