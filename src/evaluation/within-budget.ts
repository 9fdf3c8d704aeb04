/** Which of some claimed jobs run within their budgets, and which wait. What a budget is: budgets.ts. */
import type { ClaimedJob } from '../model/job.ts';
import type { Log } from '../model/log.ts';
import type { JobEffect } from '../store/store.ts';
import type { Budgets, Priced, Wait } from './budgets.ts';
import type { Evaluators } from './evaluators.ts';

export type JobBudgets = Pick<Budgets, 'shut' | 'limits' | 'reserve'>;

/** `atMs`: when it was decided. */
export function deferred(job: ClaimedJob, { untilMs, reason }: Wait, atMs: number): JobEffect {
  return {
    job,
    evaluatorVersion: job.version ?? '',
    outcome: { outcome: 'skipped', reason, durationMs: 0, printed: '' },
    atMs,
    retryAtMs: untilMs,
    countsAttempt: false,
    deferredBy: 'budget',
    dead: false,
  };
}

/**
 * Sets aside what these may cost. `subjectOf` answers a text for a log that cannot be read, which costs nothing. Jobs that are neither
 * to run nor to wait have lost their leases. Rejects as the store does.
 */
export async function withinBudget(
  jobs: readonly ClaimedJob[],
  {
    budgets,
    evaluators,
    subjectOf,
  }: {
    budgets: JobBudgets | undefined;
    evaluators: Pick<Evaluators, 'costAtMost'>;
    subjectOf: (job: ClaimedJob) => Log | string;
  },
): Promise<{ run: ClaimedJob[]; wait: { job: ClaimedJob; wait: Wait }[] }> {
  const limited = budgets === undefined ? [] : jobs.filter((job) => budgets.limits(job));
  if (budgets === undefined || limited.length === 0) return { run: [...jobs], wait: [] };
  const priced = await Promise.all(
    limited.map(async (job): Promise<Priced> => {
      const { projectId, evaluator: name } = job;
      const version = job.version ?? undefined;
      const subject = subjectOf(job);
      if (typeof subject === 'string') return { job, costUsd: 0 };
      return { job, costUsd: await evaluators.costAtMost({ projectId, name, version, subject }) };
    }),
  );
  const answers = await budgets.reserve(priced);
  const left = new Map(limited.map((job, index) => [job, answers[index]!]));
  return {
    run: jobs.filter((job) => (left.get(job) ?? 'run') === 'run'),
    wait: limited.flatMap((job, index) => {
      const answer = answers[index]!;
      return typeof answer === 'string' ? [] : [{ job, wait: answer }];
    }),
  };
}
