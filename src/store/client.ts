/** The store as its callers hold it: operations sent to the writer's thread and to a reader's. */
import { rowsOfColumns } from './described-columns.ts';
import type { Removed } from './removals.ts';
import type { Store } from './store.ts';
import { Caller, type Calls, type Port } from './calls.ts';
import { EFFECTS_A_COMMIT, jobCalls } from './client-jobs.ts';
import type { QuestionOperations } from './sqlite/question-operations.ts';
import type { ReadOperations } from './sqlite/read-operations.ts';
import type { WriteOperations } from './sqlite/write-operations.ts';

/** Logs that one transaction removes: about ten milliseconds. */
const LOGS_A_UNIT = 8;
/** Datapoints that one transaction removes: a few milliseconds. */
const DATAPOINTS_A_UNIT = 500;
/** Outputs of a run, and the results of each, that one transaction removes. */
const CELLS_A_UNIT = 200;

export interface StoreParts {
  writer: Port;
  reader: Port;
  /** Where questions about many logs go; to the reader where nobody else takes them. */
  questions?: Pick<Caller, 'call'> | undefined;
  close: () => Promise<void>;
}

/** `close` ends whatever the caller opened for this store; the ports themselves are closed here. */
export function storeThrough(parts: StoreParts): Store {
  const writer = new Caller(parts.writer);
  const reader = new Caller(parts.reader);
  const write: Calls<WriteOperations> = (name, ...parameters) => writer.call(name, parameters);
  const read: Calls<ReadOperations> = (name, ...parameters) => reader.call(name, parameters);
  const ask: Calls<QuestionOperations> = (name, ...parameters) => (parts.questions ?? reader).call(name, parameters);
  return {
    logs: {
      add: (logs, nowMs) => write('ingest', logs, [], nowMs, true),
      find: (projectId, id) => read('findLog', projectId, id),
      getMany: (ids) => read('getLogs', ids),
      idsByRequestId: (projectId, requestId) => read('idsByRequestId', projectId, requestId),
    },
    scores: {
      put: (projectId, id, scores, keepUntilMs) => write('putScores', projectId, id, scores, keepUntilMs),
      list: (projectId, logId) => read('listScores', projectId, logId),
      names: (projectId) => read('scoreNames', projectId),
      evaluations: (projectId, logId) => read('listEvaluations', projectId, logId),
      putEvaluation: (projectId, logId, evaluation) => write('putEvaluation', projectId, logId, evaluation),
    },
    questions: {
      list: (question) => ask('listLogs', question),
      aggregate: (question) => ask('aggregateLogs', question),
      describe: async (question, level) => rowsOfColumns(await ask('describeLogs', question, level), level),
      count: (slice, timeLimitMs) => ask('countLogs', slice, timeLimitMs),
      sums: (question) => ask('sumLogs', question),
      spread: (question, numbers) => ask('spreadLogs', question, numbers),
      propertyNames: (projectId) => ask('propertyNames', projectId),
      hiddenProperties: (projectId) => ask('hiddenProperties', projectId),
      propertyValues: (projectId, name, contains, limit) => ask('propertyValues', projectId, name, contains, limit),
      // Not among the questions: a slow one would hold up all that watch, until what they wait for is forgotten.
      changes: (projectId, after, limit) => reader.call('listChanges', [projectId, after, limit]),
    },
    edits: {
      setProperty: (projectId, id, name, value, nowMs) => write('setProperty', projectId, id, name, value, nowMs),
      setPropertyHidden: (projectId, name, hidden) => write('setPropertyHidden', projectId, name, hidden),
      removeScores: (projectId, id, name, source, nowMs) => write('removeScores', projectId, id, name, source, nowMs),
    },
    ...jobCalls(write, read),
    datasets: {
      list: (projectId) => read('listDatasets', projectId),
      find: (projectId, name) => read('findDataset', projectId, name),
      create: (dataset, most) => write('createDataset', dataset, most),
      remove: async (projectId, name) => {
        const removed = await write('removeDataset', projectId, name);
        while ((await write('sweepDatapoints', DATAPOINTS_A_UNIT)) === DATAPOINTS_A_UNIT);
        return removed;
      },
      versions: (projectId, name) => read('datasetVersions', projectId, name),
      datapoints: (projectId, name, version, page) => read('listDatapoints', projectId, name, version, page),
      byId: (projectId, name, version, ids) => read('datapointsById', projectId, name, version, ids),
      begin: (projectId, name) => write('beginDatasetChange', projectId, name),
      add: (projectId, name, version, datapoints) => write('addDatapoints', projectId, name, version, datapoints),
      commit: (projectId, name, change, nowMs) => write('commitDatasetChange', projectId, name, change, nowMs),
    },
    definitions: {
      revision: () => read('definitionRevision'),
      all: () => read('allEvaluators'),
      list: (projectId) => read('listEvaluators', projectId),
      find: (projectId, name) => read('findEvaluator', projectId, name),
      versions: (projectId, name) => read('evaluatorVersions', projectId, name),
      findVersion: (projectId, name, version) => read('findVersion', projectId, name, version),
      put: (projectId, definition, options) => write('putDefinition', projectId, definition, options),
      remove: (projectId, name, options) => write('removeEvaluator', projectId, name, options),
      dropJobs: async (projectId, name) => {
        let count = 0;
        for (let after: number | null = 0; after !== null;) {
          const { dropped, next }: { dropped: number; next: number | null } = await write(
            'dropJobs',
            projectId,
            name,
            after,
          );
          count += dropped;
          after = next;
        }
        return count;
      },
    },
    runs: {
      create: (run) => write('createRun', run),
      list: (projectId, page) => read('listRuns', projectId, page),
      find: (projectId, id) => read('findRun', projectId, id),
      remove: async (projectId, id) => {
        const removed = await write('removeRun', projectId, id);
        while ((await write('sweepRuns', CELLS_A_UNIT)) > 0);
        return removed;
      },
      open: (holder, nowMs) => read('openRuns', holder, nowMs),
      take: (id, lease) => write('takeRun', id, lease),
      settle: (id, state, reason, nowMs, posted) => write('settleRun', id, state, reason, nowMs, posted),
      extend: (projectId, id, evaluators) => write('extendRun', projectId, id, evaluators),
      expect: (id, outputs) => write('expectOutputs', id, outputs),
      putOutputs: (id, outputs, posted) => write('putRunOutputs', id, outputs, posted),
      putResults: (id, results, posted) => write('putRunResults', id, results, posted),
      outputs: (id, range) => read('runOutputs', id, range),
      outputOf: (id, datapointId, repetition) => read('runOutput', id, datapointId, repetition),
      results: (id, range) => read('runResults', id, range),
      progress: (id) => read('runProgress', id),
      cached: (projectId, hashes) => read('cachedOutputs', projectId, hashes),
      ofLog: (projectId, logId) => read('runsOfLog', projectId, logId),
    },
    keys: {
      list: () => read('listKeys'),
      create: (key, newProjectId) => write('createKey', key, newProjectId),
      revoke: (id, atMs) => write('revokeKey', id, atMs),
      used: (uses) => write('useKeys', uses),
    },
    rules: {
      list: (projectId) => read('listRules', projectId),
      all: () => read('allRules'),
      create: (rule, most) => write('createRule', rule, most),
      update: (projectId, spec, atMs) => write('updateRule', projectId, spec, atMs),
      remove: (projectId, name) => write('removeRule', projectId, name),
    },
    foreign: {
      list: (projectId, kind, parent) => read('listForeign', projectId, kind, parent),
      find: (projectId, kind, id) => read('findForeign', projectId, kind, id),
      findByKey: (projectId, kind, key) => read('findForeignByKey', projectId, kind, key),
      create: (record, most) => write('createForeign', record, most),
      update: (projectId, kind, id, change) => write('updateForeign', projectId, kind, id, change),
      remove: (projectId, kind, id) => write('removeForeign', projectId, kind, id),
    },
    ruleDays: {
      count: (seen, nowMs) => write('countRuleDays', seen, nowMs),
      since: (date) => write('ruleDaysSince', date),
      list: (projectId, date) => read('listRuleDays', projectId, date),
    },
    webhooks: {
      list: (projectId) => read('listWebhooks', projectId),
      enabled: () => read('enabledWebhooks'),
      create: (webhook, most) => write('createWebhook', webhook, most),
      update: (webhook) => write('updateWebhook', webhook),
      remove: (projectId, id) => write('removeWebhook', projectId, id),
    },
    deliveries: {
      claim: (request) => write('claimDeliveries', request),
      complete: async (effects) => {
        let fenced = 0;
        for (let from = 0; from < effects.length; from += EFFECTS_A_COMMIT)
          fenced += (await write('completeDeliveries', effects.slice(from, from + EFFECTS_A_COMMIT))).fenced;
        return { fenced };
      },
      renew: (held, leaseUntilMs) => write('renewDeliveries', held, leaseUntilMs),
      release: (held, nowMs) => write('releaseDeliveries', held, nowMs),
      list: (projectId, webhookId, page) => read('listDeliveries', projectId, webhookId, page),
      again: (projectId, delivery, nowMs) => write('deliverAgain', projectId, delivery, nowMs),
      sweep: (beforeMs, limit) => write('sweepDeliveries', beforeMs, limit),
    },
    secret: (purpose, fresh) => write('secret', purpose, fresh),
    removals: {
      removeBodies: (projectId, beforeMs, limit, act) =>
        inUnits(limit, (left) => write('removeBodies', projectId, beforeMs, left, act)),
      removeLogs: async (projectId, ids, act) => {
        let removed = 0;
        for (let from = 0; from < ids.length; from += LOGS_A_UNIT)
          removed += await write('removeLogs', projectId, ids.slice(from, from + LOGS_A_UNIT), act);
        return removed;
      },
      removeMonth: (kept) => write('removeMonth', kept),
      sweepScoreNames: async (projectId) => {
        for (let after: number | null = 0; after !== null;) after = await write('sweepScoreNames', projectId, after);
      },
      removeBefore: (projectId, beforeMs, limit, act) =>
        inUnits(limit, (left) => write('removeBefore', projectId, beforeMs, left, act)),
    },
    retention: {
      of: async (projectId) => {
        const own = (await read('listRetention')).find((one) => one.projectId === projectId);
        return { bodyDays: own?.bodyDays ?? null, logDays: own?.logDays ?? null };
      },
      list: () => read('listRetention'),
      set: (projectId, retention, act) => write('setRetention', projectId, retention, act),
    },
    turns: {
      take: (name, holder, nowMs, leaseUntilMs) => write('takeTurn', name, holder, nowMs, leaseUntilMs),
      end: (name, holder, dueAtMs) => write('endTurn', name, holder, dueAtMs),
    },
    alerts: {
      enabled: () => read('enabledAlerts'),
      list: (projectId) => read('listAlerts', projectId),
      find: (projectId, name) => read('findAlert', projectId, name),
      put: (projectId, spec, options) => write('putAlert', projectId, spec, options),
      remove: (projectId, name, managedBy) => write('removeAlert', projectId, name, managedBy),
      settle: (settlements) => write('settleAlerts', settlements),
      history: (projectId, name, page) => read('alertHistory', projectId, name, page),
      sweep: (beforeMs, keep, limit) => write('sweepAlertEvents', beforeMs, keep, limit),
    },
    notices: {
      claim: (request) => write('claimNotices', request),
      complete: (effects) => write('completeNotices', effects),
      renew: (notices, leaseUntilMs) => write('renewNotices', notices, leaseUntilMs),
      release: (notices, nowMs) => write('releaseNotices', notices, nowMs),
    },
    audit: { list: (projectId, page) => read('listAudit', projectId, page) },
    probe: async (nowMs) => {
      await write('probe', nowMs);
      await read('backlog');
    },
    close: parts.close,
  };
}

/** Small transactions until a limit is reached or nothing is left. */
async function inUnits(limit: number, unit: (left: number) => Promise<Removed>): Promise<Removed> {
  let removed = 0;
  for (;;) {
    const one = await unit(limit - removed);
    removed += one.removed;
    if (!one.more || removed === limit) return { removed, more: one.more };
  }
}
