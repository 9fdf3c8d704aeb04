/**
 * Writing rollups, inside the transaction of the group commit: what folding has made ready, and the exceptions to it. New logs and
 * scores need nothing of this, since they note changes; but who removes logs, or changes a property of one, calls `takeOut` or
 * `movePair` in the same transaction, before the rows change.
 */
import type { Statement } from 'better-sqlite3';
import type { ScoreKind } from '../../model/score.ts';
import { LOG_MEASURES } from '../../model/measure.ts';
import { addLog, addToRow, addValueOf, type Deltas, type FoldedIds, noDeltas } from '../rollups/deltas.ts';
import { kindOfLogMeasure } from '../rollups/log-values.ts';
import { dayOf, HOURS_A_DAY } from '../rollups/hours.ts';
import { HOUR_MS, hourOf } from '../rollups/rolled.ts';
import { DamagedRollup } from '../rollups/row-blob.ts';
import { type Mark, readMark } from './change-rows.ts';
import type { Connection } from './connection.ts';
import type { FoldStep } from './fold-batch.ts';
import { type FactRows, logFacts } from '../rollups/log-facts.ts';
import { HeldValues } from './held-values.ts';
import { factRows } from './log-facts.ts';
import type { Measures } from './measures.ts';
import type { PropertyPairs } from './property-pairs.ts';
import { type DayStep, RolledDays } from './rolled-days.ts';
import { type ChangedRow, RollupRows } from './rollup-rows.ts';

/** Entries that one commit forgets: about two milliseconds. */
const FORGOTTEN_A_COMMIT = 4096;
/** Logs that are added up together when an hour is made anew: so much stands in memory. */
const REBUILT_AT_ONCE = 1000;

export class WriteRollups {
  readonly #connection: Connection;
  readonly #pairs: PropertyPairs;
  readonly #measures: Measures;
  readonly #facts: FactRows;
  readonly #mark: Statement;
  readonly #forget: Statement;
  readonly #dropped: Statement;
  readonly #drop: Statement;
  readonly #sweep: Statement;
  readonly #sweepDays: Statement;
  readonly #days: RolledDays;
  readonly #rows: RollupRows;
  readonly #swept: Statement;
  readonly #held: HeldValues;
  readonly #removeEntries: Statement;
  readonly #projectOf: Statement;
  readonly #measuresOf: Statement;
  readonly #logsOf: Statement;

  constructor(connection: Connection, parts: { pairs: PropertyPairs; measures: Measures }) {
    this.#connection = connection;
    this.#pairs = parts.pairs;
    this.#measures = parts.measures;
    this.#facts = factRows(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#mark = prepare(
      `insert into folded (id, seq, edits) values (1, ?, ?)
       on conflict do update set seq = excluded.seq, edits = excluded.edits`,
    );
    this.#forget = prepare(
      `delete from changes where seq <= ? and seq < (select min(seq) from changes) + ${FORGOTTEN_A_COMMIT}`,
    );
    this.#dropped = prepare('select 1 from rolled_names where project = ? and name = ? and dropped > 0').pluck();
    this.#drop = prepare(
      `insert into rolled_names (project, name, value_count, dropped) values (?, ?, ?, 1)
       on conflict do update set value_count = excluded.value_count, dropped = 1`,
    );
    const ofName = 'and pair in (select id from properties where project = ? and name = ?)';
    this.#sweep = prepare(`delete from rollups where measure = ? and hour >= ? and hour < ? ${ofName}`);
    this.#sweepDays = prepare(`delete from day_rollups where measure = ? and day >= ? and day <= ? ${ofName}`);
    this.#days = new RolledDays(connection);
    this.#rows = new RollupRows(connection, this.#days);
    this.#swept = prepare('update rolled_names set dropped = 2 where project = ? and name = ?');
    this.#held = new HeldValues(connection);
    // Those that are folded are forgotten within seconds: to read them all here would hold up commits.
    this.#removeEntries = prepare('delete from changes where seq > ? and log in (select value from json_each(?))');
    this.#projectOf = prepare('select project from measures where id = ?').pluck();
    this.#measuresOf = prepare('select id from measures where project = ?').pluck();
    this.#logsOf = prepare(
      'select seq from logs where project = ? and started_at_ms >= ? and started_at_ms < ? order by seq',
    ).pluck();
  }

  /** Stores a step of folding. False where rollups were written since it was made ready: it is to be made anew. */
  apply(step: FoldStep): boolean {
    const mark = readMark(this.#connection);
    if (mark.edits !== step.edits) return false;
    const pairs = step.pairs.map(([project, name, value]) => this.#pairs.idOf(project, name, value));
    const measures = step.measures.map(([project, name, kind]) =>
      this.#measures.idOf(project, 'log', name, kind as ScoreKind),
    );
    const rows: ChangedRow[] = [];
    let at = 0;
    for (let index = 0; index < step.rows.length; index += 4) {
      const [measure, hour, pair, length] = step.rows.subarray(index, index + 4) as unknown as number[];
      rows.push([
        measure! < 0 ? measures[-measure! - 1]! : measure!,
        hour!,
        pair! < 0 ? pairs[-pair! - 1]! : pair!,
        length === 0 ? null : step.bytes.subarray(at, at + length!),
      ]);
      at += length!;
    }
    this.#rows.store(rows);
    for (const [project, name, values] of step.dropped) this.#drop.run(project, name, values);
    this.#mark.run(step.seq, mark.edits + 1);
    return true;
  }

  /** Removes some of the entries up to one that nobody watches any more; never one that is not folded. */
  forgetEntries(upTo: number): void {
    this.#forget.run(Math.min(upTo, readMark(this.#connection).seq));
  }

  /** Removes what is rolled up under a name in some hours of a measure. */
  sweep(project: number, name: string, measure: number, fromHour: number, toHour: number): void {
    this.#sweep.run(measure, fromHour, toHour, project, name);
    this.#sweepDays.run(measure, dayOf(fromHour), dayOf(toHour - 1), project, name);
  }

  /** Moves a day's hours together. False where rollups were written since it was made ready. */
  applyDay(step: DayStep): boolean {
    return readMark(this.#connection).edits === step.edits && this.#days.put(step);
  }

  /** Nothing of a name is rolled up any more. */
  swept(project: number, name: string): void {
    this.#swept.run(project, name);
  }

  /**
   * Takes logs out of the rollups, with all their scores and outcomes, and forgets their changes. To be called before their rows
   * are removed. Only what has been folded is in the rollups: the rest is undone by forgetting it.
   */
  takeOut(logs: readonly number[]): void {
    const mark = readMark(this.#connection);
    this.#write(this.#deltasOf(logs, -1, mark, this.#ids()), mark);
    this.#removeEntries.run(mark.seq, JSON.stringify(logs));
  }

  /** Moves a log from one value of a property to another, null for none. To be called before the log's row is changed. */
  movePair(log: number, name: string, from: string | null, to: string | null): void {
    const mark = readMark(this.#connection);
    const ids = this.#ids();
    const facts = ids.facts(log);
    if (facts === undefined || from === to || this.#isDropped(facts.project, name)) return;
    const { own, held } = this.#held.of(log, this.#held.pendingOf([log], mark).get(log) ?? []);
    const deltas = noDeltas();
    const hour = hourOf(facts.startedAtMs);
    for (const [value, times] of [[from, -1] as const, [to, 1] as const]) {
      if (value === null) continue;
      const pair = this.#pairs.idOf(facts.project, name, value);
      for (const [index, number] of own ? facts.values.entries() : [])
        if (number !== null)
          addToRow(deltas, { measure: ids.logMeasure(facts.project, index), hour, pair }, number, times);
      for (const one of held) addToRow(deltas, { measure: one.measure, hour, pair }, one.value, times);
    }
    this.#write(deltas, mark);
  }

  /**
   * Makes all rollups of a measure's project and an hour anew, from rows: of damaged ones nobody knows what else is wrong. They hold
   * afterwards what the rows said at the mark, as ever. Where the other hours of its day cannot be read either, the whole day is.
   */
  rebuild(measure: number, hour: number): void {
    const mark = readMark(this.#connection);
    const ids = this.#ids();
    const project = this.#projectOf.get(measure) as number | undefined;
    if (project === undefined) return;
    const day = dayOf(hour);
    const measures = this.#measuresOf.all(project) as number[];
    const unreadable = measures.filter((one) => this.#days.has(one, day) && !this.#days.moveBack(one, day));
    const first = day * HOURS_A_DAY;
    const [from, to] = unreadable.length > 0 ? [first, first + HOURS_A_DAY] : [hour, hour + 1];
    for (const one of measures) this.#days.removeHours(one, from, to);
    const logs = this.#logsOf.all(project, from * HOUR_MS, to * HOUR_MS) as number[];
    for (let at = 0; at < logs.length; at += REBUILT_AT_ONCE)
      this.#write(this.#deltasOf(logs.slice(at, at + REBUILT_AT_ONCE), 1, mark, ids), mark);
    this.#mark.run(mark.seq, mark.edits + 1);
  }

  /** All that rollups hold of logs, to be added or taken away. */
  #deltasOf(logs: readonly number[], times: 1 | -1, mark: Mark, ids: FoldedIds): Deltas {
    const deltas = noDeltas();
    const pending = this.#held.pendingOf(logs, mark);
    for (const log of logs) {
      const facts = ids.facts(log);
      if (facts === undefined) continue;
      const { own, held } = this.#held.of(log, pending.get(log) ?? []);
      if (own) addLog(deltas, facts, ids, times);
      for (const { measure, origin, value } of held)
        addValueOf(deltas, measure, facts, ids.originPairs(origin), value, times);
    }
    return deltas;
  }

  /** Writes nothing before all of it is known to be possible. What is damaged is made anew first, each hour once. */
  #write(deltas: Deltas, mark: Mark): void {
    const rebuilt = new Set<string>();
    for (;;) {
      try {
        this.#rows.change(deltas);
        this.#mark.run(mark.seq, mark.edits + 1);
        return;
      } catch (error) {
        if (!(error instanceof DamagedRollup) || rebuilt.has(`${error.measure} ${error.hour}`)) throw error;
        rebuilt.add(`${error.measure} ${error.hour}`);
        this.rebuild(error.measure, error.hour);
      }
    }
  }

  #ids(): FoldedIds {
    return logFacts(
      this.#facts,
      {
        pair: (project, name, value) => this.#pairs.idOf(project, name, value),
        logMeasure: (project, index) => {
          const name = LOG_MEASURES[index]!;
          return this.#measures.idOf(project, 'log', name, kindOfLogMeasure(name));
        },
      },
      (project, name) => !this.#isDropped(project, name),
    );
  }

  #isDropped(project: number, name: string): boolean {
    return this.#dropped.get(project, name) !== undefined;
  }
}
