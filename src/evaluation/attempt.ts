/** Trying an evaluator out: a draft, a version or a file, on stored logs or on such as somebody wrote. Nothing is stored. */
import type { Versioned } from '../model/definition.ts';
import type { Log } from '../model/log.ts';
import type { StoredLog } from '../store/store.ts';
import type { Datapoint } from './define.ts';
import type { Evaluators } from './evaluators.ts';
import type { Result } from './kind.ts';
import { runnableOf } from './registry.ts';
import { subjectOf } from './subject.ts';

export interface Attempt {
  /** A version, which may be a draft; or the name of a file. */
  what: Versioned | string;
  projectId: string;
  on: (({ log: StoredLog } | { subject: Log }) & { datapoint?: Datapoint | undefined })[];
}

/** What comes of each. Rejects with `draining`. */
export async function attempt(
  evaluators: Pick<Evaluators, 'attempt' | 'evaluate'>,
  { what, projectId, on }: Attempt,
): Promise<Result[]> {
  const subjects = on.map(({ datapoint, ...one }) => ({
    subject: 'log' in one ? subjectOf(one.log) : one.subject,
    ...(datapoint && { datapoint }),
  }));
  if (typeof what !== 'string') {
    const runnable = runnableOf(what);
    return evaluators.attempt(subjects.map((one) => ({ runnable, ...one })));
  }
  const asked = { projectId, evaluators: [what], isTrial: true };
  return evaluators.evaluate(subjects.map((one, index) => ({ id: String(index), ...one, ...asked })));
}
