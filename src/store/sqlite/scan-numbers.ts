/**
 * Numbers of logs that are read one by one: what no rollup holds, and the pieces of hours at a question's edges. Logs are read in
 * chunks, each with its own scores; the question's clock counts them.
 */
import type { AggregateQuestion, Dimension } from '../aggregates.ts';
import { logValue, type MeasuredRow } from '../rollups/log-values.ts';
import { bucketOf } from '../rollups/hours.ts';
import { evaluatorVersionOf } from '../rollups/rolled.ts';
import { observe, type Tally } from '../rollups/tally.ts';
import type { AskedMeasure } from './asked-measures.ts';
import type { Connection } from './connection.ts';
import type { Found } from './find-logs.ts';
import { propertyName } from '../../model/property.ts';

const LOGS_A_CHUNK = 1000;

interface Place {
  bucket: number;
  group: string | null;
}

interface Value {
  log: number;
  measure: number | string;
  value: number | string;
  source: string;
  evaluator: string;
  version: string;
}

type Row = MeasuredRow & { seq: number; group: string | number | null };

/** What is measured and how it is grouped: the part of a question that does not depend on which logs are read. */
export interface Scan {
  measures: readonly AskedMeasure[];
  groupBy: Dimension | null;
  edgesMs: AggregateQuestion['edgesMs'];
}

/** Adds logs to the tally; how many there were. */
export function scanNumbers(connection: Connection, scan: Scan, logs: Iterable<Found>, tally: Tally): number {
  let count = 0;
  let chunk: Found[] = [];
  const read = chunkReader(connection, scan, tally);
  for (const log of logs) {
    chunk.push(log);
    if (chunk.length < LOGS_A_CHUNK) continue;
    count += chunk.length;
    read(chunk);
    chunk = [];
  }
  if (chunk.length > 0) read(chunk);
  return count + chunk.length;
}

function chunkReader(connection: Connection, scan: Scan, tally: Tally): (chunk: readonly Found[]) => void {
  const { measures, groupBy, edgesMs } = scan;
  const own = measures.flatMap(({ measure }, index) => ('log' in measure ? [{ index, name: measure.log }] : []));
  const byScorer = groupBy !== null && 'field' in groupBy && SCORER_FIELDS.has(groupBy.field);
  const rows =
    own.length > 0 || (groupBy !== null && !byScorer)
      ? connection.prepare(
          `select l.seq, l.status, l.duration_ms as durationMs, l.first_token_ms as firstTokenMs, l.cost_usd as costUsd,
             l.input_tokens as inputTokens, l.cached_input_tokens as cachedInputTokens, l.output_tokens as outputTokens,
             ${groupBy === null || byScorer ? 'null' : groupColumn(groupBy)} as "group"
           from json_each(?) j cross join logs l on l.seq = j.value`,
        )
      : undefined;
  const scores = indexBy(measures, (one) => ('score' in one.measure ? one.id : undefined));
  const outcomes = indexBy(measures, (one) => ('outcomes' in one.measure ? one.measure.outcomes : undefined));
  const readScores = connection.prepare(
    `select s.log, s.measure, coalesce(s.number, s.category) as value, o.source, o.evaluator, o.version
     from json_each(?) j cross join scores s on s.log = j.value join origins o on o.id = s.origin
     where s.superseded = 0`,
  );
  const readOutcomes = connection.prepare(
    `select e.log, e.evaluator as measure, e.outcome as value, 'evaluator' as source, e.evaluator, e.evaluator_version as version
     from json_each(?) j cross join evaluations e on e.log = j.value where e.superseded = 0`,
  );
  const places = new Map<number, Place>();
  const add = (index: number | undefined, { log, value, ...by }: Value): void => {
    const place = places.get(log);
    if (index === undefined || place === undefined) return;
    const group = byScorer ? scorerOf(groupBy, by) : place.group;
    observe(tally, index, group, place.bucket, value);
  };
  return (chunk) => {
    places.clear();
    for (const { seq, startedAtMs } of chunk) {
      const bucket = edgesMs === null ? 0 : bucketOf(edgesMs, startedAtMs);
      if (bucket >= 0) places.set(seq, { bucket, group: null });
    }
    const ids = JSON.stringify([...places.keys()]);
    for (const row of (rows?.iterate(ids) ?? []) as Iterable<Row>) {
      const place = places.get(row.seq)!;
      place.group = groupBy === null || byScorer ? null : groupText(groupBy, row.group);
      for (const { index, name } of own) {
        const value = logValue(row, name);
        if (value !== null) observe(tally, index, place.group, place.bucket, value);
      }
    }
    if (scores.size > 0)
      for (const row of readScores.iterate(ids) as Iterable<Value>) add(scores.get(row.measure), row);
    if (outcomes.size > 0)
      for (const row of readOutcomes.iterate(ids) as Iterable<Value>) add(outcomes.get(row.measure), row);
  };
}

function indexBy<Key>(
  measures: readonly AskedMeasure[],
  keyOf: (measure: AskedMeasure) => Key | undefined,
): Map<Key | number | string, number> {
  const found = new Map<Key | number | string, number>();
  for (const [index, measure] of measures.entries()) {
    const key = keyOf(measure);
    if (key !== undefined) found.set(key, index);
  }
  return found;
}

const SCORER_FIELDS = new Set<string>(['source', 'evaluatorVersion']);

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
