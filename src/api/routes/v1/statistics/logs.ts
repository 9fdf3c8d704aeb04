/** Statistics of logs themselves: how many, how many failed, how long they took, what they used and cost. */
import { type LogStatisticsRow, logStatisticsRowSchema } from '../../../../model/statistics-answers.ts';
import { z } from 'zod';
import {
  type BooleanDescription,
  described,
  type Description,
  NO_VALUES,
  type NumberDescription,
} from '../../../../statistics/description.ts';
import { type DescribedRow } from '../../../../store/aggregates.ts';
import { LOG_MEASURES, type LogMeasure } from '../../../../model/measure.ts';
import { kindOfLogMeasure } from '../../../../store/rollups/log-values.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { cellKey } from '../../../statistics/evaluations.ts';
import { ascendingRange, groupFields, levelField, questionOf } from '../../../statistics/question-parts.ts';
import { planSchema } from '../../../../model/statistics-answers.ts';
import { sliceShape } from '../slice-shape.ts';

const bodySchema = z
  .strictObject({ ...sliceShape, ...groupFields(1000), level: levelField })
  .superRefine(ascendingRange);

export function logStatisticsRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/statistics/logs',
      scope: 'read',
      tag: 'statistics',
      summary: 'Errors, latency, usage and cost',
      description: 'Of all logs of a slice together, or by group. `count` of each number says how many logs have it.',
      body: bodySchema,
      bodyOptional: true,
      answers: {
        200: {
          description: 'The largest group first.',
          schema: z.object({ rows: z.array(logStatisticsRowSchema), plan: planSchema }),
        },
      },
      async handle({ body, principal: { projectId } }) {
        const { groupBy, groupLimit, level } = body;
        const measures = LOG_MEASURES.map((log) => ({ log }));
        const question = questionOf(projectId, body, { measures, groupBy, groupLimit });
        const { rows, plan } = await questions.describe(question, level);
        const found = [...Map.groupBy(rows, cellKey).values()].map((own) => rowOf(own[0]!, own, level));
        const none = { group: null, other: false };
        return { rows: found.length === 0 && groupBy === null ? [rowOf(none, [], level)] : found, plan };
      },
    }),
  ];
}

/** In the order of the store: every log has an `error`, which is asked for first. */
function rowOf(
  { group, other }: Pick<LogStatisticsRow, 'group' | 'other'>,
  own: readonly DescribedRow[],
  level: number,
): LogStatisticsRow {
  const found = new Map(own.map(({ measure, description }) => ['log' in measure ? measure.log : '', description]));
  const of = (measure: LogMeasure): Description =>
    found.get(measure) ?? described(kindOfLogMeasure(measure), NO_VALUES, level);
  const numbers = (measure: LogMeasure): NumberDescription => of(measure) as NumberDescription;
  const error = of('error') as BooleanDescription;
  return {
    group,
    other,
    logs: error.count,
    error,
    durationMs: numbers('durationMs'),
    firstTokenMs: numbers('firstTokenMs'),
    costUsd: numbers('costUsd'),
    inputTokens: numbers('inputTokens'),
    cachedInputTokens: numbers('cachedInputTokens'),
    outputTokens: numbers('outputTokens'),
    totalTokens: numbers('totalTokens'),
  };
}
