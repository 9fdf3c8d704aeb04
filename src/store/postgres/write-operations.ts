/** Everything that is written, as named operations, each in a transaction of its own. Those of SQLite say what each does. */
import type { Pool } from 'pg';
import type { ClaimedJob } from '../../model/job.ts';
import type { ScoreSource } from '../../model/score.ts';
import type { Act } from '../audit.ts';
import type { KeptFrom, Removed } from '../removals.ts';
import type { NewEvaluation } from '../evaluations.ts';
import type { JobEffect, NewLog, NewScore, StartedRow } from '../store.ts';
import { sessionOf } from './connection.ts';
import { datasetWrites } from './datasets.ts';
import { runWrites } from './write-runs.ts';
import { deadLetterWrites } from './dead-letters.ts';
import { DropMonth } from './drop-month.ts';
import { Ingest, type IngestResult } from './ingest.ts';
import type { Claimed, ClaimRequest } from '../fair-claim.ts';
import { pauseWrites } from './breakers.ts';
import { budgetWrites } from './budgets.ts';
import { ClaimJobs } from './claim-jobs.ts';
import { Interned } from './interned.ts';
import { Partitions } from './partitions.ts';
import { Orphans } from './presence.ts';
import { foreignWrites } from './foreign-records.ts';
import { ruleDayWrites } from './rule-days.ts';
import { ruleWrites } from './rules.ts';
import { UnusedNames } from './unused-names.ts';
import { alertWrites } from './write-alerts.ts';
import { definitionWrites } from './write-definitions.ts';
import { deliveryWrites } from './write-deliveries.ts';
import { WriteEvaluations } from './write-evaluations.ts';
import { WriteJobs } from './write-jobs.ts';
import { keyWrites } from './write-keys.ts';
import { noticeWrites } from './write-notices.ts';
import { WriteProperties } from './write-properties.ts';
import { WriteRemovals } from './write-removals.ts';
import { retentionWrites } from './write-retention.ts';
import { WriteRollups } from './write-rollups.ts';
import { WriteScores } from './write-scores.ts';
import { turnWrites } from './write-turns.ts';
import { webhookWrites } from './write-webhooks.ts';

/** `first` is for what answers wait for, `rest` for all else: a flood of the latter leaves the former a connection. */
export function writeOperations(pools: { first: Pool; rest: Pool }) {
  const { first, rest } = pools;
  const interned = new Interned(first);
  const partitions = new Partitions(first);
  // Interns through the other pool: a transaction must not wait for a second connection of its own pool.
  const scores = new WriteScores(rest, interned);
  const evaluations = new WriteEvaluations(rest, { interned, scores });
  const ingest = new Ingest(rest, { interned, partitions, scores, evaluations });
  const rollups = new WriteRollups(interned);
  const names = new UnusedNames(rest);
  const properties = new WriteProperties(rest, { interned, rollups, names });
  const removals = new WriteRemovals(rest, { interned, rollups, names });
  const months = new DropMonth(rest, names);
  const claims = new ClaimJobs(rest, interned);
  const jobs = new WriteJobs(rest, { interned, evaluations });

  const orphans = new Orphans();

  return {
    ...webhookWrites(rest, interned),
    ...deliveryWrites(rest),
    ...budgetWrites(rest),
    ...deadLetterWrites(rest),
    ...datasetWrites(rest, interned),
    ...definitionWrites(rest, interned),
    ...runWrites(rest, interned),
    ...ruleWrites(rest, interned),
    ...foreignWrites(rest, interned),
    ...pauseWrites(rest, interned),
    ...ruleDayWrites(rest, interned),
    ...keyWrites(rest),
    ...retentionWrites(rest, interned),
    ...alertWrites(rest, interned),
    ...noticeWrites(rest),
    ...turnWrites(sessionOf(rest)),

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

    claimJobs: (request: ClaimRequest): Promise<Claimed> => claims.claim(request),
    completeJobs: (effects: JobEffect[]): Promise<{ fenced: number }> => jobs.complete(effects),
    renewJobs: (held: ClaimedJob[], leaseUntilMs: number): Promise<number[]> => jobs.renew(held, leaseUntilMs),
    releaseJobs: (held: ClaimedJob[], nowMs: number): Promise<number[]> => jobs.release(held, nowMs),
    putEvaluation: (projectId: string, logId: string, evaluation: NewEvaluation): Promise<boolean> =>
      evaluations.put(projectId, logId, evaluation),

    removeBodies: (projectId: string, beforeMs: number, limit: number, act: Act): Promise<Removed> =>
      removals.bodies(projectId, beforeMs, limit, act),
    removeLogs: (projectId: string, ids: readonly string[], act: Act): Promise<number> =>
      removals.logs(projectId, ids, act),
    removeBefore: (projectId: string, beforeMs: number, limit: number, act: Act): Promise<Removed> =>
      removals.before(projectId, beforeMs, limit, act),
    removeMonth: (kept: readonly KeptFrom[]): Promise<Removed> => months.oldest(kept),
    async sweepScoreNames(projectId: string): Promise<number | null> {
      await removals.sweepScoreNames(projectId);
      return null;
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
