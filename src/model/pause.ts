/** A pause: an evaluator is not run in a project until somebody resumes it. Its jobs are kept, and new ones come. */
import type { FailureCode } from './outcome.ts';

/** What a provider says that the next call would hear too. */
const SAID_BY_PROVIDER = ['provider_unauthorized', 'provider_out_of_credit', 'provider_unknown_model'] as const;

export const PAUSE_CAUSES = [
  /** Somebody paused it. */
  'by_hand',
  /** It failed `MOST_FAILURES` times in a row. */
  'failures',
  ...SAID_BY_PROVIDER,
] as const;
export type PauseCause = (typeof PAUSE_CAUSES)[number];

/** Failures in a row that pause an evaluator. */
export const MOST_FAILURES = 20;

export interface Pause {
  projectId: string;
  evaluator: string;
  cause: PauseCause;
  /** In words; without texts of logs, which can be removed. */
  reason: string;
  atMs: number;
}

/** The cause of the pause that follows from a single failure; undefined where it says nothing of the next one. */
export function causeOf(code: FailureCode): PauseCause | undefined {
  return SAID_BY_PROVIDER.find((cause) => cause === code);
}
