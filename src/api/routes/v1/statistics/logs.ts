/** Statistics of logs themselves: how many, how many failed, how long they took, what they used and cost. */
import { z } from 'zod';
import type { AggregateRow } from '../../../../store/aggregates.ts';
import { LOG_MEASURES, type LogMeasure } from '../../../../store/aggregates.ts';
import { emptySummary, type Summary } from '../../../../statistics/summary.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import {
  booleanStatistics,
  booleanStatisticsSchema,
  numberStatistics,
  numberStatisticsSchema,
} from '../../../statistics/described.ts';
import { cellKey } from '../../../statistics/evaluations.ts';
import {
  ascendingRange,
  groupFields,
  levelField,
  planSchema,
  questionOf,
  sliceFields,
} from '../../../statistics/question-parts.ts';

const bodySchema = z
  .strictObject({ ...sliceFields, ...groupFields(1000), level: levelField })
  .superRefine(ascendingRange);

const rowSchema = z.object({
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
type Row = z.infer<typeof rowSchema>;

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
          schema: z.object({ rows: z.array(rowSchema), plan: planSchema }),
        },
      },
      async handle({ body, principal: { projectId } }) {
        const { groupBy, groupLimit, level } = body;
        const measures = LOG_MEASURES.map((log) => ({ log }));
        const { rows, plan } = await questions.aggregate(
          questionOf(projectId, body, { measures, groupBy, groupLimit }),
        );
        const none = { group: null, other: false };
        const found = groupsOf(rows).map((group) => rowOf(group, group.measured, level));
        return { rows: found.length === 0 && groupBy === null ? [rowOf(none, new Map(), level)] : found, plan };
      },
    }),
  ];
}

type Group = Pick<Row, 'group' | 'other'>;
type Measured = Map<LogMeasure, Summary>;

/** In the order of the store: every log has an `error`, which is asked for first. */
function groupsOf(rows: readonly AggregateRow[]): (Group & { measured: Measured })[] {
  const groups = new Map<string, Group & { measured: Measured }>();
  for (const row of rows) {
    if (!('log' in row.measure) || row.numbers === null) continue;
    const key = cellKey(row);
    const found = groups.get(key) ?? { group: row.group, other: row.other, measured: new Map() };
    groups.set(key, found);
    found.measured.set(row.measure.log, row.numbers);
  }
  return [...groups.values()];
}

function rowOf({ group, other }: Group, measured: Measured, level: number): Row {
  const of = (measure: LogMeasure): Summary => measured.get(measure) ?? emptySummary();
  const numbers = (measure: LogMeasure): Row['durationMs'] => numberStatistics(of(measure), level);
  const error = booleanStatistics(of('error'), level);
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
