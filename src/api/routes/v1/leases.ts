/**
 * Jobs of evaluators that run elsewhere (kind `external`): whoever works on them asks for some, and says what came of each. He
 * calls, and is never called, so that he may stand behind a firewall. People's jobs have routes of their own: human-queue.ts.
 */
import { z } from 'zod';
import { ATTEMPTS, retryDelayMs } from '../../../evaluation/evaluate.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import { foundEvaluator, foundVersion } from '../../leases/found-evaluator.ts';
import { readGivenResult } from '../../leases/given-result.ts';
import type { LeasedJobs } from '../../leases/leased-jobs.ts';
import type { ApiParts } from '../../route.ts';
import {
  evaluatorParams,
  formOf,
  formSchema,
  givenResultShape,
  isOneThing,
  leasedJobSchema,
  leaseSeconds,
  leaseToken,
  waitSeconds,
  whoSchema,
} from './lease-schemas.ts';

const completion = z
  .strictObject({
    lease: leaseToken,
    ...givenResultShape,
    durationMs: z.number().min(0).max(1e9).optional().describe('How long it took; since the lease when absent.'),
  })
  .superRefine(isOneThing);

export function leaseRoutes(parts: ApiParts, jobs: LeasedJobs): DescribedRoute[] {
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/lease',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Take jobs of an external evaluator',
      description:
        'Waits up to `waitSeconds` for the first. Each job is yours until `leaseUntilMs`; what you do not bring to an end or renew by then is given to others. Needs the scope `read` besides.',
      params: evaluatorParams,
      body: z.strictObject({
        limit: z.number().int().min(1).max(100).default(1),
        leaseSeconds: leaseSeconds(60),
        waitSeconds: waitSeconds.default(30),
        worker: whoSchema.optional().describe('Who you are, for whoever asks where a score came from.'),
      }),
      bodyOptional: true,
      answers: {
        200: {
          description: 'Jobs, none where there were none in time.',
          schema: z.object({ form: formSchema, jobs: z.array(leasedJobSchema) }),
        },
      },
      async handle({ params: { evaluator: name }, body, principal: { projectId }, context }) {
        const evaluator = await foundEvaluator(parts, { projectId, name }, 'external');
        const taken = await jobs.take(context, {
          evaluator,
          limit: body.limit,
          leaseMs: body.leaseSeconds * 1000,
          waitMs: body.waitSeconds * 1000,
          by: body.worker ?? null,
        });
        return { form: formOf(evaluator.definition), jobs: taken };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/lease/renew',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Keep jobs for longer',
      params: evaluatorParams,
      body: z.strictObject({ leases: z.array(leaseToken).min(1).max(100), leaseSeconds: leaseSeconds(60) }),
      answers: {
        200: {
          description: 'In the order of `leases`.',
          schema: z.object({
            renewed: z.array(
              z.object({
                lease: z.string(),
                leaseUntilMs: z.number().nullable().describe('Null where it is lost: stop working on it.'),
              }),
            ),
          }),
        },
      },
      async handle({ params: { evaluator: name }, body: { leases, leaseSeconds: seconds }, principal }) {
        const held = leases.map((lease) => jobs.leaseOf(lease, principal, name));
        const renewed = await jobs.renew(held, seconds * 1000);
        return {
          renewed: leases.map((lease, index) => ({ lease, leaseUntilMs: renewed.get(held[index]!) ?? null })),
        };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/lease/release',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Give a job back',
      description: 'It is there for others at once, and no try is lost.',
      params: evaluatorParams,
      body: z.strictObject({ lease: leaseToken }),
      answers: { 200: { description: 'It waits again.', schema: z.object({ released: z.literal(true) }) } },
      async handle({ params: { evaluator: name }, body: { lease }, principal }) {
        await jobs.release(jobs.leaseOf(lease, principal, name));
        return { released: true };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/complete',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Say what came of a job',
      description:
        "A value that is not on the evaluator's scale is refused, and the job stays yours. Where the lease was lost the answer is 409, and nothing is changed.",
      params: evaluatorParams,
      body: completion,
      answers: {
        200: {
          description: 'Stored, in one transaction with the end of the job.',
          schema: z.object({
            outcome: z.enum(['scored', 'abstained', 'failed']),
            again: z.boolean().describe('Whether it will be tried again.'),
          }),
        },
      },
      async handle({ params: { evaluator: name }, body, principal }) {
        const lease = jobs.leaseOf(body.lease, principal, name);
        const of = { projectId: principal.projectId, name, version: lease.version };
        const { definition } = await foundVersion(parts, of, 'external');
        const durationMs = body.durationMs ?? Math.max(0, Date.now() - lease.leasedAtMs);
        const outcome = readGivenResult(parts, definition, body, durationMs);
        const { attempt } = lease.job;
        const again = outcome.outcome === 'failed' && outcome.retryable && attempt < ATTEMPTS;
        const retryAtMs = again ? Date.now() + retryDelayMs(attempt, Math.random()) : undefined;
        await jobs.end(lease, { outcome, source: 'evaluator', retryAtMs });
        return { outcome: outcome.outcome, again };
      },
    }),
  ];
}
