/** What is known of an evaluator without running it. */
import { z } from 'zod';
import { budgetSchema } from './budget.ts';
import { filterSchema } from './filter.ts';
import { checkSampling, samplingMembers } from './sampling.ts';
import { optionsSchema, rangeSchema } from './scale.ts';
import { SCORE_KINDS } from './score.ts';

/** File names and score names: letters, digits, `.`, `_` and `-`. */
export const EVALUATOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Ways to come to a score. */
export const EVALUATOR_KINDS = ['module', 'code', 'judge', 'webhook', 'external', 'human', 'composite'] as const;
export type EvaluatorKind = (typeof EVALUATOR_KINDS)[number];

/** Where an evaluator or a rule was defined: its folder, `gradeway.yaml` or the API. Only the API's can be changed over it. */
export const MANAGED_BY = ['file', 'config', 'api'] as const;
export type ManagedBy = (typeof MANAGED_BY)[number];

/** Which direction of its scores is the good one; true counts as 1. */
export const DIRECTIONS = ['higher', 'lower'] as const;

/** Which logs to look at, all when there is no filter, and how many of them. */
export const onlineSchema = z
  .strictObject({
    ...samplingMembers,
    filter: filterSchema.optional(),
    /** What it may cost in a day and in a month; no limit when absent. */
    budget: budgetSchema.optional(),
  })
  .superRefine(checkSampling);
export type Online = z.infer<typeof onlineSchema>;

export const evaluatorSchema = z.object({
  name: z.string().regex(EVALUATOR_NAME),
  /** A module's is the hash of its content; all others count: '1', '2' and so on. What a version is never changes. */
  version: z.string(),
  /** Null: of all projects, as module files are. */
  projectId: z.string().nullable(),
  kind: z.enum(EVALUATOR_KINDS),
  returns: z.enum(SCORE_KINDS),
  description: z.string().nullable(),
  /** Of a number; null: any finite one. */
  range: rangeSchema.nullable(),
  /** Of a category; null: any text. */
  options: optionsSchema.nullable(),
  better: z.enum(DIRECTIONS).nullable(),
  /** Compares with a target, which a live log has not: it cannot be attached to live logs. */
  needsTarget: z.boolean(),
  /** The value from which on a score passes; null where there is none. */
  threshold: z.number().nullable(),
  deadlineMs: z.number().int().positive(),
  /** Null: the kind's own. */
  memoryMb: z.number().int().positive().nullable(),
  /** The rule that a module's file brings along; null: not run on live logs unless a rule says so. */
  online: onlineSchema.nullable(),
  managedBy: z.enum(MANAGED_BY),
});
export type Evaluator = z.infer<typeof evaluatorSchema>;
