/** What statistics measure of logs by themselves, and what they are grouped by. */

/** Numbers that every log has by itself. `error` is 1 for a call without a status below 400, else 0. */
export const LOG_MEASURES = [
  'error',
  'durationMs',
  'firstTokenMs',
  'costUsd',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'totalTokens',
] as const;
export type LogMeasure = (typeof LOG_MEASURES)[number];

/** What numbers are grouped by. Groups of texts; `null` is the group of logs (or scores) without a value. */
export const GROUP_FIELDS = [
  'model',
  'provider',
  'upstream',
  'status',
  'ending',
  'userId',
  'sessionId',
  'sessionName',
  'path',
  'finishReason',
  /** Of scores: who gave them, and by which evaluator, as `name@version`. */
  'source',
  'evaluatorVersion',
] as const;
export type GroupField = (typeof GROUP_FIELDS)[number];
export type Dimension = { field: GroupField } | { property: string };
