/**
 * What folding must know of logs and of who scored, from their rows: for those who fold, for questions about what was not folded
 * yet, and for whoever takes removed logs out. Rows are read, and ids of names found or made, by the engine.
 */
import type { FoldedIds, LogFacts } from './deltas.ts';
import { logValues, type MeasuredRow } from './log-values.ts';
import { EVALUATOR_VERSION_NAME, evaluatorVersionOf, fieldName, ROLLED_LOG_FIELDS, SOURCE_NAME } from './rolled.ts';

/** Interned ids, as the asker finds or makes them. */
export interface RollupIds {
  pair(project: number, name: string, value: string): number;
  logMeasure(project: number, index: number): number;
}

export interface FactRow extends MeasuredRow {
  project: number;
  startedAtMs: number;
  model: string | null;
  provider: string;
  upstream: string;
  properties: string | null;
}

export interface OriginRow {
  project: number;
  source: string;
  evaluator: string;
  version: string;
}

/** Where the rows are found; undefined for what is no more. */
export interface FactRows {
  log(seq: number): FactRow | undefined;
  origin(id: number): OriginRow | undefined;
}

/** What of a log's row is measured, and what it is grouped by. */
export const FACT_COLUMNS = `l.project, l.started_at_ms as "startedAtMs", l.model, l.provider, l.upstream, l.properties, l.status,
  l.duration_ms as "durationMs", l.first_token_ms as "firstTokenMs", l.cost_usd as "costUsd", l.input_tokens as "inputTokens",
  l.cached_input_tokens as "cachedInputTokens", l.output_tokens as "outputTokens"`;

/** One batch's look at logs: what it has read it remembers, so it is made anew for each batch. */
export function logFacts(
  rows: FactRows,
  ids: RollupIds,
  isRolled: (project: number, name: string) => boolean,
): FoldedIds {
  const logs = new Map<number, LogFacts | undefined>();
  const origins = new Map<number, number[]>();
  const pairsOf = (project: number, pairs: Iterable<[string, string | null]>): number[] => {
    const found: number[] = [];
    for (const [name, value] of pairs)
      if (value !== null && isRolled(project, name)) found.push(ids.pair(project, name, value));
    return found;
  };
  return {
    facts(log) {
      const known = logs.get(log);
      if (known !== undefined || logs.has(log)) return known;
      const row = rows.log(log);
      const facts = row && {
        project: row.project,
        startedAtMs: row.startedAtMs,
        pairs: pairsOf(row.project, namedValues(row)),
        values: logValues(row),
      };
      logs.set(log, facts);
      return facts;
    },
    originPairs(origin) {
      let pairs = origins.get(origin);
      if (pairs !== undefined) return pairs;
      const row = rows.origin(origin);
      pairs = row ? pairsOf(row.project, originNames(row)) : [];
      origins.set(origin, pairs);
      return pairs;
    },
    logMeasure: (project, index) => ids.logMeasure(project, index),
  };
}

/** All names and values that a log may be rolled up under. */
export function* namedValues(row: FactRow): Iterable<[string, string | null]> {
  for (const field of ROLLED_LOG_FIELDS) yield [fieldName(field), row[field]];
  if (row.properties !== null) yield* Object.entries(JSON.parse(row.properties) as Record<string, string>);
}

/** All names and values that scores of an origin may be rolled up under, beside their logs'. */
export function originNames(row: OriginRow): [string, string | null][] {
  return [
    [SOURCE_NAME, row.source],
    [EVALUATOR_VERSION_NAME, evaluatorVersionOf(row)],
  ];
}
