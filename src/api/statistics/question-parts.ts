/**
 * What questions of /api/v1/statistics consist of, as schemas: a slice of logs, what is measured, what it is grouped by, and how
 * sure intervals are to be. How the store is asked with them is said here, too; what becomes of its answers, in the files beside.
 */
import { z } from 'zod';
import { type AggregateQuestion, type Measure } from '../../store/aggregates.ts';
import { type AskedMeasure, storedName } from '../../model/asked-measure.ts';
import { GROUP_FIELDS } from '../../model/measure.ts';
import type { Slice } from '../../store/questions.ts';
import { refuse } from '../answers.ts';
import { QUESTION_MS } from '../streamed.ts';
import { sliceOf } from '../time-range.ts';

export interface AskedSlice {
  filter: Slice['filter'];
  fromMs: number | null;
  toMs: number | null;
}

/** For `superRefine`: an empty range is a mistake, and would be answered with nothing. */
export function ascendingRange({ fromMs, toMs }: AskedSlice, context: z.RefinementCtx): void {
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    context.addIssue({ code: 'custom', path: ['toMs'], message: 'it must be later than fromMs' });
}

export const levelField = z
  .number()
  .min(0.5)
  .max(0.9999)
  .default(0.95)
  .describe('With which probability an interval is to hold the truth.');

const dimensionSchema = z
  .union(
    [
      z.strictObject({ property: storedName(128).describe('Name of a property, in any case.') }),
      z.strictObject({ field: z.enum(GROUP_FIELDS) }),
    ],
    { error: `send { "property": name } or { "field": one of ${GROUP_FIELDS.join(', ')} }` },
  )
  .meta({ id: 'Dimension' });

const groupBy = dimensionSchema
  .nullable()
  .default(null)
  .describe('`{ "property": "PromptVersion" }`, `{ "field": "model" }`; null: all logs together.');

export interface GroupFields {
  groupBy: typeof groupBy;
  groupLimit: z.ZodDefault<z.ZodNumber>;
}

/** At most as many groups as a person can tell apart is what charts want; tables want more. */
export function groupFields(most: number): GroupFields {
  return {
    groupBy,
    groupLimit: z
      .number()
      .int()
      .min(1)
      .max(most)
      .default(Math.min(50, most))
      .describe('Groups beyond so many, by count, share the group with `other: true`.'),
  };
}

export function measureOf(asked: AskedMeasure): Measure {
  return 'evaluation' in asked ? { outcomes: asked.evaluation } : asked;
}

export function askedOf(measure: Measure): AskedMeasure {
  return 'outcomes' in measure ? { evaluation: measure.outcomes } : measure;
}

/** Cells that one answer may hold: they are unpacked and written on the thread that proxies, some microseconds each. */
export const MOST_CELLS = 20_000;

/** Throws 422 where an answer could hold more than it may. */
export function refuseTooManyCells(cells: number): void {
  if (cells <= MOST_CELLS) return;
  const message = `the answer could hold ${cells} descriptions, and at most ${MOST_CELLS} are given at once. Ask for less time, longer buckets, or fewer scores or groups`;
  refuse(new Map([['body', { message }]]));
}

type Rest = Omit<AggregateQuestion, keyof Slice | 'timeLimitMs'>;

/** A question for the store; what of the filter is a range of time becomes one. */
export function questionOf(
  projectId: string,
  { filter, fromMs, toMs }: AskedSlice,
  rest: Partial<Rest>,
): AggregateQuestion {
  return {
    measures: [],
    groupBy: null,
    edgesMs: null,
    groupLimit: 1,
    ...rest,
    ...sliceOf(projectId, filter, { fromMs, toMs }),
    timeLimitMs: QUESTION_MS,
  };
}
