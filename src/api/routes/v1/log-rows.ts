/** From logs of the store to logs as /api/v1 gives them: in a list, and whole. */
import { subjectOf } from '../../../evaluation/subject.ts';
import { type LogRow, logRowSchema, type WholeLog } from '../../../model/log-row.ts';
import type { Score } from '../../../model/score.ts';
import type { ListedLog } from '../../../store/questions.ts';
import type { Store, StoredLog } from '../../../store/store.ts';

/** What of a listed log its readers get: all but what belongs to the store. */
export function rowOf(log: ListedLog): LogRow {
  const row: Record<string, unknown> = { properties: Object.fromEntries(log.properties) };
  for (const name of Object.keys(logRowSchema.shape)) row[name] ??= log[name as keyof ListedLog];
  return row as LogRow;
}

/** A listed log, whole. */
export function readListedLogOf({ seq: _seq, scores, ...stored }: ListedLog): ReturnType<typeof readLogOf> {
  return readLogOf(stored, scores);
}

/** A log as `GET /api/v1/logs/{id}` gives it. */
export async function readWholeLog(
  { logs, scores }: Pick<Store, 'logs' | 'scores'>,
  stored: StoredLog,
): Promise<WholeLog> {
  const { id, projectId, requestId } = stored;
  // In this order: whatever has an outcome here was committed together with its scores, so they are seen below.
  const evaluations = await scores.evaluations(projectId, id);
  const given = await scores.list(projectId, id);
  const { ids: logIds } = await logs.idsByRequestId(projectId, requestId);
  return { ...readLogOf(stored, given), evaluations, logIds };
}

/** A log with what is read from its bodies, and its scores. */
export function readLogOf(stored: StoredLog, scores: Score[]): Omit<WholeLog, 'evaluations' | 'logIds'> {
  const { projectId: _project, ...log } = subjectOf(stored);
  const { requestHeaders, responseHeaders, requestSha256, responseSha256, propertiesDropped } = stored;
  return {
    ...log,
    requestBody: log.requestBody ?? null,
    responseBody: log.responseBody ?? null,
    requestHeaders,
    responseHeaders,
    requestSha256,
    responseSha256,
    propertiesDropped,
    scores,
  };
}
