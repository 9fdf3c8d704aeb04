/** What became of a log with every evaluator, and why not where nothing did. */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { explain } from '../../../evaluation/explain.ts';
import { explainedEvaluationSchema } from '../../../model/explained-evaluation.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { idParams } from './schemas.ts';

export function evaluationRoutes(parts: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/logs/:id/evaluations',
      scope: 'read',
      tag: 'logs',
      summary: 'What every evaluator made of a log, or why it did not look at it',
      description: 'By the rules as they are now, and by what is left of the log.',
      params: idParams,
      answers: {
        200: {
          description: 'By name of the evaluator.',
          schema: z.object({ logId: z.string(), evaluations: z.array(explainedEvaluationSchema) }),
        },
      },
      async handle({ params: { id }, principal: { projectId } }) {
        const { store } = parts;
        const log = await store.logs.find(projectId, id);
        if (log === undefined) throw new GatewayError('not_found', { message: `There is no log ${id}.` });
        return {
          logId: log.id,
          evaluations: await explain(log, {
            store,
            evaluators: parts.evaluators(),
            rules: [...parts.rules.configured(), ...(await store.rules.list(projectId))],
            nowMs: Date.now(),
          }),
        };
      },
    }),
  ];
}
