/** Time series of scores, of numbers that logs have and of evaluators' looks: a point for each bucket, whether there were logs or not. */
import { type SeriesAnswer, seriesAnswerSchema } from '../../../../model/statistics-answers.ts';
import { z } from 'zod';
import { type BucketUnit, BUCKET_UNITS, bucketEdges, namedZone } from '../../../../model/time-buckets.ts';
import type { ScoreKind } from '../../../../model/score.ts';
import { described, NO_VALUES } from '../../../../statistics/description.ts';
import { kindOfLogMeasure } from '../../../../store/rollups/log-values.ts';
import type { DescribedRow } from '../../../../store/aggregates.ts';
import { refuse } from '../../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import {
  ascendingRange,
  askedOf,
  groupFields,
  levelField,
  measureOf,
  MOST_CELLS,
  questionOf,
  refuseTooManyCells,
} from '../../../statistics/question-parts.ts';
import { type AskedMeasure, seriesMeasureSchema } from '../../../../model/asked-measure.ts';
import { sliceShape } from '../slice-shape.ts';

const MOST_BUCKETS = 2000;

type Series = SeriesAnswer['series'][number];

const bodySchema = z
  .strictObject({
    filter: sliceShape.filter,
    fromMs: sliceShape.fromMs
      .unwrap()
      .unwrap()
      .describe('Logs started at this time or later; milliseconds since the epoch.'),
    toMs: sliceShape.toMs.unwrap().unwrap().describe('Logs started before this time.'),
    measures: z.array(seriesMeasureSchema).min(1).max(20),
    bucket: z
      .enum(BUCKET_UNITS)
      .describe('As people count: weeks begin on Monday, days are as long as the zone has them.'),
    timeZone: z
      .string()
      .max(100)
      .refine((name) => namedZone(name) !== undefined, { error: 'send the name of a time zone, such as Europe/Berlin' })
      .default('UTC')
      .describe('By its IANA name.'),
    ...groupFields(100),
    level: levelField,
  })
  .superRefine(ascendingRange);

export function seriesRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions, scores } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/statistics/series',
      scope: 'read',
      tag: 'statistics',
      summary: 'Scores, errors, latency, usage and cost over time',
      description: `At most ${MOST_BUCKETS} buckets, and ${MOST_CELLS} points (buckets x measures x groups). Of \`{ "log": "error" }\` the count is that of all logs. A score counts in the time of its log.`,
      body: bodySchema,
      answers: { 200: { description: 'Aligned with `buckets`.', schema: seriesAnswerSchema } },
      async handle({ body, principal: { projectId } }) {
        const { fromMs, toMs, measures, groupBy, groupLimit, level } = body;
        const edgesMs = edgesOf(body);
        const lines = measures.length * (groupBy === null ? 1 : groupLimit + 1);
        refuseTooManyCells((edgesMs.length - 1) * lines);
        const { rows, plan } = await questions.describe(
          questionOf(projectId, body, { measures: measures.map(measureOf), groupBy, groupLimit, edgesMs }),
          level,
        );
        const buckets = edgesMs.slice(1).map((end, index) => {
          const start = edgesMs[index]!;
          return { fromMs: start, toMs: end, whole: fromMs <= start && end <= toMs };
        });
        const series = seriesOf(rows, buckets.length, level);
        if (groupBy === null) series.push(...(await emptyOf(series)));
        return { buckets, series, plan };

        /** Measures without a value in the whole range; none of scores that there have never been. */
        async function emptyOf(found: readonly Series[]): Promise<Series[]> {
          const keyOf = (measure: AskedMeasure): string => JSON.stringify(measure);
          const seen = new Set(found.map(({ measure }) => keyOf(measure)));
          const missing = measures.filter((measure) => !seen.has(keyOf(measure)));
          const names = missing.some((measure) => 'score' in measure) ? await scores.names(projectId) : [];
          return missing.flatMap((measure) => {
            const kind = kindOf(measure, names);
            if (kind === undefined) return [];
            const point = described(kind, NO_VALUES, level);
            return [{ measure, group: null, other: false, points: buckets.map(() => point) }];
          });
        }
      },
    }),
  ];
}

function edgesOf({
  fromMs,
  toMs,
  bucket,
  timeZone,
}: {
  fromMs: number;
  toMs: number;
  bucket: BucketUnit;
  timeZone: string;
}): number[] {
  const edges = bucketEdges(fromMs, toMs, bucket, namedZone(timeZone)!, MOST_BUCKETS);
  if (edges !== 'tooMany') return edges;
  const message = `that are more than ${MOST_BUCKETS} buckets. Ask for less time, or longer ones`;
  return refuse(new Map([['body.bucket', { message }]])) as never;
}

function kindOf(measure: AskedMeasure, names: readonly { name: string; kind: string }[]): ScoreKind | undefined {
  if ('log' in measure) return kindOfLogMeasure(measure.log);
  if ('evaluation' in measure) return 'category';
  return names.find(({ name }) => name === measure.score)?.kind as ScoreKind | undefined;
}

/** One for each measure, kind and group, its points filled up with those of no values. */
function seriesOf(rows: readonly DescribedRow[], buckets: number, level: number): Series[] {
  const lines = Map.groupBy(rows, ({ measure, kind, group, other }) => JSON.stringify([measure, kind, group, other]));
  return [...lines.values()].map((line) => {
    const { measure, kind, group, other } = line[0]!;
    const at = new Map(line.map(({ bucket, description }) => [bucket, description]));
    const none = described(kind, NO_VALUES, level);
    const points = Array.from({ length: buckets }, (_, index) => at.get(index) ?? none);
    return { measure: askedOf(measure), group, other, points };
  });
}
