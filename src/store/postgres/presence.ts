/**
 * Which replicas live: each holds an advisory lock on a connection that does nothing else but listen. The server lets it
 * go however the process ends, and whichever machine it was on. A connection may also break and be opened again while its replica
 * lives; so one counts as gone when it has been missed for a while.
 */
import type { Client } from 'pg';
import type { StartedRow } from '../store.ts';
import type { Session } from './connection.ts';

const CLASS = 4757;
/** A connection that broke, or a server that was started anew, has long been followed by another connection. */
const GONE_MS = 20_000;

/** By these a server notices within half a minute that a machine is gone without a word; by its own defaults it takes two hours. */
export const KEEPALIVES = '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

export async function holdPresence(client: Client, replica: string): Promise<void> {
  // Shared with a connection of before that the server does not know to be broken yet.
  await client.query('select pg_advisory_lock_shared($1, $2)', [CLASS, lockOf(replica)]);
}

export class Orphans {
  readonly #missedSinceMs = new Map<string, number>();

  /** Calls that replicas which are no more had noted as started. To be asked now and then. */
  async list(session: Session, replica: string, nowMs: number): Promise<StartedRow[]> {
    const replicas = await session.rows<{ replica: string }>(
      'select distinct replica from started where replica <> $1',
      [replica],
    );
    const living = replicas.length === 0 ? new Set<number>() : await locksHeld(session);
    const missed = replicas.map((one) => one.replica).filter((one) => !living.has(lockOf(one)));
    for (const known of this.#missedSinceMs.keys()) if (!missed.includes(known)) this.#missedSinceMs.delete(known);
    const gone: string[] = [];
    for (const one of missed) {
      const sinceMs = this.#missedSinceMs.get(one) ?? nowMs;
      this.#missedSinceMs.set(one, sinceMs);
      if (nowMs - sinceMs >= GONE_MS) gone.push(one);
    }
    if (gone.length === 0) return [];
    return session.rows<StartedRow>('select id, replica, log from started where replica = any($1::text[])', [gone]);
  }
}

async function locksHeld(session: Session): Promise<Set<number>> {
  const rows = await session.rows<{ key: number }>(
    `select objid::bigint as key from pg_locks where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [CLASS],
  );
  return new Set(rows.map(({ key }) => key | 0));
}

/** 32 of the random bits of its id. */
function lockOf(replica: string): number {
  return Number.parseInt(replica.slice(-8), 16) | 0;
}
