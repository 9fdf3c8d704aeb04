/**
 * Writing rollups, inside the transaction of the group commit: what folding has made ready, and the exceptions to it. New logs and
 * scores need nothing of this, since they note changes; but who removes logs, or changes a property of one, calls `takeOut` or
 * `movePair` in the same transaction, before the rows change.
 */
import type { Statement } from 'better-sqlite3';
import type { ScoreKind } from '../../model/score.ts';
import { LOG_MEASURES } from '../aggregates.ts';
import {
  addLog,
  addToRow,
  addValueOf,
  type ChangeEntry,
  type Deltas,
  type FoldedIds,
  noDeltas,
} from '../rollups/deltas.ts';
import { kindOfLogMeasure } from '../rollups/log-values.ts';
import { hourOf } from '../rollups/rolled.ts';
import { changedBytes } from '../rollups/row-blob.ts';
import { CHANGE_COLUMNS, type Mark, readMark } from './change-rows.ts';
import type { Connection } from './connection.ts';
import type { FoldStep } from './fold-batch.ts';
import { type FactRows, logFacts } from '../rollups/log-facts.ts';
import { factRows } from './log-facts.ts';
import type { Measures } from './measures.ts';
import type { PropertyPairs } from './property-pairs.ts';
import { type DayStep, RolledDays, WrittenDays } from './rolled-days.ts';

/** Entries that one commit forgets: about two milliseconds. */
const FORGOTTEN_A_COMMIT = 4096;

/** A score, or an outcome, as rollups hold it. */
interface Held {
  measure: number;
  origin: number;
  value: number | string;
}

export class WriteRollups {
  readonly #connection: Connection;
  readonly #pairs: PropertyPairs;
  readonly #measures: Measures;
  readonly #facts: FactRows;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #row: Statement;
  readonly #mark: Statement;
  readonly #forget: Statement;
  readonly #dropped: Statement;
  readonly #drop: Statement;
  readonly #sweep: Statement;
  readonly #days: RolledDays;
  readonly #swept: Statement;
  readonly #pending: Statement;
  readonly #scores: Statement;
  readonly #outcomes: Statement;
  readonly #removeEntries: Statement;

  constructor(connection: Connection, parts: { pairs: PropertyPairs; measures: Measures }) {
    this.#connection = connection;
    this.#pairs = parts.pairs;
    this.#measures = parts.measures;
    this.#facts = factRows(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#put = prepare(
      `insert into rollups (measure, hour, pair, summary) values (?, ?, ?, ?)
       on conflict do update set summary = excluded.summary`,
    );
    this.#remove = prepare('delete from rollups where measure = ? and hour = ? and pair = ?');
    this.#row = prepare('select summary from rollups where measure = ? and hour = ? and pair = ?').pluck();
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
    this.#sweep = prepare(
      `delete from rollups where measure = ? and hour >= ? and hour < ?
       and pair in (select id from properties where project = ? and name = ?)`,
    );
    this.#days = new RolledDays(connection);
    this.#swept = prepare('update rolled_names set dropped = 2 where project = ? and name = ?');
    const ofLogs = 'seq > ? and log in (select value from json_each(?))';
    this.#pending = prepare(`select ${CHANGE_COLUMNS} from changes where ${ofLogs} order by seq desc`);
    this.#scores = prepare(
      `select measure, origin, coalesce(number, category) as value from scores where log = ? and superseded = 0`,
    );
    this.#outcomes = prepare(
      `select m.id as measure, o.id as origin, e.outcome as value
       from evaluations e join logs l on l.seq = e.log
       join measures m on m.project = l.project and m.what = 'outcomes' and m.name = e.evaluator and m.kind = 'category'
       join origins o on o.project = l.project and o.source = 'evaluator' and o.evaluator = e.evaluator
         and o.version = e.evaluator_version
       where e.log = ? and e.superseded = 0`,
    );
    // Those that are folded are forgotten within seconds: to read them all here would hold up commits.
    this.#removeEntries = prepare('delete from changes where seq > ? and log in (select value from json_each(?))');
  }

  /** Stores a step of folding. False where rollups were written since it was made ready: it is to be made anew. */
  apply(step: FoldStep): boolean {
    const mark = readMark(this.#connection);
    if (mark.edits !== step.edits) return false;
    const pairs = step.pairs.map(([project, name, value]) => this.#pairs.idOf(project, name, value));
    const measures = step.measures.map(([project, name, kind]) =>
      this.#measures.idOf(project, 'log', name, kind as ScoreKind),
    );
    const days = new WrittenDays(this.#days);
    let at = 0;
    for (let index = 0; index < step.rows.length; index += 4) {
      const [measure, hour, pair, length] = step.rows.subarray(index, index + 4) as unknown as number[];
      const stored = [
        measure! < 0 ? measures[-measure! - 1]! : measure!,
        hour!,
        pair! < 0 ? pairs[-pair! - 1]! : pair!,
      ];
      days.note(stored[0]!, hour!);
      if (length === 0) this.#remove.run(...stored);
      else this.#put.run(...stored, step.bytes.subarray(at, at + length!));
      at += length!;
    }
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
    this.#days.forget(measure, fromHour, toHour);
  }

  /** Stores a day's hours together. False where rollups were written since it was made ready. */
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
    const ids = this.#ids();
    const deltas = noDeltas();
    const pending = this.#pendingOf(logs, mark);
    for (const log of logs) {
      const facts = ids.facts(log);
      if (facts === undefined) continue;
      const { own, held } = this.#heldOf(log, pending.get(log) ?? []);
      if (own) addLog(deltas, facts, ids, -1);
      for (const { measure, origin, value } of held)
        addValueOf(deltas, measure, facts, ids.originPairs(origin), value, -1);
    }
    this.#removeEntries.run(mark.seq, JSON.stringify(logs));
    this.#write(deltas, mark);
  }

  /** Moves a log from one value of a property to another, null for none. To be called before the log's row is changed. */
  movePair(log: number, name: string, from: string | null, to: string | null): void {
    const mark = readMark(this.#connection);
    const ids = this.#ids();
    const facts = ids.facts(log);
    if (facts === undefined || from === to || this.#isDropped(facts.project, name)) return;
    const { own, held } = this.#heldOf(log, this.#pendingOf([log], mark).get(log) ?? []);
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

  /** The changes of logs that are not folded yet, the last one first. */
  #pendingOf(logs: readonly number[], mark: Mark): Map<number, ChangeEntry[]> {
    const entries = this.#pending.all(mark.seq, JSON.stringify(logs)) as ChangeEntry[];
    return Map.groupBy(entries, ({ log }) => log);
  }

  /** What rollups hold of a log: its rows as they are, with the changes undone that are not folded yet. */
  #heldOf(log: number, pending: readonly ChangeEntry[]): { own: boolean; held: Held[] } {
    const held = new Map<string, Held>();
    for (const row of [...(this.#scores.all(log) as Held[]), ...(this.#outcomes.all(log) as Held[])])
      held.set(`${row.measure} ${row.origin}`, row);
    let own = true;
    for (const { what, measure, origin, was } of pending) {
      if (what === 'log') own = false;
      if (measure === null || origin === null) continue;
      if (was === null) held.delete(`${measure} ${origin}`);
      else held.set(`${measure} ${origin}`, { measure, origin, value: was });
    }
    return { own, held: [...held.values()] };
  }

  #write(deltas: Deltas, mark: Mark): void {
    const days = new WrittenDays(this.#days);
    for (const [measure, hours] of deltas.byMeasure) {
      for (const [hour, pairs] of hours) {
        days.note(measure, hour);
        for (const [pair, delta] of pairs) {
          if (delta.size === 0) continue;
          const bytes = changedBytes(this.#row.get(measure, hour, pair) as Uint8Array | undefined, delta);
          if (bytes) this.#put.run(measure, hour, pair, bytes);
          else this.#remove.run(measure, hour, pair);
        }
      }
    }
    this.#mark.run(mark.seq, mark.edits + 1);
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
