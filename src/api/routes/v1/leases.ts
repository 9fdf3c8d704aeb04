/**
 * Jobs of evaluators that run elsewhere (kind `external`): whoever works on them asks for some, and says what came of each. He
 * calls, and is never called, so that he may stand behind a firewall. People's jobs have routes of their own: human-queue.ts.
 */
import { z } from 'zod';
import { ATTEMPTS, retryDelayMs } from '../../../evaluation/evaluate.ts';
import type { Outcome } from '../../../model/outcome.ts';
import { scoreValueSchema } from '../../../model/score.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import { foundEvaluator, foundVersion } from '../../leases/found-evaluator.ts';
import { cleanText, readGiven } from '../../leases/given-result.ts';
import type { Lease } from '../../leases/lease-token.ts';
import type { End, LeasedJobs } from '../../leases/leased-jobs.ts';
import type { ApiParts } from '../../route.ts';
import {
  evaluatorParams,
  formOf,
  formSchema,
  givenScores,
  leasedJobSchema,
  leaseSeconds,
  leaseToken,
  reasonSchema,
  waitSeconds,
  whoSchema,
} from './lease-schemas.ts';

const failureSchema = z.strictObject({
  message: z.string().min(1).max(4096),
  retryable: z.boolean().default(true).describe(`Whether to try again, ${ATTEMPTS} times in all.`),
});

const completion = z
  .strictObject({
    lease: leaseToken,
    value: scoreValueSchema.optional().describe('The score, named like the evaluator.'),
    reason: reasonSchema.optional().describe('Why it is this value, or why there is none.'),
    scores: givenScores.optional().describe('Several scores by name: a value, or `{ value, reason }`.'),
    abstain: z.literal(true).optional().describe('You looked, and have nothing to say.'),
    failure: failureSchema.optional().describe('You could not look.'),
    durationMs: z.number().min(0).max(1e9).optional().describe('How long it took; since the lease when absent.'),
  })
  .superRefine((given, context) => {
    const said = (['value', 'scores', 'abstain', 'failure'] as const).filter((name) => given[name] !== undefined);
    if (said.length !== 1)
      context.addIssue({
        code: 'custom',
        path: ['value'],
        message: 'send exactly one of value, scores, abstain and failure',
      });
  });

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
        const end = body.failure
          ? failed(body.failure, lease, durationMs)
          : {
              source: 'evaluator' as const,
              outcome: readGiven(parts, definition, returnedOf(body), {
                durationMs,
                member: body.scores ? 'scores' : 'value',
              }),
            };
        await jobs.end(lease, end);
        return { outcome: end.outcome.outcome, again: 'retryAtMs' in end && end.retryAtMs !== undefined };
      },
    }),
  ];

  function failed({ message, retryable }: z.output<typeof failureSchema>, { job }: Lease, durationMs: number): End {
    const said = cleanText(parts, message);
    const outcome: Outcome = { outcome: 'failed', code: 'threw', message: said, retryable, durationMs, printed: '' };
    const again = retryable && job.attempt < ATTEMPTS;
    return {
      source: 'evaluator',
      outcome,
      retryAtMs: again ? Date.now() + retryDelayMs(job.attempt, Math.random()) : undefined,
    };
  }
}

/** As an evaluator would have returned it. */
function returnedOf({ value, reason, scores }: z.output<typeof completion>): unknown {
  return scores === undefined ? { value: value ?? null, reason } : { scores };
}
