/**
 * What is said of many values of one score or measure: as schemas, and from the summaries that the store gives. What is not
 * known is null: the mean of nothing, the interval of one value. Nothing here is 0 for want of data.
 */
import { z } from 'zod';
import { OUTCOMES } from '../../model/outcome.ts';
import type { ScoreKind } from '../../model/score.ts';
import { type Counts, noCounts, totalOf } from '../../statistics/counts.ts';
import { meanInterval, shareInterval } from '../../statistics/interval.ts';
import { standardDeviation } from '../../statistics/moments.ts';
import { quantilesOf } from '../../statistics/quantile.ts';
import { countOf, emptySummary, momentsOfSummary, type Summary, sumOfSummary } from '../../statistics/summary.ts';

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
        'False: more than 256 different values were folded into bins, and p10, median and p90 are right to 0.8 %.',
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

export type NumberStatistics = z.infer<typeof numberStatisticsSchema>;
export type BooleanStatistics = z.infer<typeof booleanStatisticsSchema>;
export type CategoryStatistics = z.infer<typeof categoryStatisticsSchema>;
export type Statistics = z.infer<typeof statisticsSchema>;

export const evaluationCountsSchema = z
  .object({ scored: z.number(), abstained: z.number(), skipped: z.number(), failed: z.number() })
  .meta({ id: 'EvaluationCounts' });
export type EvaluationCounts = z.infer<typeof evaluationCountsSchema>;

/** Values of one kind, as a row of the store's answer has them. */
export interface Values {
  numbers: Summary | null;
  categories: Counts | null;
}

export function statisticsOf(kind: ScoreKind, { numbers, categories }: Values, level: number): Statistics {
  if (kind === 'category') return categoryStatistics(categories ?? noCounts(), level);
  return kind === 'boolean'
    ? booleanStatistics(numbers ?? emptySummary(), level)
    : numberStatistics(numbers ?? emptySummary(), level);
}

export function numberStatistics(summary: Summary, level: number): NumberStatistics {
  const moments = momentsOfSummary(summary);
  const { count, mean, min, max } = moments;
  const [p10, median, p90] = quantilesOf(summary, [0.1, 0.5, 0.9]) as [number | null, number | null, number | null];
  const known = (value: number): number | null => (count === 0 || !Number.isFinite(value) ? null : value);
  return {
    kind: 'number',
    count,
    mean: known(mean),
    meanInterval: meanInterval(moments, level),
    standardDeviation: standardDeviation(moments),
    sum: sumOfSummary(summary),
    min: known(min),
    max: known(max),
    p10,
    median,
    p90,
    exact: summary.folded === null,
  };
}

export function booleanStatistics(summary: Summary, level: number): BooleanStatistics {
  const { count, trueCount } = sharesOf(summary);
  const share = count === 0 ? null : trueCount / count;
  return { kind: 'boolean', count, trueCount, share, shareInterval: shareInterval(trueCount, count, level) };
}

/** Booleans are stored as 1 and 0. */
export function sharesOf(summary: Summary): { count: number; trueCount: number } {
  return { count: countOf(summary), trueCount: summary.bins.get(1) ?? 0 };
}

export function categoryStatistics(counts: Counts, level: number): CategoryStatistics {
  const total = totalOf(counts);
  const categories = [...counts.byCategory]
    .toSorted(([one, often], [other, less]) => less - often || (one < other ? -1 : 1))
    .map(([category, count]) => ({
      category,
      count,
      share: count / total,
      shareInterval: shareInterval(count, total, level),
    }));
  return { kind: 'category', count: total, categories, otherCount: counts.other };
}

export function evaluationCounts({ byCategory }: Counts): EvaluationCounts {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, byCategory.get(outcome) ?? 0])) as EvaluationCounts;
}
