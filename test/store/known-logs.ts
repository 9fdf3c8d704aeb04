/** Numbers of logs as they are counted in memory, and an engine's answer in the same words. */
import { compareCodePoints } from '../../src/model/filter-match.ts';
import type { Filter } from '../../src/model/filter.ts';
import { propertyName } from '../../src/model/property.ts';
import { type Score, scoreKind } from '../../src/model/score.ts';
import type { AggregateQuestion, AggregateRow } from '../../src/store/aggregates.ts';
import type { Dimension } from '../../src/model/measure.ts';
import type { StoredLog } from '../../src/store/log-row.ts';

export interface KnownLog {
  log: StoredLog;
  /** Those that are current. */
  scores: Score[];
  /** By evaluator. */
  outcomes: Map<string, { outcome: string; version: string }>;
  satisfies(filter: Filter | null): boolean;
}

/** One number, score or outcome of a log. */
interface Observation {
  what: 'log' | 'score' | 'outcomes';
  name: string;
  kind: string;
  value: number | string;
  /** Who gave it; null for what the log has by itself. */
  by: { source: string; evaluatorVersion: string | null } | null;
}

/** Sorted `[what:name:kind, group, other, bucket, value, times]`, in which two answers compare whatever their order. */
export function aggregated(logs: readonly KnownLog[], asked: AggregateQuestion): string[] {
  const seen: { at: number; group: string | null; one: Observation }[] = [];
  const groups = new Map<string | null, number>();
  for (const known of logs) {
    const at = bucketOf(asked, known.log.startedAtMs);
    if (at < 0 || !known.satisfies(asked.filter)) continue;
    for (const one of observationsOf(known)) {
      if (!isAsked(asked, one)) continue;
      const group = groupOf(asked.groupBy, known.log, one);
      groups.set(group, (groups.get(group) ?? 0) + 1);
      seen.push({ at, group, one });
    }
  }
  const ranked = [...groups].toSorted(
    ([a, countA], [b, countB]) => countB - countA || (a === null ? 1 : b === null ? -1 : compareCodePoints(a, b)),
  );
  const shown = new Set(ranked.slice(0, asked.groupLimit).map(([group]) => group));
  const cells = new Map<string, [string, string | null, boolean, number, number | string, number]>();
  for (const { at, group, one } of seen) {
    const other = !shown.has(group);
    const cell = [`${one.what}:${one.name}:${one.kind}`, other ? null : group, other, at, one.value] as const;
    const key = JSON.stringify(cell);
    cells.set(key, [...cell, (cells.get(key)?.[5] ?? 0) + 1]);
  }
  return [...cells.values()].map((cell) => JSON.stringify(cell)).toSorted();
}

/** An engine's answer; of so few values that none is folded into bins. */
export function cellsOf(rows: readonly AggregateRow[]): string[] {
  return rows
    .flatMap(({ measure, kind, group, other, bucket, numbers, categories }) => {
      if (numbers?.folded) throw new Error('More values than a summary holds as they are: too many logs for this.');
      const [what, name] = Object.entries(measure)[0]!;
      return [...(numbers?.bins ?? categories!.byCategory)].map(([value, times]) =>
        JSON.stringify([`${what}:${name}:${kind}`, group, other, bucket, value, times]),
      );
    })
    .toSorted();
}

function bucketOf({ edgesMs, fromMs, toMs }: AggregateQuestion, startedAtMs: number): number {
  if ((fromMs !== null && startedAtMs < fromMs) || (toMs !== null && startedAtMs >= toMs)) return -1;
  if (edgesMs === null) return 0;
  const at = edgesMs.findLastIndex((edge) => edge <= startedAtMs);
  return at === edgesMs.length - 1 ? -1 : at;
}

function isAsked({ measures }: AggregateQuestion, { what, name }: Observation): boolean {
  if (measures === 'scores') return what === 'score';
  if (measures === 'outcomes') return what === 'outcomes';
  if (measures === 'scoresAndOutcomes') return what === 'score' || what === 'outcomes';
  return measures.some((measure) => (measure as Record<string, string>)[what] === name);
}

function groupOf(groupBy: Dimension | null, log: StoredLog, { by }: Observation): string | null {
  if (groupBy === null) return null;
  if ('property' in groupBy) return log.properties.get(propertyName(groupBy.property)) ?? null;
  if (groupBy.field === 'source') return by?.source ?? null;
  if (groupBy.field === 'evaluatorVersion') return by?.evaluatorVersion ?? null;
  const value = log[groupBy.field];
  return value === null ? null : String(value);
}

function observationsOf({ log, scores, outcomes }: KnownLog): Observation[] {
  const { usage } = log;
  const own: Record<string, number | null> = {
    durationMs: log.durationMs,
    firstTokenMs: log.firstTokenMs,
    costUsd: log.costUsd,
    inputTokens: usage?.inputTokens ?? null,
    cachedInputTokens: usage?.cachedInputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    totalTokens: usage && usage.inputTokens + usage.outputTokens,
  };
  const error = log.status !== null && log.status < 400 ? 0 : 1;
  const found: Observation[] = [{ what: 'log', name: 'error', kind: 'boolean', value: error, by: null }];
  for (const [name, value] of Object.entries(own))
    if (value !== null) found.push({ what: 'log', name, kind: 'number', value: value + 0, by: null });
  for (const { name, value, source, evaluator, evaluatorVersion } of scores) {
    const by = { source, evaluatorVersion: evaluator === null ? null : `${evaluator}@${evaluatorVersion}` };
    const kind = scoreKind(value);
    found.push({ what: 'score', name, kind, value: typeof value === 'string' ? value : Number(value) + 0, by });
  }
  for (const [evaluator, { outcome, version }] of outcomes) {
    const by = { source: 'evaluator', evaluatorVersion: `${evaluator}@${version}` };
    found.push({ what: 'outcomes', name: evaluator, kind: 'category', value: outcome, by });
  }
  return found;
}
