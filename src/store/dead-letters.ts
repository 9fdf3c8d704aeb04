/**
 * Dead letters: jobs that failed for good, kept with their reason until somebody has them run again or drops them. How a job
 * becomes one is decided by evaluation/evaluate.ts. Who drops one leaves the outcome that the log shows.
 */
import type { FailureCode } from '../model/outcome.ts';

export interface DeadLetter {
  /** The job's. Grows with the time at which jobs were made. */
  id: number;
  /** Null where the log is gone. */
  logId: string | null;
  evaluator: string;
  /** How often it was tried. */
  attempts: number;
  reason: string | null;
  /** What its last evaluation came to; all null where that is not known any more. */
  evaluatorVersion: string | null;
  code: FailureCode | null;
  failedAtMs: number | null;
  /** What the evaluator printed. */
  printed: string | null;
}

export interface DeadLetterPage {
  /** Null: of all evaluators. */
  evaluator: string | null;
  /** Id behind which it goes on; null at the beginning. */
  after: number | null;
  limit: number;
}

export interface DeadLetterStore {
  /** Of one project, the youngest jobs first. */
  list(projectId: string, page: DeadLetterPage): Promise<DeadLetter[]>;
  find(projectId: string, id: number): Promise<DeadLetter | undefined>;
  /** Makes those of them that are dead due at once, as if never tried; answers how many. */
  retry(projectId: string, ids: number[], nowMs: number): Promise<number>;
  /** Removes those of them that are dead; answers how many. */
  drop(projectId: string, ids: number[]): Promise<number>;
}

/** Ids that one transaction changes. */
const IDS_A_UNIT = 256;

/**
 * Does something to all dead letters that there are, of one evaluator or of all, in small transactions; answers the sum. Walks
 * down by id, so that one which dies again meanwhile is not met twice.
 */
export async function actOnDeadLetters(
  deadLetters: Pick<DeadLetterStore, 'list'>,
  { projectId, evaluator }: { projectId: string; evaluator: string | null },
  act: (ids: number[]) => Promise<number>,
): Promise<number> {
  let count = 0;
  for (let after: number | null = null; ;) {
    const page: DeadLetter[] = await deadLetters.list(projectId, { evaluator, after, limit: IDS_A_UNIT });
    if (page.length > 0) count += await act(page.map(({ id }) => id));
    if (page.length < IDS_A_UNIT) return count;
    after = page.at(-1)!.id;
  }
}
