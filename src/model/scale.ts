/** The scale of an evaluator: which values are scores of it. Whoever takes a score from elsewhere asks `scaleProblem`. */
import { z } from 'zod';
import { type ScoreKind, scoreKind, type ScoreValue } from './score.ts';

export const rangeSchema = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    /** Values lie on `min`, `min + step` and so on. */
    step: z.number().positive().optional(),
  })
  .refine(({ min, max }) => min < max, { message: 'min must be less than max', path: ['max'] });
export type Range = z.infer<typeof rangeSchema>;

export const optionsSchema = z
  .array(z.strictObject({ name: z.string().min(1).max(200), value: z.number().optional() }))
  .min(2)
  .max(100)
  .refine((options) => new Set(options.map(({ name }) => name)).size === options.length, {
    message: 'two options have the same name',
  });
export type Option = z.infer<typeof optionsSchema>[number];

export interface Bounds {
  range?: Range | null;
  options?: readonly Option[] | null;
}

/** How far a number may be from a step and still be on it, in steps: 0.1 + 0.2 is on a step of 0.1. */
const STEP_TOLERANCE = 1e-6;
/** Names of options that a message lists. */
const LISTED = 10;

/** Why a value is not one of this scale, as the end of a sentence that begins with it; undefined where it is one. */
export function scaleProblem(value: ScoreValue, returns: ScoreKind, bounds: Bounds = {}): string | undefined {
  if (scoreKind(value) !== returns) return `is a ${scoreKind(value)}; expected a ${returns}`;
  if (typeof value === 'number') return rangeProblem(value, bounds.range);
  if (typeof value === 'string' && bounds.options) return optionProblem(value, bounds.options);
  return undefined;
}

function rangeProblem(value: number, range: Range | null | undefined): string | undefined {
  if (!Number.isFinite(value)) return 'is not a finite number';
  if (!range) return undefined;
  const { min, max, step } = range;
  if (value < min || value > max) return `is ${value}; expected a number from ${min} to ${max}`;
  if (step === undefined) return undefined;
  const steps = (value - min) / step;
  if (Math.abs(steps - Math.round(steps)) <= STEP_TOLERANCE) return undefined;
  return `is ${value}; expected a number from ${min} to ${max} in steps of ${step}`;
}

function optionProblem(value: string, options: readonly Option[]): string | undefined {
  if (options.some(({ name }) => name === value)) return undefined;
  const names = options.slice(0, LISTED).map(({ name }) => JSON.stringify(name.slice(0, 40)));
  const rest = options.length > LISTED ? ` and ${options.length - LISTED} more` : '';
  return `is ${JSON.stringify(value.slice(0, 60))}; expected one of ${names.join(', ')}${rest}`;
}
