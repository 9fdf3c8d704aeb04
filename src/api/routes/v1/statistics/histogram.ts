/** Histograms of a score or of a number that logs have, for a slice of logs together or by group. */
import { type Binned, binnedSchema } from '../../../../model/statistics-answers.ts';
import { z } from 'zod';
import { refuse } from '../../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { binnedOf, binsSchema } from '../../../statistics/binned.ts';
import { ascendingRange, groupFields, levelField, measureOf, questionOf } from '../../../statistics/question-parts.ts';
import { measureSchema } from '../../../../model/asked-measure.ts';
import { planSchema } from '../../../../model/statistics-answers.ts';
import { sliceShape } from '../slice-shape.ts';

const bodySchema = z
  .strictObject({
    ...sliceShape,
    measure: measureSchema,
    bins: binsSchema,
    ...groupFields(100),
    level: levelField,
  })
  .superRefine(ascendingRange);

export function histogramRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/statistics/histogram',
      scope: 'read',
      tag: 'statistics',
      summary: 'How values of a score or a measure are distributed',
      description:
        'Numbers are counted in bins, which all groups have in common; booleans and categories by value. Empty where there are no values.',
      body: bodySchema,
      answers: {
        200: {
          description: 'By kind, then by group.',
          schema: z.object({ histograms: z.array(binnedSchema), plan: planSchema }),
        },
      },
      async handle({ body, principal: { projectId } }) {
        const { measure, bins, groupBy, groupLimit, level } = body;
        const { rows, plan } = await questions.aggregate(
          questionOf(projectId, body, { measures: [measureOf(measure)], groupBy, groupLimit }),
        );
        return { histograms: checked(() => binnedOf(rows, bins, level)), plan };
      },
    }),
  ];
}

/** Whether a width makes too many bins depends on the values. */
function checked(bin: () => Binned[]): Binned[] {
  try {
    return bin();
  } catch (error) {
    if (error instanceof RangeError) refuse(new Map([['body.bins', { message: error.message }]]));
    throw error;
  }
}
