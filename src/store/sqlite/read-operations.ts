/** Everything that is only read, as named operations on one connection. They run on the reader threads. */
import type { Scope } from '../../model/key.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { Score, ScoreKind, ScoreSource } from '../../model/score.ts';
import type { Webhook } from '../../model/webhook.ts';
import type { ProjectRetention } from '../retention.ts';
import type { EvaluationRow } from '../evaluations.ts';
import type { KeyRow, StoredLog } from '../store.ts';
import { type SlotParts, unpackSlot } from '../blocks.ts';
import { budgetReads } from './budgets.ts';
import type { Connection } from './connection.ts';
import { pauseReads } from './breakers.ts';
import { datasetReads } from './datasets.ts';
import { runReads } from './read-runs.ts';
import { deadLetterReads } from './dead-letters.ts';
import { leaseReads } from './leases.ts';
import { and, drizzle, eq, inArray, or, sql } from './drizzle.ts';
import { FindLog } from './find-log.ts';
import { alertReads } from './read-alerts.ts';
import { ReadAudit } from './read-audit.ts';
import { definitionReads } from './read-definitions.ts';
import { jobReads } from './read-jobs.ts';
import { ReadWebhooks } from './read-webhooks.ts';
import { logOf } from '../log-rows.ts';
import { projectSettings } from './removal-schema.ts';
import { foreignReads } from './foreign-records.ts';
import { ruleDayReads } from './rule-days.ts';
import { ruleReads } from './rules.ts';
import { blocks, keys, logs, projects } from './schema.ts';
import { scoreValue } from '../score-columns.ts';
import { evaluations, measures, origins, scores } from './score-schema.ts';

/** A client may send the same request id with every call. */
const SAME_REQUEST_ID = 100;

export function readOperations(connection: Connection) {
  const db = drizzle({ client: connection });
  const find = new FindLog(connection);
  const webhooks = new ReadWebhooks(connection);
  const audit = new ReadAudit(connection);
  const projectSeq = (id: string) => db.select({ seq: projects.seq }).from(projects).where(eq(projects.id, id));

  function logsBySeq(seqs: number[]): StoredLog[] {
    const rows = db
      .select({ log: logs, projectId: projects.id, bytes: blocks.bytes })
      .from(logs)
      .innerJoin(projects, eq(projects.seq, logs.project))
      .leftJoin(blocks, eq(blocks.id, logs.block))
      .where(inArray(logs.seq, seqs))
      .all();
    return rows.map(({ log, projectId, bytes }) => logOf(log, projectId, partsOf(bytes, log.slot)));
  }

  return {
    findLog(projectId: string, id: string): StoredLog | undefined {
      const seq = find.seqOf(projectId, id);
      return seq === undefined ? undefined : logsBySeq([seq])[0];
    },

    getLogs(ids: string[]): StoredLog[] {
      const seqs = db.select({ seq: logs.seq }).from(logs).where(inArray(logs.id, ids)).all();
      return logsBySeq(seqs.map(({ seq }) => seq));
    },

    idsByRequestId(projectId: string, requestId: string): { ids: string[]; count: number } {
      const same = or(eq(logs.requestId, requestId), and(eq(logs.id, requestId), sql`${logs.requestId} is null`));
      const rows = db
        .select({ id: logs.id, count: sql<number>`count(*) over ()` })
        .from(logs)
        .where(and(eq(logs.project, projectSeq(projectId)), same))
        .orderBy(sql`${logs.seq} desc`)
        .limit(SAME_REQUEST_ID)
        .all();
      return { ids: rows.map(({ id }) => id), count: rows[0]?.count ?? 0 };
    },

    listScores(projectId: string, logId: string): Score[] {
      const rows = db
        .select({ score: scores, name: measures.name, kind: measures.kind, origin: origins })
        .from(scores)
        .innerJoin(logs, eq(logs.seq, scores.log))
        .innerJoin(measures, eq(measures.id, scores.measure))
        .innerJoin(origins, eq(origins.id, scores.origin))
        .where(and(eq(logs.id, logId), eq(logs.project, projectSeq(projectId)), eq(scores.superseded, 0)))
        .orderBy(measures.name, scores.atMs)
        .all();
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

    scoreNames(projectId: string): { name: string; kind: ScoreKind }[] {
      const rows = db
        .select({ name: measures.name, kind: measures.kind })
        .from(measures)
        .where(and(eq(measures.project, projectSeq(projectId)), eq(measures.what, 'score')))
        .orderBy(measures.name, measures.kind)
        .all();
      return rows as { name: string; kind: ScoreKind }[];
    },

    listEvaluations(projectId: string, logId: string): EvaluationRow[] {
      const rows = db
        .select({ evaluation: evaluations })
        .from(evaluations)
        .innerJoin(logs, eq(logs.seq, evaluations.log))
        .where(and(eq(logs.id, logId), eq(logs.project, projectSeq(projectId))))
        .orderBy(evaluations.evaluator, evaluations.atMs)
        .all();
      return rows.map(({ evaluation: { log: _log, superseded: _superseded, outcome, ...row } }) => ({
        ...row,
        outcome: outcome as Outcome['outcome'],
      }));
    },

    ...jobReads(connection),

    ...leaseReads(connection),
    ...deadLetterReads(connection),
    ...datasetReads(connection),
    ...definitionReads(connection),
    ...runReads(connection),
    ...alertReads(connection),
    ...ruleReads(connection),
    ...foreignReads(connection),
    ...pauseReads(connection),
    ...ruleDayReads(connection),
    ...budgetReads(connection),

    listWebhooks: (projectId: string): Webhook[] => webhooks.list(projectId),

    enabledWebhooks: (): Webhook[] => webhooks.enabled(),

    listDeliveries: (...given: Parameters<ReadWebhooks['deliveries']>): ReturnType<ReadWebhooks['deliveries']> =>
      webhooks.deliveries(...given),

    listAudit: (...given: Parameters<ReadAudit['list']>): ReturnType<ReadAudit['list']> => audit.list(...given),

    listRetention(): (ProjectRetention & { projectId: string })[] {
      return db
        .select({ projectId: projects.id, bodyDays: projectSettings.bodyDays, logDays: projectSettings.logDays })
        .from(projects)
        .leftJoin(projectSettings, eq(projectSettings.project, projects.seq))
        .all();
    },

    listKeys(): KeyRow[] {
      const rows = db
        .select({ key: keys, projectId: projects.id, project: projects.name })
        .from(keys)
        .innerJoin(projects, eq(projects.seq, keys.project))
        .orderBy(keys.createdAtMs)
        .all();
      return rows.map(({ key, projectId, project }) => ({ ...key, projectId, project, scopes: key.scopes as Scope[] }));
    },
  };
}

export type ReadOperations = ReturnType<typeof readOperations>;

function partsOf(bytes: Buffer | null, slot: number | null): SlotParts | undefined {
  return bytes === null || slot === null ? undefined : unpackSlot(bytes, slot);
}
