/** What is wrong with a composite among the evaluators that there are, and what follows for it from those that it names. */
import { misfit } from '../../../model/condition.ts';
import type { CompositeSettings, DefinitionOf } from '../../../model/definition.ts';
import type { Evaluator } from '../../../model/evaluator.ts';
import { nearest } from '../../../model/nearest.ts';
import type { Fault, Other, Others } from '../../kind.ts';

/** Composites within composites. */
export const MOST_DEPTH = 5;

type Scale = Pick<Evaluator, 'name' | 'returns' | 'range' | 'options'>;
type Step = CompositeSettings['steps'][number];

/** The definition, needing a target where one of its steps does; or the first thing that is wrong. */
export async function settleComposite(
  definition: DefinitionOf<'composite'>,
  others: Others,
): Promise<DefinitionOf<'composite'> | Fault> {
  const { steps } = definition.settings;
  let { needsTarget } = definition;
  for (const [index, step] of steps.entries()) {
    const at = (member: keyof Step, message: string): Fault => ({
      member: `settings.steps.${index}.${member}`,
      message,
    });
    if (step.evaluator === definition.name) return at('evaluator', circle([definition.name, step.evaluator]));
    const named = await find(step, others);
    if (typeof named === 'string') return at(step.version === undefined ? 'evaluator' : 'version', named);
    const inner = await walk(named, others, [definition.name]);
    if (typeof inner === 'string') return at('evaluator', inner);
    needsTarget ||= inner.needsTarget;
    if (named.outlasts !== undefined)
      return at('evaluator', `${step.evaluator} cannot be waited for: ${named.outlasts}.`);
    const { evaluator } = named;
    const wrong = step.continueIf && misfit(step.continueIf, evaluator.returns);
    if (wrong) return at('continueIf', `${evaluator.name} returns a ${evaluator.returns}: ${wrong}`);
    const isLast = index === steps.length - 1;
    const offScale = isLast || step.continueIf ? offScaleOf(definition, evaluator) : undefined;
    if (offScale) return at('evaluator', offScale);
  }
  return { ...definition, needsTarget };
}

/** What is wrong with the settings alone. */
export function settingsFault({ steps }: CompositeSettings): Fault | undefined {
  const last = steps.length - 1;
  if (steps[last]!.continueIf)
    return { member: `settings.steps.${last}.continueIf`, message: 'nothing comes after the last step. Leave it out.' };
  const twice = steps.findIndex(
    ({ evaluator }, index) => steps.findIndex((one) => one.evaluator === evaluator) < index,
  );
  if (twice < 0) return undefined;
  const message = `${steps[twice]!.evaluator} is a step already: their scores would have the same name.`;
  return { member: `settings.steps.${twice}.evaluator`, message };
}

async function find({ evaluator: name, version }: Step, others: Others): Promise<Other | string> {
  const found = await others.find(name, version);
  if (found !== undefined) return found;
  const newest = version === undefined ? undefined : await others.find(name);
  if (newest !== undefined) return `${name} has no version ${version}. Its newest is ${newest.evaluator.version}.`;
  const meant = nearest(name, others.names());
  return `there is no evaluator ${name}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
}

/** Goes down through composites: whether one of what they name needs a target, or why they cannot be. */
async function walk(
  { evaluator, settings }: Other,
  others: Others,
  path: readonly string[],
): Promise<{ needsTarget: boolean } | string> {
  const here = [...path, evaluator.name];
  let { needsTarget } = evaluator;
  if (evaluator.kind !== 'composite') return { needsTarget };
  if (here.length > MOST_DEPTH)
    return `it is too deep: ${here.join(' -> ')}. ${MOST_DEPTH} within each other are enough.`;
  for (const step of (settings as CompositeSettings).steps) {
    if (here.includes(step.evaluator)) return circle([...here, step.evaluator]);
    const named = await find(step, others);
    // Its own fault, which is said where it is.
    if (typeof named === 'string') continue;
    const inner = await walk(named, others, here);
    if (typeof inner === 'string') return inner;
    needsTarget ||= inner.needsTarget;
  }
  return { needsTarget };
}

function circle(path: readonly string[]): string {
  return `it would go round in a circle: ${path.join(' -> ')}.`;
}

/** Why a step's value may not be one of the composite's, which it becomes where it stops there. */
function offScaleOf(own: Scale, { name, returns, range, options }: Scale): string | undefined {
  const stops = `${name} returns a ${returns}`;
  if (own.returns === 'number' && returns === 'boolean')
    return isWithin({ min: 0, max: 1 }, own.range)
      ? undefined
      : `${stops}, which counts as 0 or 1, and the range of ${own.name} has not both.`;
  if (own.returns !== returns) return `${stops}, and ${own.name}, which may end with it, a ${own.returns}.`;
  if (range && !isWithin(range, own.range))
    return `${name} goes from ${range.min} to ${range.max}, and ${own.name}, which may end with it, from ${own.range!.min} to ${own.range!.max}.`;
  const unknown = options?.find((one) => own.options && !own.options.some((known) => known.name === one.name));
  return unknown && `${name} may say "${unknown.name}", which is no option of ${own.name}.`;
}

function isWithin(inner: { min: number; max: number }, outer: Scale['range']): boolean {
  return !outer || (inner.min >= outer.min && inner.max <= outer.max);
}
