/** Scores: a named value on a log, with where it comes from. */
import { z } from 'zod';

export const scoreValueSchema = z.union([z.boolean(), z.number(), z.string().max(200)]);
/** boolean, number, or category (a string). */
export type ScoreValue = z.infer<typeof scoreValueSchema>;

export const SCORE_KINDS = ['boolean', 'number', 'category'] as const;
export type ScoreKind = (typeof SCORE_KINDS)[number];

/** Who gave a score. */
export const SCORE_SOURCES = ['evaluator', 'api', 'human'] as const;
export type ScoreSource = (typeof SCORE_SOURCES)[number];

export interface Score {
  name: string;
  value: ScoreValue;
  reason: string | null;
  source: ScoreSource;
  /** Name and version of the evaluator, for `source: 'evaluator'`. */
  evaluator: string | null;
  evaluatorVersion: string | null;
  /** How long the evaluation took, milliseconds. */
  durationMs: number | null;
  /** Milliseconds since the epoch of the last write. */
  atMs: number;
}

/** The score that a user's thumb up or down becomes. */
export const FEEDBACK = 'helicone-score-feedback';

export function scoreKind(value: ScoreValue): ScoreKind {
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'number' ? 'number' : 'category';
}
