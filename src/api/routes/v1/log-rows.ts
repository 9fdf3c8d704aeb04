/** From logs of the store to logs as /api/v1 gives them: in a list, and whole. */
import type { z } from 'zod';
import { subjectOf } from '../../../evaluation/subject.ts';
import type { Score } from '../../../model/score.ts';
import type { ListedLog } from '../../../store/questions.ts';
import type { StoredLog } from '../../../store/store.ts';
import { logRowSchema, type wholeLogSchema } from './schemas.ts';

/** What of a listed log its readers get: all but what belongs to the store. */
export function rowOf(log: ListedLog): z.infer<typeof logRowSchema> {
  const row: Record<string, unknown> = { properties: Object.fromEntries(log.properties) };
  for (const name of Object.keys(logRowSchema.shape)) row[name] ??= log[name as keyof ListedLog];
  return row as z.infer<typeof logRowSchema>;
}

/** A listed log, whole. */
export function readListedLogOf({ seq: _seq, scores, ...stored }: ListedLog): ReturnType<typeof readLogOf> {
  return readLogOf(stored, scores);
}

/** A log with what is read from its bodies, and its scores. */
export function readLogOf(
  stored: StoredLog,
  scores: Score[],
): Omit<z.infer<typeof wholeLogSchema>, 'evaluations' | 'logIds'> {
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
