/** What the recorder's state means to those outside: answers, counters, the process's own log. */
import type { Logger, Metrics } from '../diagnostics.ts';
import type { RecorderState } from '../recording/recorder.ts';

/** What answers say in Gradeway-Log; undefined while logs go to the store. */
export function logStatus(state: RecorderState | undefined): string | undefined {
  if (state === undefined || state.place === 'store') return undefined;
  return state.place === 'dropped' ? 'dropped' : 'spooled';
}

/** Says what has changed, in counters and in the process's own log. */
export function noteState(
  before: RecorderState | undefined,
  now: RecorderState,
  logger: Logger,
  metrics: Metrics,
): void {
  metrics.spoolBytes.set(now.spoolBytes);
  metrics.spooledLogs.set(now.waiting);
  metrics.scoresAttached.inc(now.attachedScores - (before?.attachedScores ?? 0));
  const dropped = now.dropped - (before?.dropped ?? 0);
  if (dropped > 0) metrics.droppedLogs.inc({ reason: 'spool_full' }, dropped);
  const rejected = now.rejected - (before?.rejected ?? 0);
  if (rejected > 0) logger.error({ rejected }, 'logs that the store refused were put into the file beside it');
  if (now.place === (before?.place ?? 'store')) return;
  if (now.place === 'store') logger.info({ stored: now.stored }, 'the store works again; the spool is back in it');
  else logger.error({ place: now.place, dropped: now.dropped }, `the store fails, logs are spooled: ${now.reason}`);
}
