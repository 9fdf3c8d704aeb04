/**
 * Rollups of seeded logs as folding leaves them, without the changes that they are folded from: logs come in the order of their
 * start, so an hour is added up in memory and written once.
 */
import type { Statement } from 'better-sqlite3';
import { LOG_MEASURES } from '../../src/model/measure.ts';
import {
  addLog,
  addValueOf,
  type Deltas,
  type FoldedIds,
  type LogFacts,
  noDeltas,
} from '../../src/store/rollups/deltas.ts';
import { kindOfLogMeasure, logValues } from '../../src/store/rollups/log-values.ts';
import {
  EVALUATOR_VERSION_NAME,
  evaluatorVersionOf,
  fieldName,
  hourOf,
  MOST_ROLLED_VALUES,
  SOURCE_NAME,
} from '../../src/store/rollups/rolled.ts';
import { changedBytes } from '../../src/store/rollups/row-blob.ts';
import type { Connection } from '../../src/store/sqlite/connection.ts';
import { FoldDays } from '../../src/store/sqlite/fold-days.ts';
import type { Measures } from '../../src/store/sqlite/measures.ts';
import type { PropertyPairs } from '../../src/store/sqlite/property-pairs.ts';
import { RolledDays } from '../../src/store/sqlite/rolled-days.ts';
import type { NewLog } from '../../src/store/store.ts';

/** A score or an outcome of a log, by the ids that it is stored under. */
export interface AddedValue {
  measure: number;
  value: number | string;
  evaluator: string;
  version: string;
}

export class ScoredRollups {
  readonly #connection: Connection;
  readonly #project: number;
  readonly #pairs: PropertyPairs;
  readonly #insert: Statement;
  readonly #ids: FoldedIds;
  readonly #dropped: ReadonlySet<string>;
  readonly #origins = new Map<string, number[]>();
  #deltas: Deltas = noDeltas();
  #hour = -Infinity;

  /** `dropped` are the names that have too many values to be rolled up. */
  constructor(
    connection: Connection,
    project: number,
    parts: { pairs: PropertyPairs; measures: Measures; dropped: readonly string[] },
  ) {
    this.#connection = connection;
    this.#project = project;
    this.#pairs = parts.pairs;
    this.#dropped = new Set(parts.dropped);
    this.#insert = connection.prepare('insert into rollups (measure, hour, pair, summary) values (?, ?, ?, ?)');
    const own = LOG_MEASURES.map((name) => parts.measures.idOf(project, 'log', name, kindOfLogMeasure(name)));
    this.#ids = { facts: () => undefined, originPairs: () => [], logMeasure: (_project, index) => own[index]! };
  }

  add(log: NewLog, values: readonly AddedValue[]): void {
    const hour = hourOf(log.startedAtMs);
    if (hour !== this.#hour) this.#write();
    this.#hour = hour;
    const facts = this.#factsOf(log);
    addLog(this.#deltas, facts, this.#ids, 1);
    for (const { measure, value, evaluator, version } of values)
      addValueOf(this.#deltas, measure, facts, this.#originPairs(evaluator, version), value, 1);
  }

  finish(): void {
    this.#write();
    const drop = this.#connection.prepare(
      'insert into rolled_names (project, name, value_count, dropped) values (?, ?, ?, 2)',
    );
    for (const name of this.#dropped) drop.run(this.#project, name, MOST_ROLLED_VALUES + 1);
  }

  #factsOf(log: NewLog): LogFacts {
    const { model, provider, upstream, usage, startedAtMs } = log;
    const named: [string, string | null][] = [
      [fieldName('model'), model],
      [fieldName('provider'), provider],
      [fieldName('upstream'), upstream],
      ...[...log.properties].filter(([name]) => !this.#dropped.has(name)),
    ];
    const pairs = named.flatMap(([name, value]) =>
      value === null ? [] : [this.#pairs.idOf(this.#project, name, value)],
    );
    const tokens = {
      inputTokens: usage?.inputTokens ?? null,
      cachedInputTokens: usage?.cachedInputTokens ?? null,
      outputTokens: usage?.outputTokens ?? null,
    };
    return { project: this.#project, startedAtMs, pairs, values: logValues({ ...log, ...tokens }) };
  }

  #originPairs(evaluator: string, version: string): number[] {
    let pairs = this.#origins.get(evaluator);
    if (pairs === undefined) {
      pairs = [
        this.#pairs.idOf(this.#project, SOURCE_NAME, 'evaluator'),
        this.#pairs.idOf(this.#project, EVALUATOR_VERSION_NAME, evaluatorVersionOf({ evaluator, version })!),
      ];
      this.#origins.set(evaluator, pairs);
    }
    return pairs;
  }

  #write(): void {
    for (const [measure, hours] of this.#deltas.byMeasure)
      for (const [hour, pairs] of hours)
        for (const [pair, delta] of pairs) this.#insert.run(measure, hour, pair, changedBytes(undefined, delta));
    this.#deltas = noDeltas();
  }
}

/** Puts all days together. Outside of a transaction. */
export function foldAllDays(connection: Connection): void {
  const [days, rolled] = [new FoldDays(connection), new RolledDays(connection)];
  for (let day = days.next(0); day !== undefined; day = days.next(0)) rolled.put(day);
}
