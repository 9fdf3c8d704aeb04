/** Whether an evaluator can do what a guardrail wants of it, as far as that is known without a call. */
import { misfit } from '../model/condition.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Guardrail } from '../model/guardrail.ts';
import { nearest } from '../model/nearest.ts';
import type { Fault, Problem } from './kind.ts';
import { EXECUTES } from './kinds.ts';

/** What is wrong with a guardrail whose calls these evaluators can look at; undefined where nothing is. */
export function guardrailFault(
  { evaluator: name, blockIf }: Guardrail,
  evaluators: readonly Evaluator[],
  problems: readonly Problem[] = [],
): Fault | undefined {
  const evaluator = evaluators.find((one) => one.name === name);
  if (evaluator === undefined) return { member: 'evaluator', message: unknown(name, evaluators, problems) };
  if (EXECUTES[evaluator.kind] === 'never')
    return {
      member: 'evaluator',
      message: `${name} is worked on elsewhere (${evaluator.kind}): no call can wait for it.`,
    };
  if (evaluator.needsTarget)
    return { member: 'evaluator', message: `${name} compares with a target, which a live call has not.` };
  const wrong = blockIf && misfit(blockIf, evaluator.returns);
  return wrong === undefined
    ? undefined
    : { member: 'blockIf', message: `${name} returns a ${evaluator.returns}: ${wrong}` };
}

function unknown(name: string, evaluators: readonly Evaluator[], problems: readonly Problem[]): string {
  const broken = problems.find(({ file }) => file === name || file.startsWith(`${name}.`));
  if (broken !== undefined) return `${name} cannot be used: ${broken.message}`;
  const names = evaluators.map((one) => one.name);
  const meant = nearest(name, names);
  const known = names.slice(0, 20).join(', ') || 'none';
  return `there is no evaluator ${name}. ${meant === undefined ? `There is: ${known}.` : `Did you mean ${meant}?`}`;
}
