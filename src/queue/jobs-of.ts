/** The jobs of some evaluators, as a consumer takes them. */
import type { JobEffect, JobStore } from '../store/store.ts';
import type { Leases } from './consumer-options.ts';

/** `evaluators` is asked before each claim; where it names none, the store is not asked. */
export function jobsOf(
  jobs: Pick<JobStore, 'claim' | 'complete' | 'renew' | 'release'>,
  evaluators: () => string[],
): Leases<JobEffect> {
  return {
    async claim(request) {
      const names = evaluators();
      return names.length === 0 ? [] : jobs.claim({ evaluators: names, ...request });
    },
    complete: (effects) => jobs.complete(effects),
    renew: (held, leaseUntilMs) => jobs.renew(held, leaseUntilMs),
    release: (held, nowMs) => jobs.release(held, nowMs),
  };
}
