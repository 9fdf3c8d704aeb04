/** Pausing an evaluator and resuming it, at /api/v1. What pauses by itself: store/pauses.ts. */
import { z } from 'zod';
import { pauseSchema } from '../../../../model/shown-evaluator.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { unknownEvaluator } from './evaluators.ts';
import { evaluatorParams, shownPause } from './schemas.ts';

const MOST_REASON = 1000;

export function pauseRoutes(parts: ApiParts): DescribedRoute[] {
  const { definitions, pauses } = parts.store;
  const isFile = (name: string): boolean =>
    parts.evaluators().some((one) => one.projectId === null && one.name === name);
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/pause',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Run an evaluator no longer',
      description:
        'In this project, from the next job on, on every replica. Its jobs wait, and new ones come. One that is paused already stays so for ' +
        'the reason that it has. Guardrails and runs over datasets go on.',
      params: evaluatorParams,
      body: z.strictObject({
        reason: z.string().trim().min(1).max(MOST_REASON).default('Paused by hand.').describe('Shown to who asks why.'),
      }),
      bodyOptional: true,
      answers: {
        200: { description: 'It is paused.', schema: z.object({ name: z.string(), pause: pauseSchema }) },
      },
      async handle({ params: { evaluator: name }, body: { reason }, principal: { projectId } }) {
        if (!isFile(name) && (await definitions.find(projectId, name)) === undefined) throw unknownEvaluator(name);
        const given = { projectId, evaluator: name, cause: 'by_hand', reason, atMs: Date.now() } as const;
        return { name, pause: shownPause(await pauses.pause(given)) };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/resume',
      scope: 'admin',
      tag: 'evaluators',
      summary: 'Run a paused evaluator again',
      description: 'It goes on where it stopped: jobs that waited run on the versions that they were made for.',
      params: evaluatorParams,
      answers: {
        200: {
          description: 'It is not paused.',
          schema: z.object({ name: z.string(), resumed: z.boolean().describe('Whether it was paused.') }),
        },
      },
      async handle({ params: { evaluator: name }, principal: { projectId } }) {
        const resumed = await pauses.resume(projectId, name);
        if (!resumed && !isFile(name) && (await definitions.find(projectId, name)) === undefined)
          throw unknownEvaluator(name);
        if (resumed) parts.evaluation.wake();
        return { name, resumed };
      },
    }),
  ];
}
