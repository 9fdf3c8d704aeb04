/**
 * Scores in numbers.
 *
 *     POST /v1/evals/query                      { filter, timeFilter: { start, end } }  -> 200 { data: [score], error }
 *     POST /v1/evals/score-distributions/query  the same  -> 200 { data: [{ name, distribution }], error }
 *     POST /v1/dashboard/scores/query           { userFilter, timeFilter, dbIncrement, timeZoneDifference }  -> 200 { data: [point], error }
 *
 * The shapes are Helicone's, the numbers are true: averages over scores and not over hours, least and greatest of what was given,
 * null where there is nothing. Hours without scores are there with a count of 0, and a value of 0 as there.
 */
import { z } from 'zod';
import { histogramOf } from '../../../statistics/histogram.ts';
import { countOf, mergeSummary, momentsOfSummary, copySummary, type Summary } from '../../../statistics/summary.ts';
import { json } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { JSON_TYPE, QUESTION_MS, brokenOff, listed, streamed } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import type { Slice } from '../../../store/questions.ts';
import { readFilter } from './filter.ts';
import { isoTime } from './iso-time.ts';
import { parse, timeFilter, timeZoneDifference, whole } from './parse.ts';
import { edgesOf, overTimeFields } from './over-time.ts';
import { type ScoreSeries, scoreSeries } from './score-series.ts';
import { wireName } from './score-names.ts';

const BINS = 10;

const evalsSchema = z.strictObject({
  filter: z.unknown(),
  timeFilter,
  // Read and of no effect, as there.
  offset: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  timeZoneDifference: timeZoneDifference.default(0),
});
const dashboardSchema = z.strictObject(overTimeFields);

interface Names {
  name: string;
  kind: string;
}

export function evalRoutes({ store, logger }: ApiParts): Route[] {
  const { questions, scores } = store;

  const slice = async (
    context: ApiContext,
    given: unknown,
    { field, fromMs, toMs }: { field: string; fromMs: number; toMs: number },
  ): Promise<{ slice: Slice; names: Names[] }> => {
    const { projectId } = context.var.principal;
    const names = await scores.names(projectId);
    const { filter } = readFilter(given, { projectId, scoreNames: names }, { field });
    return { slice: sliceOf(projectId, filter, { fromMs, toMs }), names };
  };

  return [
    {
      method: 'POST',
      path: '/v1/evals/query',
      scope: 'read',
      async handle(context) {
        const query = parse(evalsSchema, await readJson(context));
        const { start, end } = query.timeFilter;
        const asked = await slice(context, query.filter, { field: 'filter', fromMs: start, toMs: end + 1 });
        const edges = edgesOf(query, 'hour');
        const series = await scoreSeries(questions, asked.slice, edges, asked.names);
        const dates = edges.slice(0, -1).map(isoTime);
        const rows = listed(rowsOf(series, dates), '{"data":[', '],"error":null}');
        return streamed(context, rows, { status: 200, headers: JSON_TYPE, onFailure: brokenOff(logger) });
      },
    },
    {
      method: 'POST',
      path: '/v1/evals/score-distributions/query',
      scope: 'read',
      async handle(context) {
        const query = parse(evalsSchema, await readJson(context));
        const { start, end } = query.timeFilter;
        const asked = await slice(context, query.filter, { field: 'filter', fromMs: start, toMs: end });
        const { rows } = await questions.aggregate({
          ...asked.slice,
          measures: 'scores',
          groupBy: null,
          edgesMs: null,
          groupLimit: 1,
          timeLimitMs: QUESTION_MS,
        });
        const summaries = new Map<string, Summary>();
        for (const { measure, kind, numbers } of rows) {
          if (numbers === null || !('score' in measure) || countOf(numbers) === 0) continue;
          const name = wireName(measure.score, kind === 'boolean');
          const before = summaries.get(name);
          if (before === undefined) summaries.set(name, copySummary(numbers));
          else mergeSummary(before, numbers);
        }
        const data = [...summaries].map(([name, summary]) => ({
          name,
          distribution: histogramOf(summary, { count: BINS }).bins.map(({ from, to, count }) => ({
            lower: from,
            upper: to,
            value: count,
          })),
        }));
        return json({ data, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/dashboard/scores/query',
      scope: 'read',
      async handle(context) {
        const query = parse(dashboardSchema, await readJson(context));
        const { start, end } = query.timeFilter;
        const asked = await slice(context, query.userFilter, { field: 'userFilter', fromMs: start, toMs: end + 1 });
        const edges = edgesOf(query, query.dbIncrement);
        const series = await scoreSeries(questions, asked.slice, edges, asked.names);
        const data = edges.slice(0, -1).flatMap((edge, bucket) => pointsOf(series, bucket, isoTime(edge)));
        return json({ data, error: null });
      },
    },
  ];
}

async function* rowsOf(series: ReadonlyMap<string, ScoreSeries>, dates: readonly string[]): AsyncGenerator {
  for (const [name, { whole: all, counts, means }] of series) {
    const { count, mean, min, max } = momentsOfSummary(all);
    yield {
      name,
      averageScore: count === 0 ? null : mean,
      minScore: count === 0 ? null : min,
      maxScore: count === 0 ? null : max,
      count,
      overTime: dates.map((date, index) => ({ date, count: counts[index] })),
      averageOverTime: dates.map((date, index) => ({ date, value: means[index] })),
    };
  }
}

/** `score_sum` is the average, as there; a bucket without scores is one point without a name. */
function pointsOf(series: ReadonlyMap<string, ScoreSeries>, bucket: number, createdAt: string): object[] {
  const points = [...series]
    .filter(([, { counts }]) => counts[bucket]! > 0)
    .map(([name, { means }]) => ({ score_key: name, score_sum: means[bucket], created_at_trunc: createdAt }));
  return points.length > 0 ? points : [{ score_key: '', score_sum: 0, created_at_trunc: createdAt }];
}
