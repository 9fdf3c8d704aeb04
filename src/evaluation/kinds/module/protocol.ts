/**
 * What the parent and the child of the `module` kind say to each other. An evaluation goes by a number that is unique
 * within its batch.
 */
import type { Log } from '../../../model/log.ts';
import type { FailureCode, NamedScore } from '../../../model/outcome.ts';
import type { Datapoint } from '../../define.ts';

export type ToChild = LoadFrame | BatchFrame;

export interface LoadFrame {
  load: { name: string; url: string; source: string }[];
  deadlineMs: number;
}

export interface BatchFrame {
  batch: BatchSubject[];
  /** How many evaluations may wait at a time. */
  concurrency: number;
}

export interface BatchSubject {
  log: Log;
  datapoint: Datapoint | undefined;
  evaluations: { id: number; evaluator: string }[];
}

export type FromChild =
  /** A file of a `LoadFrame` is about to be loaded. */
  | { loading: number }
  /** What came of one file of a `LoadFrame`, by its place there. */
  | { loaded: number; described?: Record<string, unknown>; error?: string }
  /** All files were tried. */
  | { ready: true }
  /** A piece of what an evaluation printed. */
  | { printed: number; text: string }
  | { results: EvaluationResult[] }
  /**
   * The batch is over. `spent`: something was left running, so that the child should be replaced. `left`: evaluations
   * of an evaluator that ran into its deadline again and again were not begun.
   */
  | { done: true; spent: boolean; left: boolean };

export interface EvaluationResult {
  id: number;
  durationMs: number;
  result:
    | { outcome: 'scored'; scores: NamedScore[] }
    | { outcome: 'abstained'; reason: string | null }
    | { outcome: 'skipped'; reason: string }
    | { outcome: 'failed'; code: FailureCode; message: string };
}

/** Largest frame: a subject with both bodies parsed, of logs whose bodies are kept up to 8 MB each. */
export const FRAME_BYTES = 64 * 1024 * 1024;
/** Evaluations that may wait at a time in one child; the progress file has room for 63. */
export const CONCURRENCY = 32;
/** Those of one evaluator, while others have some to begin. */
export const CONCURRENCY_OF_ONE = 8;
/** Deadlines in a row after which an evaluator gets no more of a batch; the parent then decides about it. */
export const DEADLINES_IN_A_ROW = 5;
/** How much later than the child itself the parent ends a waiting evaluation. */
export const GRACE_MS = 150;
export const DEFAULT_DEADLINE_MS = 5000;
