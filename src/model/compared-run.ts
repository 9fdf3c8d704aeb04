/** What runs came to, alone and against a baseline, as /api/v1 gives it. */
import { z } from 'zod';

const count = z.number();
export const runIntervalSchema = z.object({ low: z.number(), high: z.number(), level: z.number() }).nullable();

export const runSummarySchema = z
  .object({
    scores: z.array(
      z.object({
        score: z.string(),
        evaluator: z.string(),
        kind: z.enum(['boolean', 'number', 'category']),
        datapoints: count,
        values: count.describe('Over all repetitions.'),
        mean: z.number().nullable().describe('Of numbers; of booleans the share of true.'),
        interval: runIntervalSchema,
        min: z.number().nullable(),
        max: z.number().nullable(),
        categories: z.record(z.string(), count).nullable(),
        spread: z
          .object({ within: z.number().nullable(), between: z.number().nullable() })
          .nullable()
          .describe('Of several repetitions: variance within and between datapoints.'),
      }),
    ),
    evaluators: z.record(z.string(), z.object({ scored: count, abstained: count, skipped: count, failed: count })),
    outputs: z.object({ there: count, failed: count }),
    costUsd: z.number(),
    meanDurationMs: z.number().nullable(),
  })
  .meta({ id: 'RunSummary' });

export const comparedRunSchema = z
  .object({
    score: z.string(),
    kind: z.enum(['boolean', 'number']),
    pairs: count.describe('Datapoints that both runs have a value of.'),
    onlyBefore: count,
    onlyAfter: count,
    before: z.number().nullable(),
    after: z.number().nullable(),
    difference: z.number().nullable().describe('After less before, datapoint by datapoint.'),
    interval: runIntervalSchema,
    bootstrap: runIntervalSchema.describe('By drawing again; null for booleans.'),
    p: z.number().nullable(),
    adjustedP: z.number().nullable().describe("After Holm's correction for the number of scores."),
    verdict: z.enum(['better', 'worse', 'different', 'no_difference_shown', 'not_enough_data']),
    neededMore: z
      .number()
      .nullable()
      .describe('About how many more datapoints would show the difference that was seen.'),
    gained: count,
    lost: count,
    worse: z
      .array(
        z.object({
          datapointId: z.string(),
          position: z.number(),
          before: z.number(),
          after: z.number(),
          logBefore: z.string().nullable(),
          logAfter: z.string().nullable(),
        }),
      )
      .describe('The worst first.'),
  })
  .meta({ id: 'ComparedScore' });

export type RunSummary = z.infer<typeof runSummarySchema>;
export type ComparedRun = z.infer<typeof comparedRunSchema>;
