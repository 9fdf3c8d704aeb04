/** Whether a rule may send live logs to its evaluator, and in which words it is told that it may not. */
import type { Evaluator } from '../model/evaluator.ts';
import { nearest } from '../model/nearest.ts';
import type { RuleSpec } from '../model/rule.ts';

const NAMES_SHOWN = 10;

/** `evaluators`: those that the rule's project has. Undefined where nothing stands against it. */
export function attachProblem(spec: Pick<RuleSpec, 'evaluator'>, evaluators: readonly Evaluator[]): string | undefined {
  const evaluator = evaluators.find(({ name }) => name === spec.evaluator);
  if (evaluator === undefined) return `there is no evaluator "${spec.evaluator}". ${hint(spec.evaluator, evaluators)}`;
  if (evaluator.needsTarget)
    return `${evaluator.name} compares with a target, which a live log has not: it can only look at datapoints. Choose an evaluator that needs none.`;
  return undefined;
}

function hint(asked: string, evaluators: readonly Evaluator[]): string {
  const names = evaluators.map(({ name }) => name);
  const meant = nearest(asked, names);
  if (meant !== undefined) return `Did you mean ${meant}?`;
  return names.length === 0 ? 'There are none yet.' : `There are ${names.slice(0, NAMES_SHOWN).join(', ')}.`;
}
