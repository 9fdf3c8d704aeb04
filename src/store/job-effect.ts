/** What became of a job, as the store is told. */
import type { ClaimedJob } from '../model/job.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ScoreSource } from '../model/score.ts';

/** The effect of one finished job, committed with the job's completion. */
export interface JobEffect {
  job: ClaimedJob;
  evaluatorVersion: string;
  outcome: Outcome;
  atMs: number;
  /** Set where the job shall run again at that time instead of ending. */
  retryAtMs: number | undefined;
  /** False where the evaluator was not run: the job's next claim then has the same `attempt` as this one. */
  countsAttempt?: false;
  /** Set where it was not run for this reason and waits until `retryAtMs`: no evaluation is stored of that, and no try is lost. */
  deferredBy?: 'budget';
  /** Set where it shall end as a dead letter. */
  dead: boolean;
  /** Whom its scores are from; the evaluator by default. */
  source?: ScoreSource;
  /** The person or the worker that looked. */
  givenBy?: string | null;
}
