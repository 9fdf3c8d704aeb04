/** Statistics as /api/v1 gives them: what statistics/description.ts says, with what a reader has to know of each number. */
import { z } from 'zod';

export const intervalSchema = z
  .object({ low: z.number(), high: z.number(), level: z.number() })
  .nullable()
  .meta({ id: 'Interval', description: 'Null where there are too few values, or all are the same.' });

const maybe = z.number().nullable();

export const numberStatisticsSchema = z
  .object({
    kind: z.literal('number'),
    count: z.number().describe('How many values there are; what has none is not counted.'),
    mean: maybe,
    meanInterval: intervalSchema.describe("Student's t; asks that logs are independent."),
    standardDeviation: maybe,
    sum: maybe,
    min: maybe,
    max: maybe,
    p10: maybe,
    median: maybe,
    p90: maybe,
    exact: z
      .boolean()
      .describe(
        'False: more than 256 different values were folded into bins, and p10, median and p90 are right to 0.8 % (coarser where values span more than nine powers of ten).',
      ),
  })
  .meta({ id: 'NumberStatistics' });

export const booleanStatisticsSchema = z
  .object({
    kind: z.literal('boolean'),
    count: z.number(),
    trueCount: z.number(),
    share: maybe.describe('Of true, 0 to 1.'),
    shareInterval: intervalSchema.describe("Wilson's."),
  })
  .meta({ id: 'BooleanStatistics' });

export const categoryStatisticsSchema = z
  .object({
    kind: z.literal('category'),
    count: z.number(),
    categories: z
      .array(z.object({ category: z.string(), count: z.number(), share: z.number(), shareInterval: intervalSchema }))
      .describe('The most frequent first.'),
    otherCount: z.number().describe('Values of categories beyond the first 1,024.'),
  })
  .meta({ id: 'CategoryStatistics' });

export const statisticsSchema = z
  .discriminatedUnion('kind', [numberStatisticsSchema, booleanStatisticsSchema, categoryStatisticsSchema])
  .meta({ id: 'Statistics' });

export const evaluationCountsSchema = z
  .object({ scored: z.number(), abstained: z.number(), skipped: z.number(), failed: z.number() })
  .meta({ id: 'EvaluationCounts' });
export type EvaluationCounts = z.infer<typeof evaluationCountsSchema>;
export type ShownInterval = z.infer<typeof intervalSchema>;
export type NumberStatistics = z.infer<typeof numberStatisticsSchema>;
export type BooleanStatistics = z.infer<typeof booleanStatisticsSchema>;
export type CategoryStatistics = z.infer<typeof categoryStatisticsSchema>;
export type Statistics = z.infer<typeof statisticsSchema>;
