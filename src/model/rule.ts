/** Rules: which logs of a project an evaluator looks at, how many of them and what that may cost. */
import { z } from 'zod';
import { EVALUATOR_NAME, MANAGED_BY } from './evaluator.ts';
import { filterSchema } from './filter.ts';

const perDay = z.number().int().positive().max(10_000_000);
const usd = z.number().positive();
const minutes = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write it as HH:MM, in UTC');

/** The version that a rule follows when it pins none. */
export const NEWEST = 'newest';

export const ruleSpecSchema = z.strictObject({
  name: z.string().regex(EVALUATOR_NAME),
  evaluator: z.string().regex(EVALUATOR_NAME),
  /** One version, or `newest`: whichever is the newest when a log comes. */
  version: z.string().min(1).max(64).default(NEWEST),
  /** Which logs; all when absent. */
  filter: filterSchema.optional(),
  /** Share of the matching logs, by a hash of the log's id. */
  sampleRate: z.number().min(0).max(1).default(1),
  /** At most so many of a day (UTC). */
  perDay: perDay.optional(),
  /** By the values of a property: a share of each, or so many of each a day. */
  stratify: z
    .strictObject({
      property: z.string().min(1).max(128),
      perDay: perDay.optional(),
      /** By value; what is not named has the rule's own `sampleRate`. */
      rates: z.record(z.string().max(256), z.number().min(0).max(1)).optional(),
    })
    .optional(),
  /** Reserved before the call; what does not fit waits for the next day or month. */
  budgetUsd: z.strictObject({ day: usd.optional(), month: usd.optional() }).optional(),
  /** Higher goes first. */
  priority: z.number().int().min(-100).max(100).default(0),
  /** When a backfill may run, UTC; over midnight where `from` is later than `to`. */
  activeHours: z.strictObject({ from: minutes, to: minutes }).optional(),
  enabled: z.boolean().default(true),
});
export type RuleSpec = z.infer<typeof ruleSpecSchema>;

export const ruleSchema = z.object({ ...ruleSpecSchema.shape, managedBy: z.enum(MANAGED_BY) });
export type Rule = z.infer<typeof ruleSchema> & { projectId: string };
