/** What the store is asked for an alert, and the samples in its answer. What they mean is judged in judge.ts. */
import type { AlertCondition, AlertSpec, AlertWatch } from '../model/alert.ts';
import { noCounts, totalOf } from '../statistics/counts.ts';
import { booleansOf } from '../statistics/description.ts';
import type { Moments } from '../statistics/moments.ts';
import { emptySummary, momentsOfSummary } from '../statistics/summary.ts';
import type { AggregateQuestion, AggregateRow, Measure } from '../store/aggregates.ts';

/** The values of one window. */
export type Sample = { kind: 'share'; successes: number; count: number } | { kind: 'mean'; moments: Moments };

export interface Windows {
  fromMs: number;
  toMs: number;
  /** Where the window before begins; undefined where none is compared. */
  beforeMs: number | undefined;
}

const MINUTE_MS = 60_000;

export function isCompared(when: AlertCondition): boolean {
  return !('above' in when || 'below' in when);
}

export function windowsOf({ windowMinutes, when }: Pick<AlertSpec, 'windowMinutes' | 'when'>, nowMs: number): Windows {
  const length = windowMinutes * MINUTE_MS;
  const fromMs = nowMs - length;
  return { fromMs, toMs: nowMs, beforeMs: isCompared(when) ? fromMs - length : undefined };
}

export type Estimated = Exclude<AlertWatch, { kind: 'queue_age' | 'paused' | 'budget' }>;

export function measureOf(watch: Estimated): Measure {
  if (watch.kind === 'failures') return { outcomes: watch.evaluator };
  return watch.kind === 'errors' ? { log: 'error' } : { score: watch.score };
}

/** Both windows in one question, and so of one moment. */
export function questionOf(
  projectId: string,
  { watch, filter }: { watch: Estimated } & Pick<AlertSpec, 'filter'>,
  { fromMs, toMs, beforeMs }: Windows,
  timeLimitMs: number,
): AggregateQuestion {
  return {
    projectId,
    filter,
    fromMs: beforeMs ?? fromMs,
    toMs,
    measures: [measureOf(watch)],
    groupBy: null,
    edgesMs: beforeMs === undefined ? null : [beforeMs, fromMs, toMs],
    groupLimit: 1,
    timeLimitMs,
  };
}

/** The samples of the window, and of the one before where it was asked for. */
export function samplesOf(
  watch: Estimated,
  rows: readonly AggregateRow[],
  { beforeMs }: Pick<Windows, 'beforeMs'>,
): { now: Sample; before: Sample | undefined } {
  // A score may have had values of several kinds: both windows are read as one and the same of them.
  const kinds = new Set(rows.map(({ kind }) => kind));
  const read = (bucket: number): Sample =>
    sampleOf(
      watch,
      kinds,
      rows.filter((row) => row.bucket === bucket),
    );
  return beforeMs === undefined ? { now: read(0), before: undefined } : { now: read(1), before: read(0) };
}

function sampleOf(watch: Estimated, kinds: ReadonlySet<string>, rows: readonly AggregateRow[]): Sample {
  const numbers = (kind: 'number' | 'boolean') => rows.find((row) => row.kind === kind)?.numbers ?? emptySummary();
  const counts = rows.find(({ kind }) => kind === 'category')?.categories ?? noCounts();
  const isTrue = (): Sample => {
    const { count, trueCount } = booleansOf(numbers('boolean'));
    return { kind: 'share', successes: trueCount, count };
  };
  const of = (category: string): number => counts.byCategory.get(category) ?? 0;
  if (watch.kind === 'failures')
    // What was skipped never ran, and can neither have failed nor not.
    return { kind: 'share', successes: of('failed'), count: of('failed') + of('scored') + of('abstained') };
  if (watch.kind === 'share' && watch.of !== true)
    return { kind: 'share', successes: of(watch.of), count: totalOf(counts) };
  if (watch.kind === 'mean' && (kinds.has('number') || !kinds.has('boolean')))
    return { kind: 'mean', moments: momentsOfSummary(numbers('number')) };
  return isTrue();
}
