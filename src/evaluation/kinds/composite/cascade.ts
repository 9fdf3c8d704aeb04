/**
 * Takes the steps of a composite, one after another:
 *
 *     step --paused, or failed and may be tried again--> the whole comes back; steps that are done are not done again
 *          --ended otherwise, its condition holds------> the next step
 *          --it does not hold, or there is no next-----> what came of this step is what came of the whole
 *          --the time of the whole is up---------------> failed, before the next step
 */
import { comparesSomething, holds, scoreOf } from '../../../model/condition.ts';
import type { CompositeSettings, ContinueIf } from '../../../model/definition.ts';
import type { Evaluated, Result, Runnable, Work } from '../../kind.ts';
import type { Asking } from './asking.ts';
import { circular, durationOf, late, outcomeOf } from './outcome.ts';
import { MOST_DEPTH } from './settle.ts';

/** Subjects of one version whose first steps are remembered while they wait to be tried again. */
const REMEMBERED = 1000;

export class Cascades {
  readonly #asking: Asking;
  readonly #begun = new WeakMap<Runnable<'composite'>, Map<string, Evaluated[]>>();

  constructor(asking: Asking) {
    this.#asking = asking;
  }

  async run(work: Work<'composite'>): Promise<Result> {
    const { evaluator, settings } = work.runnable;
    const { within = [] } = work;
    // Versions change after they were checked, so a circle can come about.
    if (within.includes(evaluator.name) || within.length >= MOST_DEPTH)
      return { outcome: circular([...within, evaluator.name]) };
    const taken = this.#takeUp(work);
    for (const [index, step] of settings.steps.entries()) {
      if (durationOf(taken) > evaluator.deadlineMs) return { outcome: late(work.runnable, taken) };
      const one = taken[index] ?? (await this.#ask(step, work));
      if (isToComeBack(one, step.continueIf)) {
        this.#remember(work, taken);
        const { retryAtMs } = one;
        return { outcome: outcomeOf(work.runnable, [...taken, one]), ...(retryAtMs !== undefined && { retryAtMs }) };
      }
      taken[index] = one;
      if (!goesOn(one, step.continueIf)) break;
    }
    return { outcome: outcomeOf(work.runnable, taken) };
  }

  #ask(step: CompositeSettings['steps'][number], work: Work<'composite'>): Promise<Evaluated> {
    const { runnable, subject, datapoint, isTrial, within = [] } = work;
    const { name, projectId } = runnable.evaluator;
    return this.#asking.ask({
      id: subject.id,
      subject,
      ...(datapoint && { datapoint }),
      projectId: projectId ?? work.projectId ?? subject.projectId,
      evaluators: [step.evaluator],
      versions: step.version === undefined ? undefined : { [step.evaluator]: step.version },
      isTrial,
      within: [...within, name],
    });
  }

  #takeUp({ runnable, isTrial, ...work }: Work<'composite'>): Evaluated[] {
    if (isTrial === true) return [];
    const begun = this.#begun.get(runnable);
    const key = keyOf(work);
    const taken = begun?.get(key);
    begun?.delete(key);
    return taken ?? [];
  }

  #remember({ runnable, isTrial, ...work }: Work<'composite'>, taken: Evaluated[]): void {
    if (isTrial === true || taken.length === 0) return;
    const begun = this.#begun.get(runnable) ?? new Map<string, Evaluated[]>();
    this.#begun.set(runnable, begun);
    begun.set(keyOf(work), taken);
    if (begun.size > REMEMBERED) begun.delete(begun.keys().next().value!);
  }
}

function keyOf({ subject, datapoint }: Pick<Work, 'subject' | 'datapoint'>): string {
  return JSON.stringify([subject.projectId, subject.id, datapoint?.id ?? null]);
}

/** Whether it is worth to do this step again, which nobody said how to go on from. */
function isToComeBack({ outcome, retryAtMs }: Evaluated, continueIf: ContinueIf | undefined): boolean {
  if (continueIf?.outcome?.includes(outcome.outcome)) return false;
  return retryAtMs !== undefined || (outcome.outcome === 'failed' && outcome.retryable);
}

function goesOn({ evaluator, outcome }: Evaluated, continueIf: ContinueIf | undefined): boolean {
  if (continueIf === undefined) return outcome.outcome !== 'failed';
  const { outcome: wanted = ['scored'], ...condition } = continueIf;
  if (!wanted.includes(outcome.outcome)) return false;
  if (outcome.outcome !== 'scored' || !comparesSomething(condition)) return true;
  const value = scoreOf(outcome.scores, evaluator, condition.score);
  return value !== undefined && holds(condition, value);
}
