/**
 * Scores that the receiver of a webhook evaluator posts later. It has no key: the token that came with the log is good for this
 * log's scores of this evaluator, and for nothing else. Posting again replaces what was posted before.
 */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { bearerOf } from '../../access.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import { LATER_ANSWERS_PATH, readAnswerToken } from '../../leases/answer-token.ts';
import { foundVersion } from '../../leases/found-evaluator.ts';
import { readGivenResult } from '../../leases/given-result.ts';
import type { ApiParts } from '../../route.ts';
import { givenResultShape, isOneThing } from './lease-schemas.ts';

export function laterAnswerRoutes(parts: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'POST',
      path: LATER_ANSWERS_PATH,
      scope: undefined,
      tag: 'evaluators',
      summary: 'Post the scores of a log that a webhook evaluator was sent',
      description:
        'For receivers of evaluators of kind `webhook` with `answer: later`. Needs no key: send `Authorization: Bearer` with the `answer.token` that came with the log, within a week. Posting again replaces what was posted.',
      body: z.strictObject(givenResultShape).superRefine(isOneThing),
      answers: {
        200: {
          description: 'Stored.',
          schema: z.object({ outcome: z.enum(['scored', 'abstained', 'failed']) }),
        },
      },
      async handle({ body, context }) {
        const nowMs = Date.now();
        const token = readAnswerToken(bearerOf(context) ?? '', { secret: parts.tokenSecret, nowMs });
        if (token === undefined) {
          const message =
            'Send Authorization: Bearer with the answer.token that came with the log. It is good for a week.';
          throw new GatewayError('unauthorized', { message });
        }
        const { projectId, logId, evaluator, version, sentAtMs } = token;
        const { definition } = await foundVersion(parts, { projectId, name: evaluator, version }, 'webhook');
        const outcome = readGivenResult(parts, definition, body, Math.max(0, nowMs - sentAtMs));
        const isThere = await parts.store.scores.putEvaluation(projectId, logId, {
          evaluator,
          evaluatorVersion: version,
          outcome,
          attempt: 1,
          atMs: nowMs,
          source: 'evaluator',
          givenBy: null,
        });
        if (!isThere) throw new GatewayError('not_found', { message: 'The log is gone.' });
        return { outcome: outcome.outcome };
      },
    }),
  ];
}
