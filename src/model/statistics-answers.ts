/** Answers to questions about scores and logs, as /api/v1/statistics gives them. What is in them: shown-statistics.ts. */
import { z } from 'zod';
import { measureSchema, seriesMeasureSchema } from './asked-measure.ts';
import { SCORE_KINDS } from './score.ts';
import {
  booleanStatisticsSchema,
  categoryStatisticsSchema,
  evaluationCountsSchema,
  intervalSchema,
  numberStatisticsSchema,
  statisticsSchema,
} from './shown-statistics.ts';

export const planSchema = z
  .object({
    rollups: z.boolean().describe('Whether whole hours came from rollups. Otherwise all logs were read.'),
    scannedLogs: z.number().describe('How many logs were read one by one.'),
  })
  .meta({ id: 'Plan' })
  .describe('How the answer was found. The numbers are the same either way.');

export const scoreStatisticsRowSchema = z.object({
  score: z.string(),
  group: z.string().nullable().describe('Null: all logs together, or those that have no value to group by.'),
  other: z.boolean().describe('The groups beyond `groupLimit`, together.'),
  statistics: statisticsSchema
    .nullable()
    .describe('Over scores alone, so that no failure is a 0. Null where there has never been a score of this name.'),
  evaluations: evaluationCountsSchema
    .nullable()
    .describe("How its evaluator's looks at these logs ended; null where none looked."),
});

export const logStatisticsRowSchema = z.object({
  group: z.string().nullable().describe('Null: all logs together, or those that have no value to group by.'),
  other: z.boolean().describe('The groups beyond `groupLimit`, together.'),
  logs: z.number().describe('How many there are.'),
  error: booleanStatisticsSchema.describe('Calls without a status below 400.'),
  durationMs: numberStatisticsSchema,
  firstTokenMs: numberStatisticsSchema.describe('Of streams.'),
  costUsd: numberStatisticsSchema.describe('Of logs whose cost is known: an unknown one is not counted, never 0.'),
  inputTokens: numberStatisticsSchema,
  cachedInputTokens: numberStatisticsSchema,
  outputTokens: numberStatisticsSchema,
  totalTokens: numberStatisticsSchema,
});

export const seriesAnswerSchema = z.object({
  buckets: z.array(
    z.object({
      fromMs: z.number(),
      toMs: z.number(),
      whole: z.boolean().describe('False where the asked range begins or ends within: its points are of a part.'),
    }),
  ),
  series: z
    .array(
      z.object({
        measure: seriesMeasureSchema,
        group: z.string().nullable(),
        other: z.boolean(),
        points: z
          .array(statisticsSchema)
          .describe('One for each bucket. Where there were no values, count is 0 and the rest null.'),
      }),
    )
    .describe('By measure, then by group. A score that has never been given has none.'),
  plan: planSchema,
});

const sideSchema = z.object({
  statistics: statisticsSchema.nullable().describe('Null where there has never been a score of this name.'),
  evaluations: evaluationCountsSchema
    .nullable()
    .describe("How looks of a score's evaluator ended: a mean may hide what failed."),
});

export const sliceComparisonSchema = z.object({
  measure: measureSchema,
  kind: z.enum(SCORE_KINDS).nullable(),
  before: sideSchema,
  after: sideSchema,
  verdict: z.enum(['better', 'worse', 'different', 'no_difference_shown', 'not_enough_data']),
  difference: z
    .number()
    .nullable()
    .describe('After less before; of booleans as a share from -1 to 1. Null for categories.'),
  interval: intervalSchema.describe('Of the difference: by Welch for numbers, by Newcombe for shares.'),
  level: z.number().describe('With which it was judged: above the asked one where several are compared.'),
  p: z.number().nullable(),
  adjustedP: z.number().nullable().describe("By Holm's procedure, over all that were compared."),
  neededPerSlice: z
    .number()
    .nullable()
    .describe(
      'About how many more logs each slice needs to show the difference, with a power of 0.8. Null where it is shown, or cannot be planned for.',
    ),
  categories: z
    .array(
      z.object({
        category: z.string().nullable(),
        before: z.number(),
        after: z.number(),
        difference: z.number(),
        interval: intervalSchema,
      }),
    )
    .nullable()
    .describe(
      'Of categories: counts, differences of shares, and intervals that hold together. The largest difference first.',
    ),
  sentence: z.string().describe('The same in words.'),
});

export const comparisonAnswerSchema = z.object({
  comparisons: z.array(sliceComparisonSchema),
  correction: z.object({
    method: z.enum(['holm', 'none']),
    tests: z.number().describe('How many comparisons had enough data to be tested.'),
  }),
  plans: z.object({ before: planSchema, after: planSchema }),
});

const place = {
  group: z.string().nullable(),
  other: z.boolean(),
  count: z.number(),
};

export const binnedSchema = z
  .discriminatedUnion('kind', [
    z
      .object({
        kind: z.literal('number'),
        ...place,
        bins: z
          .array(z.object({ from: z.number(), to: z.number(), count: z.number() }))
          .describe(
            'Ascending. A value equal to `to` belongs to the next bin, but to the last where none follows, and to a bin of this value alone.',
          ),
        below: z.number().describe('Values under the first edge, where edges were given.'),
        above: z.number(),
        exact: z.boolean().describe('False: a value may be counted one bin beside its own.'),
      })
      .meta({ id: 'NumberHistogram' }),
    z
      .object({ kind: z.literal('boolean'), ...place, trueCount: z.number(), falseCount: z.number() })
      .meta({ id: 'BooleanHistogram' }),
    z.object({ ...categoryStatisticsSchema.shape, ...place }).meta({ id: 'CategoryHistogram' }),
  ])
  .meta({ id: 'Histogram' });

export type Plan = z.infer<typeof planSchema>;
export type ScoreStatisticsRow = z.infer<typeof scoreStatisticsRowSchema>;
export type LogStatisticsRow = z.infer<typeof logStatisticsRowSchema>;
export type SeriesAnswer = z.infer<typeof seriesAnswerSchema>;
export type SliceComparison = z.infer<typeof sliceComparisonSchema>;
export type ComparisonAnswer = z.infer<typeof comparisonAnswerSchema>;
export type Binned = z.infer<typeof binnedSchema>;
