/** Statistics of scores: for each name, in a slice of logs, together or by group; with how looks without a score ended. */
import { type ScoreStatisticsRow, scoreStatisticsRowSchema } from '../../../../model/statistics-answers.ts';
import { z } from 'zod';
import type { ScoreKind } from '../../../../model/score.ts';
import { described, NO_VALUES } from '../../../../statistics/description.ts';
import type { DescribedRow, Measure } from '../../../../store/aggregates.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { type Cell, cellKey, Evaluations, evaluatorsOf } from '../../../statistics/evaluations.ts';
import {
  ascendingRange,
  groupFields,
  levelField,
  questionOf,
  refuseTooManyCells,
} from '../../../statistics/question-parts.ts';
import { planSchema } from '../../../../model/statistics-answers.ts';
import { scoreName } from '../../../../model/asked-measure.ts';
import { sliceShape } from '../slice-shape.ts';

const bodySchema = z
  .strictObject({
    ...sliceShape,
    scores: z.array(scoreName).min(1).max(200).nullable().default(null).describe('Names of scores; null: all of them.'),
    ...groupFields(1000),
    level: levelField,
  })
  .superRefine(ascendingRange);

export function scoreStatisticsRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions, scores } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/statistics/scores',
      scope: 'read',
      tag: 'statistics',
      summary: 'Means, shares, categories and quantiles of scores',
      description:
        'For every score name, of all logs of a slice together or by group. A name that was used with values of several kinds has a row for each. Where a program and a person gave a log the same score, both count: group by `source` to tell them apart. A score counts in the time of its log.',
      body: bodySchema,
      bodyOptional: true,
      answers: {
        200: {
          description: 'By name, then by group.',
          schema: z.object({ rows: z.array(scoreStatisticsRowSchema), plan: planSchema }),
        },
      },
      async handle({ body, principal: { projectId } }) {
        const { groupBy, groupLimit, level } = body;
        const measures = body.scores === null ? 'scoresAndOutcomes' : measuresOf(body.scores);
        const known = await scores.names(projectId);
        if (groupBy !== null) refuseTooManyCells((body.scores ?? known).length * (groupLimit + 1));
        const question = questionOf(projectId, body, { measures, groupBy, groupLimit });
        const { rows, plan } = await questions.describe(question, level);
        const kinds = new Map(known.toReversed().map(({ name, kind }) => [name, kind as ScoreKind]));
        const evaluations = new Evaluations(rows);
        const names = body.scores ?? [...kinds.keys(), ...evaluations.without([...kinds.keys()])];
        const cells = groupBy === null ? [WHOLE] : [];
        return {
          rows: [...new Set(names)].toSorted().flatMap(rowsOf(rows, evaluations, { kinds, cells, level })),
          plan,
        };
      },
    }),
  ];
}

/** Scores with the looks of whatever evaluators can have given them. */
export function measuresOf(scores: readonly string[]): Measure[] {
  return [
    ...scores.map((score) => ({ score })),
    ...new Set(scores.flatMap(evaluatorsOf)).values().map((outcomes) => ({ outcomes })),
  ];
}

/** All logs of a slice together. */
export const WHOLE: Cell = { group: null, other: false, bucket: 0 };

/** The rows of a name: where it was given, in the order of the store; where it could have been; and always in `cells`. */
function rowsOf(
  rows: readonly DescribedRow[],
  evaluations: Evaluations,
  { kinds, cells, level }: { kinds: ReadonlyMap<string, ScoreKind>; cells: readonly Cell[]; level: number },
): (score: string) => ScoreStatisticsRow[] {
  return (score) => {
    const row = (cell: Cell, statistics: ScoreStatisticsRow['statistics']): ScoreStatisticsRow => ({
      score,
      group: cell.group,
      other: cell.other,
      statistics,
      evaluations: evaluations.of(score, cell),
    });
    const own = rows.filter(({ measure }) => 'score' in measure && measure.score === score);
    const seen = new Set(own.map(cellKey));
    const missing = new Map([...evaluations.cellsOf(score), ...cells].map((cell) => [cellKey(cell), cell]));
    const kind = kinds.get(score);
    const none = kind === undefined ? null : described(kind, NO_VALUES, level);
    return [
      ...own.map((one) => row(one, one.description)),
      ...missing.values().flatMap((cell) => (seen.has(cellKey(cell)) ? [] : [row(cell, none)])),
    ];
  };
}
