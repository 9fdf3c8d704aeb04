/** A judge's scale as the words of its prompt, as a JSON schema, and as a check of what a model answered. */
import type { Option, Range } from '../../../model/scale.ts';
import { scaleProblem } from '../../../model/scale.ts';
import type { ScoreKind } from '../../../model/score.ts';

export interface Scale {
  returns: ScoreKind;
  range: Range | null;
  options: readonly Option[] | null;
}

/** What is wrong with a scale; undefined where a model can be asked for it. */
export function scaleFault({ returns, range, options }: Scale): string | undefined {
  if (returns === 'number' && range === null) return 'range: a judge that returns a number needs one, as min and max.';
  if (returns === 'category' && options === null)
    return 'options: a judge that returns a category needs them, each with a name.';
  if (returns !== 'number' && range !== null) return 'range: only a judge that returns a number has one.';
  if (returns !== 'category' && options !== null) return 'options: only a judge that returns a category has them.';
  return undefined;
}

/** What the model is told of the scale. */
export function describeScale({ returns, range, options }: Scale): string {
  if (returns === 'boolean') return 'true or false';
  if (returns === 'category') return `exactly one of ${options!.map(({ name }) => JSON.stringify(name)).join(', ')}`;
  const { min, max, step } = range!;
  return `a number from ${min} to ${max}${step === undefined ? '' : ` in steps of ${step}`}`;
}

/** The value's JSON schema. Limits of numbers are left to the check: not every provider takes them. */
export function schemaOf({ returns, options }: Scale): Record<string, unknown> {
  return returns === 'category' ? { type: 'string', enum: options!.map(({ name }) => name) } : { type: returns };
}

/** What is wrong with a value, as the end of a sentence; undefined where it is on the scale. */
export function offScale(value: unknown, scale: Scale): string | undefined {
  if (typeof value !== 'boolean' && typeof value !== 'number' && typeof value !== 'string')
    return `is no value; expected ${describeScale(scale)}`;
  return scaleProblem(value, scale.returns, scale);
}
