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
  /** A judge's provider does not take the key, */
  'provider_unauthorized',
  /** wants to be paid first, */
  'provider_out_of_credit',
  /** has no such model, */
  'provider_unknown_model',
  /** takes no more for now, */
  'provider_rate_limited',
  /** or did not answer as it should. */
  'provider_failed',
  /** The judge would not judge. */
  'judge_refused',
  /** The judge's answer was cut at its `maxTokens`. */
  'judge_truncated',
  /** A webhook's address must not be called, */
  'webhook_refused',
  /** or its receiver did not answer as it should. */
  'webhook_failed',
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
