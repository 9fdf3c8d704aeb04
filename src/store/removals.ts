/**
 * Removing logs, or what they hold, the same on every engine. Where the bytes were, they are overwritten; what is derived from
 * them goes with them, and words of the text index follow within seconds. Each removal is noted in the audit (audit.ts) in the
 * transactions in which it happens.
 */
import type { Act } from './audit.ts';

/** `more`: there may be others. */
export interface Removed {
  removed: number;
  more: boolean;
}

/** What a project keeps: logs that started at this time or later. */
export interface KeptFrom {
  projectId: string;
  beforeMs: number;
  /** Of removing what started before. */
  act: Act;
}

export interface RemovalStore {
  /**
   * Removes the bodies of logs that started before, at most `limit` of the oldest; the rows stay, as if their clients had asked
   * for omission.
   */
  removeBodies(projectId: string, beforeMs: number, limit: number, act: Act): Promise<Removed>;
  /**
   * Removes logs by their own ids, with all that belongs to them and all that was derived from them: bodies, properties, scores,
   * evaluations, jobs, deliveries, waiting scores, changes, words, their part of rollups, and names and values that no other log has.
   * Ids that are none of the project's are passed over. How many were removed. In several transactions where there are many.
   */
  removeLogs(projectId: string, ids: readonly string[], act: Act): Promise<number>;
  /** The same for logs that started before, at most `limit` of the oldest. */
  removeBefore(projectId: string, beforeMs: number, limit: number, act: Act): Promise<Removed>;
  /**
   * Removes a whole month of logs, as `removeBefore` would but at once, where the engine keeps months apart and no project keeps any
   * log of it; a project that is not named keeps all. `more`: one was removed, and there may be another.
   */
  removeMonth(kept: readonly KeptFrom[]): Promise<Removed>;
  /** Removes names of scores that no log has any more: of those that were taken away by name, which removes no log. */
  sweepScoreNames(projectId: string): Promise<void>;
}
