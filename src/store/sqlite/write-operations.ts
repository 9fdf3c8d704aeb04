/** Everything that is written, as named operations on the one writing connection. Each runs inside a group commit. */
import type { ClaimedJob } from '../../model/job.ts';
import type { Webhook } from '../../model/webhook.ts';
import type { Act } from '../audit.ts';
import type { KeptFrom, Removed } from '../removals.ts';
import type { ProjectRetention } from '../retention.ts';
import type { ScoreSource } from '../../model/score.ts';
import type { NewEvaluation } from '../evaluations.ts';
import type { JobEffect, KeyRow, KeyUse, NewKey, NewLog, NewScore, StartedRow } from '../store.ts';
import type { Claimed, ClaimRequest } from '../fair-claim.ts';
import { pauseWrites } from './breakers.ts';
import { budgetWrites, WriteBudgets } from './budgets.ts';
import { ClaimJobs } from './claim-jobs.ts';
import type { Connection } from './connection.ts';
import { datasetWrites } from './datasets.ts';
import { runWrites } from './write-runs.ts';
import { deadLetterWrites } from './dead-letters.ts';
import { drizzle } from './drizzle.ts';
import { FindLog } from './find-log.ts';
import type { FoldStep } from './fold-batch.ts';
import type { DayStep } from './rolled-days.ts';
import { Ingest, type IngestResult } from './ingest.ts';
import { Measures } from './measures.ts';
import { Projects } from './projects.ts';
import { PropertyPairs } from './property-pairs.ts';
import { removalWatch } from './removal-notes.ts';
import { probe } from './schema.ts';
import { foreignWrites } from './foreign-records.ts';
import { ruleDayWrites } from './rule-days.ts';
import { ruleWrites } from './rules.ts';
import { Started } from './started.ts';
import { UnusedNames } from './unused-names.ts';
import { alertWrites } from './write-alerts.ts';
import { WriteAudit } from './write-audit.ts';
import { WriteChanges } from './write-changes.ts';
import { definitionWrites } from './write-definitions.ts';
import { deliveryWrites } from './write-deliveries.ts';
import { WriteEvaluations } from './write-evaluations.ts';
import { WriteJobs } from './write-jobs.ts';
import { WriteKeys } from './write-keys.ts';
import { noticeWrites } from './write-notices.ts';
import { WriteProperties } from './write-properties.ts';
import { WriteRemovals } from './write-removals.ts';
import { WriteRetention } from './write-retention.ts';
import { WriteRollups } from './write-rollups.ts';
import { WriteScores } from './write-scores.ts';
import { turnWrites } from './write-turns.ts';
import { WriteWebhooks } from './write-webhooks.ts';

export function writeOperations(connection: Connection) {
  const db = drizzle({ client: connection });
  const find = new FindLog(connection);
  const pairs = new PropertyPairs(connection);
  const projects = new Projects(connection);
  const measures = new Measures(connection);
  const changes = new WriteChanges(connection);
  const scores = new WriteScores(connection, { find, projects, measures, changes });
  const evaluations = new WriteEvaluations(connection, { scores, measures, changes });
  const ingest = new Ingest(connection, { pairs, projects, scores, changes, evaluations });
  const budgets = new WriteBudgets(connection);
  const claims = new ClaimJobs(connection, projects);
  const jobs = new WriteJobs(connection, { evaluations, budgets });
  const started = new Started(connection);
  const webhooks = new WriteWebhooks(connection, projects);
  const rollups = new WriteRollups(connection, { pairs, measures });
  const names = new UnusedNames(connection, { pairs, measures });
  const properties = new WriteProperties(connection, { find, projects, pairs, rollups, names });
  const audit = new WriteAudit(connection);
  const removals = new WriteRemovals(connection, { audit, rollups, names });
  const keys = new WriteKeys(connection, audit);
  const retention = new WriteRetention(connection, { projects, audit });
  const isRemovedFrom = removalWatch(connection);

  return {
    /** At the beginning of a transaction: ids that are remembered may have been removed by another process. */
    begin(): void {
      if (isRemovedFrom()) for (const remembered of [pairs, measures]) remembered.clear();
    },

    /** After a failed unit: whatever was remembered of rows may not be there. */
    forget(): void {
      for (const remembered of [pairs, projects, measures, removals]) remembered.clear();
    },

    ingest(logs: readonly NewLog[], startedIds: readonly string[], nowMs: number, check: boolean): IngestResult {
      const result = ingest.insert(logs, { check, nowMs });
      for (const id of startedIds) started.remove(id);
      return result;
    },

    removeBodies(projectId: string, beforeMs: number, limit: number, act: Act): Removed {
      return removals.bodies(projectId, beforeMs, limit, act);
    },

    removeLogs(projectId: string, ids: readonly string[], act: Act): number {
      return removals.logs(projectId, ids, act);
    },

    removeBefore(projectId: string, beforeMs: number, limit: number, act: Act): Removed {
      return removals.before(projectId, beforeMs, limit, act);
    },

    /** Months do not stand apart here. */
    removeMonth(_kept: readonly KeptFrom[]): Removed {
      return { removed: 0, more: false };
    },

    sweepScoreNames(projectId: string, after: number): number | null {
      return removals.scoreNames(projectId, after);
    },

    start(row: StartedRow): void {
      started.add(row);
    },

    /** Calls that a process which is no more had noted as started; they are removed when their logs are ingested. */
    orphans(replica: string, _nowMs?: number): StartedRow[] {
      return started.orphans(replica);
    },

    putScores(projectId: string, id: string, list: NewScore[], keepUntilMs: number): 'attached' | 'kept' {
      const nowMs = list[0]?.atMs ?? keepUntilMs;
      return scores.put(projectId, id, list, keepUntilMs, nowMs);
    },

    setPropertyHidden(projectId: string, name: string, hidden: boolean): boolean {
      return properties.setHidden(projectId, name, hidden);
    },

    setProperty(projectId: string, id: string, name: string, value: string, nowMs: number): boolean {
      return properties.set(projectId, id, name, value, nowMs);
    },

    removeScores(projectId: string, id: string, name: string, source: ScoreSource | null, nowMs: number): number {
      return scores.remove(projectId, id, name, source, nowMs);
    },

    claimJobs(request: ClaimRequest): Claimed {
      return claims.claim(request);
    },

    completeJobs(effects: JobEffect[]): { fenced: number } {
      return jobs.complete(effects);
    },

    renewJobs(held: ClaimedJob[], leaseUntilMs: number): number[] {
      return jobs.renew(held, leaseUntilMs);
    },

    releaseJobs(held: ClaimedJob[], nowMs: number): number[] {
      return jobs.release(held, nowMs);
    },

    putEvaluation(projectId: string, logId: string, evaluation: NewEvaluation): boolean {
      return evaluations.put(projectId, logId, evaluation);
    },

    ...budgetWrites(budgets),
    ...deadLetterWrites(connection),
    ...datasetWrites(connection, projects),
    ...definitionWrites(connection, projects),
    ...runWrites(connection, projects),
    ...alertWrites(connection, projects),
    ...noticeWrites(connection),
    ...turnWrites(connection),
    ...ruleWrites(connection, projects),
    ...foreignWrites(connection, projects),
    ...pauseWrites(connection, projects),
    ...ruleDayWrites(connection, projects),

    createWebhook: (webhook: Webhook, most: number): boolean => webhooks.create(webhook, most),
    updateWebhook: (webhook: Webhook): boolean => webhooks.update(webhook),
    removeWebhook: (projectId: string, id: string): boolean => webhooks.remove(projectId, id),
    ...deliveryWrites(connection),

    secret(purpose: string, fresh: Uint8Array): Uint8Array {
      return webhooks.secret(purpose, fresh);
    },

    /** False where rollups have been written since the step was made ready. */
    applyRollups(step: FoldStep): boolean {
      return rollups.apply(step);
    },

    /** Makes an hour anew in which a measure's rollups are damaged. */
    rebuildRollups(measure: number, hour: number): void {
      rollups.rebuild(measure, hour);
    },

    forgetChanges(upTo: number): void {
      rollups.forgetEntries(upTo);
    },

    applyDay(step: DayStep): boolean {
      return rollups.applyDay(step);
    },

    sweepRollups(project: number, name: string, measure: number, fromHour: number, toHour: number): void {
      rollups.sweep(project, name, measure, fromHour, toHour);
    },

    sweptRollups(project: number, name: string): void {
      rollups.swept(project, name);
    },

    /** Looks at the pairs of a name that is no longer rolled up. Where it goes on; null at the end. */
    sweepPairs(project: number, name: string, after: number): number | null {
      return names.sweep(project, name, after);
    },

    createKey(key: NewKey, newProjectId: string): KeyRow {
      return keys.create(key, newProjectId);
    },

    revokeKey(id: string, atMs: number): boolean {
      return keys.revoke(id, atMs);
    },

    setRetention(projectId: string, settled: ProjectRetention, act: Act): void {
      retention.set(projectId, settled, act);
    },

    useKeys(uses: readonly KeyUse[]): void {
      keys.used(uses);
    },

    probe(atMs: number): void {
      db.insert(probe).values({ id: 1, atMs }).onConflictDoUpdate({ target: probe.id, set: { atMs } }).run();
    },
  };
}

export type WriteOperations = ReturnType<typeof writeOperations>;
