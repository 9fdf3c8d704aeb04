/** Logs on their way into a dataset: those that a filter names, the newest first, or those that somebody picked. */
import { GatewayError } from '../errors.ts';
import { subjectOf } from '../evaluation/subject.ts';
import type { Filter } from '../model/filter.ts';
import type { OfferedDatapoint } from '../offline/datasets/change-dataset.ts';
import { datapointOfLog, type TargetFromLog } from '../offline/datasets/from-log.ts';
import type { Store } from '../store/store.ts';
import { logsOf } from './pages.ts';
import { breathe } from './streamed.ts';
import { sliceOf } from './time-range.ts';

export interface WantedLogs {
  /** These, instead of a filter. */
  logIds?: readonly string[] | undefined;
  filter: Filter | null;
  fromMs: number | null;
  toMs: number | null;
  /** The newest so many. */
  limit: number;
  target: TargetFromLog;
}

/** Throws `not_found` for a picked log that is not there, and as questions do. */
export async function* offeredLogs(
  { questions, logs }: Pick<Store, 'questions' | 'logs'>,
  projectId: string,
  { logIds, filter, fromMs, toMs, limit, target }: WantedLogs,
): AsyncGenerator<OfferedDatapoint> {
  const found =
    logIds === undefined
      ? logsOf(questions, {
          ...sliceOf(projectId, filter, { fromMs, toMs }),
          order: { by: 'startedAtMs', direction: 'desc' },
          limit,
          bodies: true,
        })
      : pickedLogs(logs, projectId, logIds);
  for await (const stored of found) {
    yield {
      at: `log ${stored.id}`,
      source: { from: 'log', logId: stored.id },
      ...datapointOfLog(subjectOf(stored), target),
    };
    await breathe();
  }
}

async function* pickedLogs(logs: Store['logs'], projectId: string, ids: readonly string[]) {
  for (const id of ids) {
    const log = await logs.find(projectId, id);
    if (log === undefined)
      throw new GatewayError('not_found', { message: `There is no log ${id}. Nothing was added.` });
    yield log;
  }
}
