/**
 * Numbers of logs that are read one by one: what of a log's row is read for a question, and where what is read of a chunk of logs
 * is counted. Rows are read by the engine.
 */
import type { AggregateQuestion } from '../aggregates.ts';
import type { Dimension } from '../../model/measure.ts';
import { propertyName } from '../../model/property.ts';
import type { AskedMeasure } from './asked-measures.ts';
import { bucketOf } from './hours.ts';
import { logValue, type MeasuredRow } from './log-values.ts';
import { evaluatorVersionOf } from './rolled.ts';
import { observe, type Tally } from './tally.ts';

/** What is measured and how it is grouped: the part of a question that does not depend on which logs are read. */
export interface Scan {
  measures: readonly AskedMeasure[];
  groupBy: Dimension | null;
  edgesMs: AggregateQuestion['edgesMs'];
}

/** A log's row: its numbers, and the column that it is grouped by. */
export type ScannedRow = MeasuredRow & { seq: number; group: string | number | null };

/** A score, or an outcome by its evaluator's name, with who gave it. */
export interface ScannedValue {
  log: number;
  measure: number | string;
  value: number | string;
  source: string;
  evaluator: string;
  version: string;
}

interface Place {
  bucket: number;
  group: string | null;
}

const SCORER_FIELDS = new Set<string>(['source', 'evaluatorVersion']);

export class ScannedLogs {
  /** Which rows of a log have to be read. */
  readonly reads: { rows: boolean; scores: boolean; outcomes: boolean };
  /** The measures of scores that are read. */
  readonly scores: number[];
  /** Whether it matters who gave a score or an outcome. */
  readonly byScorer: boolean;
  /** Of the row `l`, for ScannedRow. */
  readonly columns: string;
  readonly #scan: Scan;
  readonly #tally: Tally;
  readonly #own: { index: number; name: Parameters<typeof logValue>[1] }[];
  readonly #scores: Map<number | string, number>;
  readonly #outcomes: Map<number | string, number>;
  #places = new Map<number, Place>();

  constructor(scan: Scan, tally: Tally) {
    const { measures, groupBy } = scan;
    this.#scan = scan;
    this.#tally = tally;
    this.#own = measures.flatMap(({ measure }, index) => ('log' in measure ? [{ index, name: measure.log }] : []));
    this.byScorer = groupBy !== null && 'field' in groupBy && SCORER_FIELDS.has(groupBy.field);
    this.#scores = indexBy(measures, (one) => ('score' in one.measure ? one.id : undefined));
    this.#outcomes = indexBy(measures, (one) => ('outcomes' in one.measure ? one.measure.outcomes : undefined));
    this.scores = [...this.#scores.keys()].map(Number);
    const grouped = groupBy !== null && !this.byScorer;
    this.reads = {
      rows: this.#own.length > 0 || grouped,
      scores: this.#scores.size > 0,
      outcomes: this.#outcomes.size > 0,
    };
    this.columns = `l.seq, l.status, l.duration_ms as "durationMs", l.first_token_ms as "firstTokenMs", l.cost_usd as "costUsd",
      l.input_tokens as "inputTokens", l.cached_input_tokens as "cachedInputTokens", l.output_tokens as "outputTokens",
      ${grouped ? groupColumn(groupBy) : 'null'} as "group"`;
  }

  /** Begins a chunk; the numbers of its logs that lie in a bucket. */
  begin(logs: Iterable<{ seq: number; startedAtMs: number }>): number[] {
    const { edgesMs } = this.#scan;
    this.#places = new Map();
    for (const { seq, startedAtMs } of logs) {
      const bucket = edgesMs === null ? 0 : bucketOf(edgesMs, startedAtMs);
      if (bucket >= 0) this.#places.set(seq, { bucket, group: null });
    }
    return [...this.#places.keys()];
  }

  /** Before the chunk's scores and outcomes, which are counted in its group. */
  addRow(row: ScannedRow): void {
    const { groupBy } = this.#scan;
    const place = this.#places.get(row.seq)!;
    place.group = groupBy === null || this.byScorer ? null : groupText(groupBy, row.group);
    for (const { index, name } of this.#own) {
      const value = logValue(row, name);
      if (value !== null) observe(this.#tally, index, place.group, place.bucket, value);
    }
  }

  addScore(score: ScannedValue): void {
    this.#add(this.#scores.get(score.measure), score);
  }

  addOutcome(outcome: ScannedValue): void {
    this.#add(this.#outcomes.get(outcome.measure), outcome);
  }

  #add(index: number | undefined, { log, value, ...by }: ScannedValue): void {
    const place = this.#places.get(log);
    if (index === undefined || place === undefined) return;
    const group = this.byScorer ? scorerOf(this.#scan.groupBy!, by) : place.group;
    observe(this.#tally, index, group, place.bucket, value);
  }
}

function indexBy(
  measures: readonly AskedMeasure[],
  keyOf: (measure: AskedMeasure) => number | string | undefined,
): Map<number | string, number> {
  const found = new Map<number | string, number>();
  for (const [index, measure] of measures.entries()) {
    const key = keyOf(measure);
    if (key !== undefined) found.set(key, index);
  }
  return found;
}

function scorerOf(dimension: Dimension, by: { source: string; evaluator: string; version: string }): string | null {
  return 'field' in dimension && dimension.field === 'source' ? by.source : evaluatorVersionOf(by);
}

/** The column that a log's group is read from; a property is read from the JSON of all of them. */
function groupColumn(dimension: Dimension): string {
  if ('property' in dimension) return 'l.properties';
  return `l.${dimension.field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

function groupText(dimension: Dimension, value: string | number | null): string | null {
  if (value === null) return null;
  if ('field' in dimension) return String(value);
  const properties = JSON.parse(String(value)) as Record<string, string>;
  const name = propertyName(dimension.property);
  return Object.hasOwn(properties, name) ? properties[name]! : null;
}
