/** Which consumer takes whose jobs. */
import type { Executes } from './kind.ts';
import { EXECUTES } from './kinds.ts';
import type { Known } from './registry.ts';

/** Whose jobs are run by processes of ours, and whose wait for calls. What nobody knows any more is only to be ended. */
export function shareOut(
  evaluators: readonly Pick<Known, 'name' | 'kind'>[],
  withJobs: readonly string[],
): { run: string[]; call: string[] } {
  const known = new Set(evaluators.map(({ name }) => name));
  const orphans = withJobs.filter((name) => !known.has(name));
  const of = (where: Executes): string[] => [
    ...new Set(evaluators.filter(({ kind }) => EXECUTES[kind] === where).map(({ name }) => name)),
  ];
  return { run: [...of('process'), ...orphans], call: of('call') };
}
