/** Readiness: whether the store takes writes, and the recorder and the queue move. Progress, not presence. */
import type { Health } from '../api/route.ts';
import type { Logger, Metrics } from '../diagnostics.ts';
import type { RecorderState } from '../recording/recorder.ts';
import type { Store } from '../store/store.ts';
import type { Evaluation } from './evaluation.ts';

export interface HealthParts {
  store: Pick<Store, 'probe' | 'jobs'>;
  state: () => RecorderState | undefined;
  evaluation: Pick<Evaluation, 'lastProgressAtMs' | 'problems'>;
  metrics: Pick<Metrics, 'jobs' | 'oldestPendingJobSeconds'>;
  logger: Pick<Logger, 'warn'>;
}

/** A store that takes longer to write one row is not ready. */
const PROBE_TIMEOUT_MS = 3000;
/** A consumer looks for jobs every second; one that has not for so long hangs. */
const STALLED_MS = 30_000;
/** Answers for so long, so that probes cannot be used to write to the disk at will. */
const REMEMBERED_MS = 500;

export function createHealth(parts: HealthParts): () => Promise<Health> {
  let remembered: { atMs: number; health: Promise<Health> } | undefined;
  return () => {
    const atMs = performance.now();
    if (remembered === undefined || atMs - remembered.atMs > REMEMBERED_MS) remembered = { atMs, health: look(parts) };
    return remembered.health;
  };
}

async function look({ store, state, evaluation, metrics, logger }: HealthParts): Promise<Health> {
  const nowMs = Date.now();
  const recorder = state();
  const place = recorder?.place ?? 'store';
  const stalledMs = evaluation.lastProgressAtMs === undefined ? 0 : nowMs - evaluation.lastProgressAtMs;
  const checks: Health['checks'] = {
    store: 'ok',
    recorder: place === 'store' ? 'ok' : `spooling to ${place}: ${recorder?.reason}`,
    spoolBytes: recorder?.spoolBytes ?? 0,
    droppedLogs: recorder?.dropped ?? 0,
    evaluatorProblems: evaluation.problems.length,
    queue: stalledMs > STALLED_MS ? `no progress for ${Math.round(stalledMs / 1000)} s` : 'ok',
  };
  try {
    await within(PROBE_TIMEOUT_MS, store.probe(nowMs));
    const backlog = await within(PROBE_TIMEOUT_MS, store.jobs.backlog());
    const oldestSeconds = backlog.oldestDueAtMs === null ? 0 : Math.max(0, (nowMs - backlog.oldestDueAtMs) / 1000);
    Object.assign(checks, {
      pendingJobs: backlog.pending,
      leasedJobs: backlog.leased,
      deadJobs: backlog.dead,
      oldestPendingJobSeconds: oldestSeconds,
    });
    for (const name of ['pending', 'leased', 'dead'] as const) metrics.jobs.set({ state: name }, backlog[name]);
    metrics.oldestPendingJobSeconds.set(oldestSeconds);
  } catch (error) {
    logger.warn({ err: error }, 'the store did not answer the readiness probe');
    checks.store = (error as Error).message;
  }
  const ready = checks.store === 'ok' && checks.queue === 'ok' && place === 'store';
  return { ready, checks };
}

async function within<Value>(limitMs: number, work: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
