/** A job: one evaluator on one log, as a durable unit of work. */

/** pending -> leased -> (done: the row is gone) | pending again after a retryable failure | dead. */
export const JOB_STATES = ['pending', 'leased', 'dead'] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface ClaimedJob {
  id: number;
  projectId: string;
  logId: string;
  evaluator: string;
  /** The version that shall look; null: the newest. */
  version: string | null;
  /** The rule whose budget pays for it; null: none has one. */
  paidBy: string | null;
  /** 1 for the first try. */
  attempt: number;
  /** Fencing token of this lease: whoever completes must hold the newest. */
  token: number;
}
