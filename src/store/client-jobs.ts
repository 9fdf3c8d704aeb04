/** Jobs, what pays for them, dead letters and pauses as their callers hold them; all other families: client.ts. */
import type { ClaimedJob } from '../model/job.ts';
import type { Calls } from './calls.ts';
import { RECONSIDERED_AT_ONCE } from './budgets.ts';
import type { ClaimRequest } from './fair-claim.ts';
import type { ReadOperations } from './sqlite/read-operations.ts';
import type { WriteOperations } from './sqlite/write-operations.ts';
import type { Store } from './store.ts';

/** Effects that one commit takes: about a millisecond of the writer's time. */
export const EFFECTS_A_COMMIT = 64;

export function jobCalls(
  write: Calls<WriteOperations>,
  read: Calls<ReadOperations>,
): Pick<Store, 'jobs' | 'budgets' | 'deadLetters' | 'pauses'> {
  // One look at a time, so that commits go between.
  const claim = async (request: ClaimRequest): Promise<ClaimedJob[]> => {
    for (;;) {
      const { jobs, more } = await write('claimJobs', request);
      if (jobs.length > 0 || !more) return jobs;
    }
  };
  return {
    jobs: {
      claim,
      complete: async (effects) => {
        let fenced = 0;
        for (let from = 0; from < effects.length; from += EFFECTS_A_COMMIT)
          fenced += (await write('completeJobs', effects.slice(from, from + EFFECTS_A_COMMIT))).fenced;
        return { fenced };
      },
      lease: ({ evaluator, ...request }) => claim({ ...request, evaluators: [evaluator] }),
      renew: (jobs, leaseUntilMs) => write('renewJobs', jobs, leaseUntilMs),
      release: (jobs, nowMs) => write('releaseJobs', jobs, nowMs),
      queue: (projectId, evaluator, nowMs, next) => read('queueOfJobs', projectId, evaluator, nowMs, next),
      evaluators: () => read('jobEvaluators'),
      ofLog: (projectId, logId) => read('jobsOfLog', projectId, logId),
      backlog: () => read('backlog'),
    },
    budgets: {
      reserve: (reservations, nowMs) => write('reserveBudgets', reservations, nowMs),
      spending: (projectId, rule, nowMs) => read('spendingOf', projectId, rule, nowMs),
      reconsider: async (projectId, rule, nowMs) => {
        let count = 0;
        for (let some = RECONSIDERED_AT_ONCE; some === RECONSIDERED_AT_ONCE; count += some)
          some = await write('reconsiderDeferred', projectId, rule, nowMs);
        return count;
      },
    },
    deadLetters: {
      list: (projectId, page) => read('listDeadLetters', projectId, page),
      find: (projectId, id) => read('findDeadLetter', projectId, id),
      retry: (projectId, ids, nowMs) => write('retryDeadLetters', projectId, ids, nowMs),
      drop: (projectId, ids) => write('dropDeadLetters', projectId, ids),
    },
    pauses: {
      list: (projectId) => read('listPauses', projectId),
      pause: (pause) => write('pauseEvaluator', pause),
      resume: (projectId, evaluator) => write('resumeEvaluator', projectId, evaluator),
    },
  };
}
