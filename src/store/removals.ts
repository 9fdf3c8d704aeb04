/** Removing what logs hold, the same on every engine. Where the bytes were, they are overwritten; what is derived from them follows. */

export interface RemovalStore {
  /**
   * Removes the bodies of logs that started before, at most `limit` of the oldest; the rows stay, as if their clients had asked
   * for omission. The words of the text index follow within seconds. `more`: there may be others.
   */
  removeBodies(projectId: string, beforeMs: number, limit: number): Promise<{ removed: number; more: boolean }>;
}
