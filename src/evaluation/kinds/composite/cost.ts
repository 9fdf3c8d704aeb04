/** What a composite may cost at most: as if all its steps were taken. */
import type { KindParts, Work } from '../../kind.ts';
import { MOST_DEPTH } from './settle.ts';

/** In US dollars; null where that of a step is not known. Rejects as `costAtMost` does. */
export async function costOfSteps(
  { runnable, subject, projectId, within = [] }: Work<'composite'>,
  costAtMost: KindParts['costAtMost'],
): Promise<number | null> {
  const { evaluator, settings } = runnable;
  // It would not be run either.
  if (within.includes(evaluator.name) || within.length >= MOST_DEPTH) return 0;
  const path = [...within, evaluator.name];
  const of = evaluator.projectId ?? projectId ?? subject.projectId;
  const costs = await Promise.all(
    settings.steps.map(({ evaluator: name, version }) =>
      costAtMost({ projectId: of, name, version, subject, within: path }),
    ),
  );
  return costs.includes(null) ? null : costs.reduce((sum, cost) => sum! + cost!, 0);
}
