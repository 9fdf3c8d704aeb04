/** What is known of an evaluator without running it. */
import { z } from 'zod';
import { filterSchema } from './filter.ts';
import { SCORE_KINDS } from './score.ts';

/** File names and score names: letters, digits, `.`, `_` and `-`. */
export const EVALUATOR_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export const onlineSchema = z.strictObject({
  /** Share of matching logs to look at, 0 to 1, decided by a hash of the log's id. Default 1. */
  sampleRate: z.number().min(0).max(1).default(1),
  /** Which logs to look at; all when absent. */
  filter: filterSchema.optional(),
});
export type Online = z.infer<typeof onlineSchema>;

export const evaluatorSchema = z.object({
  name: z.string().regex(EVALUATOR_NAME),
  /** Hash of the content it was defined with. */
  version: z.string(),
  kind: z.enum(['module']),
  returns: z.enum(SCORE_KINDS),
  description: z.string().nullable(),
  /** Null: not run on live logs. */
  online: onlineSchema.nullable(),
  deadlineMs: z.number().int().positive(),
});
export type Evaluator = z.infer<typeof evaluatorSchema>;
