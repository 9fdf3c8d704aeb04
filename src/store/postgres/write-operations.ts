/** Everything that is written, as named operations, each in a transaction of its own. Those of SQLite say what each does. */
import type { Pool } from 'pg';
import type { ClaimedJob } from '../../model/job.ts';
import type { ScoreSource } from '../../model/score.ts';
import type { JobEffect, KeyRow, NewKey, NewLog, NewScore, StartedRow } from '../store.ts';
import { sessionOf } from './connection.ts';
import { Ingest, type IngestResult } from './ingest.ts';
import { Interned } from './interned.ts';
import { Partitions } from './partitions.ts';
import { Orphans } from './presence.ts';
import { inTransaction } from './transaction.ts';
import { deliveryWrites } from './write-deliveries.ts';
import { type ClaimRequest, WriteJobs } from './write-jobs.ts';
import { WriteProperties } from './write-properties.ts';
import { WriteRollups } from './write-rollups.ts';
import { WriteScores } from './write-scores.ts';
import { webhookWrites } from './write-webhooks.ts';

/** `first` is for what answers wait for, `rest` for all else: a flood of the latter leaves the former a connection. */
export function writeOperations(pools: { first: Pool; rest: Pool }) {
  const { first, rest } = pools;
  const interned = new Interned(first);
  const partitions = new Partitions(first);
  // Interns through the other pool: a transaction must not wait for a second connection of its own pool.
  const scores = new WriteScores(rest, interned);
  const ingest = new Ingest(rest, { interned, partitions, scores });
  const properties = new WriteProperties(rest, { interned, rollups: new WriteRollups(interned) });
  const jobs = new WriteJobs(rest, { interned, scores });

  const orphans = new Orphans();

  return {
    ...webhookWrites(rest, interned),
    ...deliveryWrites(rest),

    ensurePartitions: (nowMs: number): Promise<void> => partitions.ensureAhead(nowMs),

    ingest: (logs: readonly NewLog[], startedIds: readonly string[], nowMs: number): Promise<IngestResult> =>
      ingest.insert(logs, startedIds, nowMs),

    async start(row: StartedRow): Promise<void> {
      await sessionOf(first).rows(
        'insert into started (id, replica, log) values ($1, $2, $3) on conflict (id) do nothing',
        [row.id, row.replica, Buffer.from(row.log)],
      );
    },

    orphans: (replica: string, nowMs: number): Promise<StartedRow[]> => orphans.list(sessionOf(first), replica, nowMs),

    putScores: (projectId: string, id: string, list: NewScore[], keepUntilMs: number): Promise<'attached' | 'kept'> =>
      scores.put(projectId, id, list, keepUntilMs, list[0]?.atMs ?? keepUntilMs),

    removeScores: (
      projectId: string,
      id: string,
      name: string,
      source: ScoreSource | null,
      nowMs: number,
    ): Promise<number> => scores.remove(projectId, id, name, source, nowMs),
    setPropertyHidden: (projectId: string, name: string, hidden: boolean): Promise<boolean> =>
      properties.setHidden(projectId, name, hidden),
    setProperty: (projectId: string, id: string, name: string, value: string, nowMs: number): Promise<boolean> =>
      properties.set(projectId, id, name, value, nowMs),

    claimJobs: (request: ClaimRequest): Promise<ClaimedJob[]> => jobs.claim(request),
    completeJobs: (effects: JobEffect[]): Promise<{ fenced: number }> => jobs.complete(effects),
    renewJobs: (held: ClaimedJob[], leaseUntilMs: number): Promise<void> => jobs.renew(held, leaseUntilMs),
    releaseJobs: (held: ClaimedJob[], nowMs: number): Promise<void> => jobs.release(held, nowMs),

    createKey: (key: NewKey, newProjectId: string): Promise<KeyRow> =>
      inTransaction(rest, async (session) => {
        await session.rows(
          'insert into projects (id, name, created_at_ms) values ($1, $2, $3) on conflict (name) do nothing',
          [newProjectId, key.project, key.createdAtMs],
        );
        const [project] = await session.rows<{ seq: number; id: string }>(
          'select seq, id from projects where name = $1',
          [key.project],
        );
        await session.rows(
          `insert into keys (id, project, name, hash, last4, scopes, created_at_ms) values ($1, $2, $3, $4, $5, $6, $7)`,
          [key.id, project!.seq, key.name, key.hash, key.last4, JSON.stringify(key.scopes), key.createdAtMs],
        );
        return { ...key, projectId: project!.id, revokedAtMs: null, lastUsedAtMs: null };
      }),

    async revokeKey(id: string, atMs: number): Promise<boolean> {
      const rows = await sessionOf(rest).rows(
        'update keys set revoked_at_ms = $2 where id::text = $1 and revoked_at_ms is null returning id',
        [id.toLowerCase(), atMs],
      );
      return rows.length > 0;
    },

    async probe(atMs: number): Promise<void> {
      await sessionOf(first).rows(
        'insert into probe (id, at_ms) values (1, $1) on conflict (id) do update set at_ms = excluded.at_ms',
        [atMs],
      );
    },
  };
}

export type PostgresWriteOperations = ReturnType<typeof writeOperations>;
