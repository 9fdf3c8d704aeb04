/**
 * Adding up changes: what a batch of entries adds to, and takes from, each row of the rollups. A log adds its own numbers once; a
 * score adds its new value and takes its old one, so that entries may be folded in any grouping. Nothing is read or written here:
 * who folds says what is known of logs and origins.
 */
import { LOG_MEASURES } from '../../model/measure.ts';
import { ALL_LOGS, hourOf } from './rolled.ts';

/** A number or a category, and how often it came (above 0) or went (below). */
export type Delta = Map<number | string, number>;

/** Deltas by measure, hour and pair. */
export interface Deltas {
  /** How many rows are touched. */
  rows: number;
  byMeasure: Map<number, Map<number, Map<number, Delta>>>;
}

/** One entry of `changes`. */
export interface ChangeEntry {
  seq: number;
  project: number;
  log: number;
  what: 'log' | 'score' | 'evaluation';
  measure: number | null;
  origin: number | null;
  was: number | string | null;
  now: number | string | null;
}

/** What must be known of a log to fold it. */
export interface LogFacts {
  project: number;
  startedAtMs: number;
  /** Its pairs of all names that are rolled up. */
  pairs: readonly number[];
  /** Its own numbers, in the order of LOG_MEASURES. */
  values: readonly (number | null)[];
}

/** How the ids of what is folded are found. */
export interface FoldedIds {
  /** Undefined for a log that is no more. */
  facts(log: number): LogFacts | undefined;
  /** The measure of a log's own number, by its place in LOG_MEASURES. */
  logMeasure(project: number, index: number): number;
  /** Pairs that scores of an origin have beside their logs'. */
  originPairs(origin: number): readonly number[];
}

export function noDeltas(): Deltas {
  return { rows: 0, byMeasure: new Map() };
}

/** Adds what an entry brought. */
export function addEntry(deltas: Deltas, entry: ChangeEntry, ids: FoldedIds): void {
  const facts = ids.facts(entry.log);
  if (facts === undefined) return;
  if (entry.what === 'log') return addLog(deltas, facts, ids, 1);
  if (entry.was === entry.now || entry.measure === null) return;
  const origin = entry.origin === null ? [] : ids.originPairs(entry.origin);
  if (entry.was !== null) addValueOf(deltas, entry.measure, facts, origin, entry.was, -1);
  if (entry.now !== null) addValueOf(deltas, entry.measure, facts, origin, entry.now, 1);
}

/** Adds a log's own numbers, or takes them away. */
export function addLog(deltas: Deltas, facts: LogFacts, ids: FoldedIds, times: 1 | -1): void {
  for (let index = 0; index < LOG_MEASURES.length; index++) {
    const value = facts.values[index];
    if (value === null || value === undefined) continue;
    addValueOf(deltas, ids.logMeasure(facts.project, index), facts, [], value, times);
  }
}

/** Adds a value of a measure on a log, or takes it away, under all of the log's pairs and the origin's. */
export function addValueOf(
  deltas: Deltas,
  measure: number,
  facts: LogFacts,
  originPairs: readonly number[],
  value: number | string,
  times: number,
): void {
  const rows = rowsOf(deltas, measure, hourOf(facts.startedAtMs));
  add(deltas, rows, ALL_LOGS, value, times);
  for (const pair of facts.pairs) add(deltas, rows, pair, value, times);
  for (const pair of originPairs) add(deltas, rows, pair, value, times);
}

/** Adds to one row alone. */
export function addToRow(
  deltas: Deltas,
  row: { measure: number; hour: number; pair: number },
  value: number | string,
  times: number,
): void {
  add(deltas, rowsOf(deltas, row.measure, row.hour), row.pair, value, times);
}

function rowsOf(deltas: Deltas, measure: number, hour: number): Map<number, Delta> {
  let hours = deltas.byMeasure.get(measure);
  if (hours === undefined) deltas.byMeasure.set(measure, (hours = new Map()));
  let rows = hours.get(hour);
  if (rows === undefined) hours.set(hour, (rows = new Map()));
  return rows;
}

function add(deltas: Deltas, rows: Map<number, Delta>, pair: number, value: number | string, times: number): void {
  let delta = rows.get(pair);
  if (delta === undefined) {
    rows.set(pair, (delta = new Map()));
    deltas.rows += 1;
  }
  const sum = (delta.get(value) ?? 0) + times;
  if (sum === 0) delta.delete(value);
  else delta.set(value, sum);
}

/** What came to a row in two hours together. */
export function mergedDelta(one: Delta | undefined, other: Delta): Delta {
  const merged = new Map(one);
  for (const [value, times] of other) {
    const sum = (merged.get(value) ?? 0) + times;
    if (sum === 0) merged.delete(value);
    else merged.set(value, sum);
  }
  return merged;
}
