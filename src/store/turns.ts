/** Whose turn it is to do work that is due every so often, and is done by one process at a time of those that share the database. */
export interface TurnStore {
  /**
   * Takes the turn, where it is due and nobody else has it; who has it already keeps it for longer. Without an end it is anybody's
   * when the lease is over. `name` is that of the work, `holder` names a process.
   */
  take(name: string, holder: string, nowMs: number, leaseUntilMs: number): Promise<boolean>;
  /** Gives it back; it is due again at that time. */
  end(name: string, holder: string, dueAtMs: number): Promise<void>;
}
