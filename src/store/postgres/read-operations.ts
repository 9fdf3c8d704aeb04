/** Everything that is only read, as named operations on a pool. Those of SQLite with the same names say what each answers. */
import type { Pool } from 'pg';
import type { Scope } from '../../model/key.ts';
import type { Score, ScoreSource } from '../../model/score.ts';
import { unpackSlot } from '../blocks.ts';
import { logOf } from '../log-rows.ts';
import { scoreValue } from '../score-columns.ts';
import type { AuditRow } from '../audit.ts';
import type { ProjectRetention } from '../retention.ts';
import type { EvaluationRow } from '../evaluations.ts';
import type { KeyRow, StoredLog } from '../store.ts';
import { budgetReads } from './budgets.ts';
import { sessionOf } from './connection.ts';
import { pauseReads } from './breakers.ts';
import { datasetReads } from './datasets.ts';
import { runReads } from './read-runs.ts';
import { deadLetterReads } from './dead-letters.ts';
import { leaseReads } from './leases.ts';
import { and, drizzle, eq, inArray } from './drizzle.ts';
import { findLog } from './find-log.ts';
import { alertReads } from './read-alerts.ts';
import { definitionReads } from './read-definitions.ts';
import { jobReads } from './read-jobs.ts';
import { webhookReads } from './read-webhooks.ts';
import { projectSettings } from './removal-schema.ts';
import { foreignReads } from './foreign-records.ts';
import { ruleDayReads } from './rule-days.ts';
import { ruleReads } from './rules.ts';
import { blocks, keys, logs, projects } from './schema.ts';
import { evaluations, measures, origins, scores } from './score-schema.ts';

/** A client may send the same request id with every call. */
const SAME_REQUEST_ID = 100;

export function readOperations(pool: Pool) {
  const db = drizzle({ client: pool });
  const session = sessionOf(pool);
  const projectSeq = (id: string) => db.select({ seq: projects.seq }).from(projects).where(eq(projects.id, id));

  async function logsBySeq(seqs: number[]): Promise<StoredLog[]> {
    if (seqs.length === 0) return [];
    const rows = await db
      .select({ log: logs, projectId: projects.id, bytes: blocks.bytes })
      .from(logs)
      .innerJoin(projects, eq(projects.seq, logs.project))
      .leftJoin(blocks, eq(blocks.id, logs.block))
      .where(inArray(logs.seq, seqs));
    return rows.map(({ log, projectId, bytes }) =>
      logOf(log, projectId, bytes === null || log.slot === null ? undefined : unpackSlot(bytes, log.slot)),
    );
  }

  return {
    ...webhookReads(session),
    ...leaseReads(session),
    ...deadLetterReads(session),
    ...datasetReads(session),
    ...definitionReads(session),
    ...runReads(session),
    ...alertReads(session),
    ...ruleReads(session),
    ...foreignReads(session),
    ...pauseReads(session),
    ...ruleDayReads(session),
    ...budgetReads(session),

    async findLog(projectId: string, id: string): Promise<StoredLog | undefined> {
      const seq = await findLog(session, projectId, id);
      return seq === undefined ? undefined : (await logsBySeq([seq]))[0];
    },

    async getLogs(ids: string[]): Promise<StoredLog[]> {
      const rows = await session.rows<{ seq: number }>('select seq from log_ids where id = any($1::uuid[])', [ids]);
      return logsBySeq(rows.map(({ seq }) => seq));
    },

    async idsByRequestId(projectId: string, requestId: string): Promise<{ ids: string[]; count: number }> {
      const rows = await session.rows<{ id: string; count: number }>(
        `select id, count(*) over () as count from logs
         where project = (select seq from projects where id = $1) and (request_id = $2 or (id = $2 and request_id is null))
         order by seq desc limit ${SAME_REQUEST_ID}`,
        [projectId, requestId],
      );
      return { ids: rows.map(({ id }) => id), count: rows[0]?.count ?? 0 };
    },

    async listScores(projectId: string, logId: string): Promise<Score[]> {
      const rows = await db
        .select({ score: scores, name: measures.name, kind: measures.kind, origin: origins })
        .from(scores)
        .innerJoin(logs, eq(logs.seq, scores.log))
        .innerJoin(measures, eq(measures.id, scores.measure))
        .innerJoin(origins, eq(origins.id, scores.origin))
        .where(and(eq(logs.id, logId), eq(logs.project, projectSeq(projectId)), eq(scores.superseded, 0)));
      // Ordered here: the server's collation may not be that of SQLite.
      rows.sort((one, other) => compare(one.name, other.name) || one.score.atMs - other.score.atMs);
      return rows.map(({ score, name, kind, origin }) => ({
        name,
        value: scoreValue({ ...score, kind }),
        reason: score.reason,
        source: origin.source as ScoreSource,
        evaluator: origin.evaluator || null,
        evaluatorVersion: origin.version || null,
        durationMs: score.durationMs,
        atMs: score.atMs,
      }));
    },

    async scoreNames(projectId: string): Promise<{ name: string; kind: string }[]> {
      return session.rows<{ name: string; kind: string }>(
        `select name, kind from measures where what = 'score' and project = (select seq from projects where id = $1)
         order by name collate "C", kind collate "C"`,
        [projectId],
      );
    },

    async listEvaluations(projectId: string, logId: string): Promise<EvaluationRow[]> {
      const rows = await db
        .select({ evaluation: evaluations })
        .from(evaluations)
        .innerJoin(logs, eq(logs.seq, evaluations.log))
        .where(and(eq(logs.id, logId), eq(logs.project, projectSeq(projectId))));
      return rows
        .map(({ evaluation: { log: _log, superseded: _superseded, ...row } }) => row as EvaluationRow)
        .toSorted((one, other) => compare(one.evaluator, other.evaluator) || one.atMs - other.atMs);
    },

    ...jobReads(session),

    async listAudit(projectId: string, page: { after: number | null; limit: number }): Promise<AuditRow[]> {
      return session.rows<AuditRow & Record<string, unknown>>(
        `select a.seq, a.id, a.at_ms as "atMs", a.actor, a.key as "keyId", k.name as "keyName", a.action, a.target, a.count, a.details
         from audit a left join keys k on k.id = a.key
         where a.project = (select seq from projects where id = $1) and a.seq < $2 order by a.seq desc limit $3`,
        [projectId, page.after ?? Number.MAX_SAFE_INTEGER, page.limit],
      );
    },

    async listRetention(): Promise<(ProjectRetention & { projectId: string })[]> {
      return db
        .select({ projectId: projects.id, bodyDays: projectSettings.bodyDays, logDays: projectSettings.logDays })
        .from(projects)
        .leftJoin(projectSettings, eq(projectSettings.project, projects.seq));
    },

    async listKeys(): Promise<KeyRow[]> {
      const rows = await db
        .select({ key: keys, projectId: projects.id, project: projects.name })
        .from(keys)
        .innerJoin(projects, eq(projects.seq, keys.project))
        .orderBy(keys.createdAtMs);
      return rows.map(({ key, projectId, project }) => ({
        ...key,
        projectId,
        project,
        scopes: key.scopes as Scope[],
      }));
    },
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
