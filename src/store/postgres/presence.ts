/**
 * Which replicas live: each holds an advisory lock on a connection that does nothing else but listen. The server lets it
 * go however the process ends, and whichever machine it was on.
 */
import type { Client } from 'pg';
import type { StartedRow } from '../store.ts';
import type { Session } from './connection.ts';

const CLASS = 4757;
/** So long after its start a server may have replicas that have not come back yet. */
const GRACE_S = 15;

export async function holdPresence(client: Client, replica: string): Promise<void> {
  await client.query('select pg_advisory_lock($1, $2)', [CLASS, lockOf(replica)]);
}

/** Calls that replicas which are no more had noted as started. */
export async function orphans(session: Session, replica: string): Promise<StartedRow[]> {
  const rows = await session.rows<StartedRow>(
    'select id, replica, log from started where replica <> $1 and pg_postmaster_start_time() < now() - make_interval(secs => $2)',
    [replica, GRACE_S],
  );
  if (rows.length === 0) return [];
  const held = await session.rows<{ key: number }>(
    `select objid::bigint as key from pg_locks where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [CLASS],
  );
  const living = new Set(held.map(({ key }) => key | 0));
  return rows.filter((row) => !living.has(lockOf(row.replica)));
}

/** 32 of the random bits of its id. */
function lockOf(replica: string): number {
  return Number.parseInt(replica.slice(-8), 16) | 0;
}
