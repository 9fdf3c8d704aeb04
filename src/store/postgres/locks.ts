/** Advisory locks by number. They are the database's, so that all replicas see them; logs lock by their own number. */
import type { Session } from './connection.ts';

/** Held shared while logs are committed, alone while a score is put aside for a log that is not there. */
const WAITING_SCORES = 4_757_003;
/** Held by whoever writes rollups. */
const ROLLUPS = 4_757_004;
/** Held by whoever writes the word index. */
const WORDS = 4_757_005;
/** Held shared by whoever uses interned ids, alone while some are removed. Taken before the locks of logs. */
const NAMES = 4_757_006;
/** Held with the hash of a budget's name by whoever sets something of it aside. */
const BUDGETS = 4_757_007;

/** Until the transaction ends: no name or value is removed. */
export async function shareNames(session: Session): Promise<void> {
  await session.rows('select pg_advisory_xact_lock_shared($1)', [NAMES]);
}

/** Until the transaction ends: nobody uses the id of a name or a value. */
export async function lockNames(session: Session): Promise<void> {
  await session.rows('select pg_advisory_xact_lock($1)', [NAMES]);
}

/**
 * Until the transaction ends: no score is put aside that this log should have got. The transaction also gets its number, before it
 * draws any for its logs (see settled.ts).
 */
export async function shareWaitingRoom(session: Session): Promise<void> {
  await session.rows('select pg_current_xact_id(), pg_advisory_xact_lock_shared($1)', [WAITING_SCORES]);
}

/** Until the transaction ends: no log comes. */
export async function lockWaitingRoom(session: Session): Promise<void> {
  await session.rows('select pg_advisory_xact_lock($1)', [WAITING_SCORES]);
}

/** Until the transaction ends: nobody else writes scores of these logs. In one order everywhere, so that there is no deadlock. */
export async function lockLogs(session: Session, logs: Iterable<number>): Promise<void> {
  const sorted = [...new Set(logs)].toSorted((one, other) => one - other);
  await session.rows('select pg_advisory_xact_lock(log) from unnest($1::bigint[]) as log', [sorted]);
}

/** The same for one log that was found before: whether it is still there, and stays. */
export async function lockLog(session: Session, log: number): Promise<boolean> {
  await lockLogs(session, [log]);
  return (await session.rows('select 1 from logs where seq = $1', [log])).length > 0;
}

/** Until the transaction ends: nobody else writes rollups. Taken after the locks of logs. */
export async function lockRollups(session: Session): Promise<void> {
  await session.rows('select pg_advisory_xact_lock($1)', [ROLLUPS]);
}

/** Until the transaction ends: nobody else writes the word index. */
export async function lockWords(session: Session): Promise<void> {
  await session.rows('select pg_advisory_xact_lock($1)', [WORDS]);
}

/** Until the transaction ends: nobody else sets aside money of these budgets. Taken before any other lock. */
export async function lockBudgets(session: Session, budgets: Iterable<string>): Promise<void> {
  const sorted = [...new Set(budgets)].toSorted();
  for (const budget of sorted) await session.rows('select pg_advisory_xact_lock($1, hashtext($2))', [BUDGETS, budget]);
}
