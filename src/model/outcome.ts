/** How one evaluation ended. A failure is a value of its own and never a score of 0. */
import type { ScoreValue } from './score.ts';

export const OUTCOMES = ['scored', 'abstained', 'skipped', 'failed'] as const;

export const FAILURES = [
  /** The evaluator threw or rejected. */
  'threw',
  /** It ran over its deadline and was killed. */
  'timeout',
  /** It took its process down (exit, crash, out of memory). */
  'crashed',
  /** What it returned is not a score of the declared kind. */
  'invalid_result',
  /** Its file does not load any more. */
  'not_loaded',
] as const;
export type FailureCode = (typeof FAILURES)[number];

export interface NamedScore {
  name: string;
  value: ScoreValue;
  reason: string | null;
}

interface Ran {
  durationMs: number;
  /** What the evaluator printed, cut at 64 kB. */
  printed: string;
  /** What it cost, where it cost something and that is known. */
  costUsd?: number | null;
  /** A judge's prompt, for whoever tries a draft. Not stored. */
  rendered?: string;
}

export type Outcome = Ran &
  (
    | { outcome: 'scored'; scores: NamedScore[] }
    /** It looked and has nothing to say (returned null or undefined). */
    | { outcome: 'abstained'; reason: string | null }
    /** It was not run, for this reason. */
    | { outcome: 'skipped'; reason: string }
    | { outcome: 'failed'; code: FailureCode; message: string; retryable: boolean }
  );
