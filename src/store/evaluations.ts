/** Evaluations as they are stored: how one evaluator's look at a log ended, with what it brought forth. */
import type { Outcome } from '../model/outcome.ts';
import type { ScoreSource } from '../model/score.ts';

/** An evaluation to be stored. */
export interface NewEvaluation {
  evaluator: string;
  evaluatorVersion: string;
  outcome: Outcome;
  attempt: number;
  atMs: number;
  /** Whom its scores are from. */
  source: ScoreSource;
  /** The person or the worker that looked; null where it was this process. */
  givenBy: string | null;
}

/** One evaluator's last outcome on a log. */
export interface EvaluationRow {
  evaluator: string;
  evaluatorVersion: string;
  outcome: Outcome['outcome'];
  /** Failure code, or null. */
  code: string | null;
  /** Why it abstained, was skipped or failed. */
  reason: string | null;
  printed: string;
  durationMs: number;
  attempt: number;
  atMs: number;
  /** The person or the worker that looked, where it was not Gradeway itself. */
  givenBy: string | null;
}
