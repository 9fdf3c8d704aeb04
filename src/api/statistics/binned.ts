/**
 * Histograms of several groups in bins that they have in common, so that they can be laid over each other; as schemas, and from
 * the store's answer. How bins are chosen stands in statistics/histogram.ts.
 */
import type { Binned } from '../../model/statistics-answers.ts';
import { z } from 'zod';
import type { ScoreKind } from '../../model/score.ts';
import { type Histogram, type HistogramBins, histogramOf, MOST_BINS } from '../../statistics/histogram.ts';
import { countOf, emptySummary, mergeSummary, type Summary } from '../../statistics/summary.ts';
import type { AggregateRow } from '../../store/aggregates.ts';
import { booleansOf, describedCategories } from '../../statistics/description.ts';

export const binsSchema = z
  .union(
    [
      z.literal('automatic'),
      z.strictObject({ count: z.number().int().min(1).max(MOST_BINS) }),
      z.strictObject({ width: z.number().positive() }),
      z.strictObject({
        edges: z
          .array(z.number())
          .min(2)
          .max(MOST_BINS + 1)
          .refine((edges) => edges.every((edge, index) => index === 0 || edge > edges[index - 1]!), {
            error: 'edges must ascend',
          }),
      }),
    ],
    {
      error: `send "automatic", { "count": 1 to ${MOST_BINS} }, { "width": above 0 } or { "edges": 2 to ${MOST_BINS + 1} numbers that ascend }`,
    },
  )
  .default('automatic')
  .describe(
    'Of numbers. Automatic: a bin for each value of up to 20, otherwise at most 50 of a width by Freedman and Diaconis, with edges one can read.',
  );

/** Histograms of the rows of one measure. Throws RangeError for a width that makes too many bins. */
export function binnedOf(rows: readonly AggregateRow[], asked: HistogramBins, level: number): Binned[] {
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    const bin = kind === 'number' ? inCommonBins(own, asked) : undefined;
    return own.map((row) => oneOf(kind, row, bin, level));
  });
}

function oneOf(
  kind: ScoreKind,
  { group, other, numbers, categories }: AggregateRow,
  bin: ((summary: Summary) => Histogram) | undefined,
  level: number,
): Binned {
  if (categories !== null) return { group, other, ...describedCategories(categories, level) };
  const summary = numbers ?? emptySummary();
  if (kind !== 'boolean' && bin !== undefined)
    return { kind: 'number', group, other, count: countOf(summary), ...bin(summary) };
  const { count, trueCount } = booleansOf(summary);
  return { kind: 'boolean', group, other, count, trueCount, falseCount: count - trueCount };
}

/** Bins are chosen for all values together; each group is then counted into them. */
function inCommonBins(rows: readonly AggregateRow[], asked: HistogramBins): (summary: Summary) => Histogram {
  const all = emptySummary();
  for (const { numbers } of rows) if (numbers !== null) mergeSummary(all, numbers);
  const whole = histogramOf(all, asked);
  if (rows.length === 1) return () => whole;
  const single = whole.bins.every(({ from, to }) => from === to);
  if (!single) {
    const edges = [...whole.bins.map(({ from }) => from), whole.bins.at(-1)!.to];
    return (summary) => histogramOf(summary, { edges });
  }
  // A bin a value: values are then few, and nothing is folded.
  return (summary) => ({
    bins: whole.bins.map(({ from, to }) => ({ from, to, count: summary.bins.get(from) ?? 0 })),
    below: 0,
    above: 0,
    exact: true,
  });
}
