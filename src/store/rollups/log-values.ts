/** The numbers that every log has by itself, from the columns of its row: one place for rollups and for scans. */
import type { ScoreKind } from '../../model/score.ts';
import { LOG_MEASURES, type LogMeasure } from '../../model/measure.ts';

/** What of a log's row is measured. */
export interface MeasuredRow {
  status: number | null;
  durationMs: number;
  firstTokenMs: number | null;
  costUsd: number | null;
  inputTokens: number | null;
  cachedInputTokens: number | null;
  outputTokens: number | null;
}

const READ: Record<LogMeasure, (row: MeasuredRow) => number | null> = {
  error: ({ status }) => (status === null || status >= 400 ? 1 : 0),
  durationMs: ({ durationMs }) => durationMs,
  firstTokenMs: ({ firstTokenMs }) => firstTokenMs,
  costUsd: ({ costUsd }) => costUsd,
  inputTokens: ({ inputTokens }) => inputTokens,
  // Usage is known or not as a whole; a class that the provider did not tell is 0 then.
  cachedInputTokens: ({ inputTokens, cachedInputTokens }) => (inputTokens === null ? null : (cachedInputTokens ?? 0)),
  outputTokens: ({ inputTokens, outputTokens }) => (inputTokens === null ? null : (outputTokens ?? 0)),
  totalTokens: ({ inputTokens, outputTokens }) => (inputTokens === null ? null : inputTokens + (outputTokens ?? 0)),
};

/** A measure of a log; null where it has none. */
export function logValue(row: MeasuredRow, measure: LogMeasure): number | null {
  return READ[measure](row);
}

/** All of them, in the order of LOG_MEASURES. */
export function logValues(row: MeasuredRow): (number | null)[] {
  return LOG_MEASURES.map((measure) => READ[measure](row));
}

export function kindOfLogMeasure(measure: LogMeasure): ScoreKind {
  return measure === 'error' ? 'boolean' : 'number';
}
