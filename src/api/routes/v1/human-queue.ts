/**
 * People who look at logs (evaluators of kind `human`): what waits for them, with what is asked of them, and what they say. First
 * claim wins; who does not answer in time loses it to the next. Renewing and giving back are leases.ts's.
 */
import { z } from 'zod';
import type { Versioned } from '../../../model/definition.ts';
import type { Outcome } from '../../../model/outcome.ts';
import { scoreValueSchema } from '../../../model/score.ts';
import { QUEUED_COUNTED } from '../../../store/store.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import { foundEvaluator, foundVersion } from '../../leases/found-evaluator.ts';
import { cleanText, readGiven } from '../../leases/given-result.ts';
import type { LeasedJobs } from '../../leases/leased-jobs.ts';
import type { ApiParts } from '../../route.ts';
import {
  evaluatorParams,
  formOf,
  formSchema,
  leasedJobSchema,
  leaseSeconds,
  leaseToken,
  reasonSchema,
  waitSeconds,
  whoSchema,
} from './lease-schemas.ts';

/** Logs that a look at the queue names. */
const NEXT = 10;
const COUNT = `Counted up to ${QUEUED_COUNTED}.`;

const by = whoSchema.describe('Who is looking. Stands with the evaluation.');

const questionSchema = z.object({ instructions: z.string(), description: z.string().nullable(), form: formSchema });

const answerBody = z
  .strictObject({
    lease: leaseToken,
    value: scoreValueSchema.optional(),
    abstain: z.literal(true).optional().describe('It cannot be said.'),
    reason: reasonSchema.optional().describe('A comment.'),
    by: by.optional().describe('Where it is another than who claimed it.'),
  })
  .superRefine((given, context) => {
    if ((given.value === undefined) === (given.abstain === undefined))
      context.addIssue({ code: 'custom', path: ['value'], message: 'send either value or abstain' });
  });

const skipBody = z
  .strictObject({
    lease: leaseToken,
    forGood: z
      .boolean()
      .default(false)
      .describe('Nobody shall be asked again. Otherwise it goes to the end of the queue.'),
    reason: reasonSchema.min(1).optional().describe('Needed where it is for good.'),
  })
  .superRefine(({ forGood, reason }, context) => {
    if (forGood && reason === undefined)
      context.addIssue({ code: 'custom', path: ['reason'], message: 'say why nobody shall be asked again' });
  });

function questionOf({ definition }: Versioned<'human'>): z.infer<typeof questionSchema> {
  const { description, settings } = definition;
  return { instructions: settings.instructions, description, form: formOf(definition) };
}

export function humanQueueRoutes(parts: ApiParts, jobs: LeasedJobs): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/evaluators/:evaluator/queue',
      scope: 'read',
      tag: 'evaluators',
      summary: 'What waits for people',
      params: evaluatorParams,
      answers: {
        200: {
          description: 'Counts, what is asked, and the logs that come next.',
          schema: questionSchema.extend({
            waiting: z.number().describe(COUNT),
            claimed: z.number().describe(COUNT),
            next: z.array(z.object({ logId: z.string(), waitingSinceMs: z.number() })),
          }),
        },
      },
      async handle({ params: { evaluator: name }, principal: { projectId } }) {
        const evaluator = await foundEvaluator(parts, { projectId, name }, 'human');
        const queue = await parts.store.jobs.queue(projectId, name, Date.now(), NEXT);
        return {
          ...questionOf(evaluator),
          waiting: queue.waiting,
          claimed: queue.leased,
          next: queue.next.map(({ logId, dueAtMs }) => ({ logId, waitingSinceMs: dueAtMs })),
        };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/claim',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Take the next log',
      description: 'It is yours for `leaseSeconds`, and nobody else gets it meanwhile. Needs the scope `read` besides.',
      params: evaluatorParams,
      body: z.strictObject({ by, leaseSeconds: leaseSeconds(900), waitSeconds: waitSeconds.default(0) }),
      answers: {
        200: {
          description: 'The log, or null where none waits.',
          schema: questionSchema.extend({ job: leasedJobSchema.nullable() }),
        },
      },
      async handle({ params: { evaluator: name }, body, principal: { projectId }, context }) {
        const evaluator = await foundEvaluator(parts, { projectId, name }, 'human');
        const [job] = await jobs.take(context, {
          evaluator,
          limit: 1,
          leaseMs: body.leaseSeconds * 1000,
          waitMs: body.waitSeconds * 1000,
          by: body.by,
        });
        return { ...questionOf(evaluator), job: job ?? null };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/answer',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Say what you think of the log',
      description:
        'A value that is not on the scale is refused, and the log stays yours. Where the time was over and somebody else has it the answer is 409, and nothing is changed.',
      params: evaluatorParams,
      body: answerBody,
      answers: { 200: { description: 'Stored.', schema: z.object({ outcome: z.enum(['scored', 'abstained']) }) } },
      async handle({ params: { evaluator: name }, body, principal }) {
        const lease = jobs.leaseOf(body.lease, principal, name);
        const of = { projectId: principal.projectId, name, version: lease.version };
        const { definition } = await foundVersion(parts, of, 'human');
        const durationMs = Math.max(0, Date.now() - lease.leasedAtMs);
        const returned = { value: body.value ?? null, reason: body.reason };
        const outcome = readGiven(parts, definition, returned, { durationMs, member: 'value' });
        await jobs.end(lease, { outcome, source: 'human', by: body.by });
        return { outcome: outcome.outcome };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/evaluators/:evaluator/skip',
      scope: 'score',
      tag: 'evaluators',
      summary: 'Pass a log over',
      params: evaluatorParams,
      body: skipBody,
      answers: { 200: { description: 'It is not yours any more.', schema: z.object({ forGood: z.boolean() }) } },
      async handle({ params: { evaluator: name }, body: { lease: token, forGood, reason }, principal }) {
        const lease = jobs.leaseOf(token, principal, name);
        await foundVersion(parts, { projectId: principal.projectId, name, version: lease.version }, 'human');
        if (!forGood) await jobs.release(lease);
        else {
          const durationMs = Math.max(0, Date.now() - lease.leasedAtMs);
          const outcome: Outcome = { outcome: 'skipped', reason: cleanText(parts, reason!), durationMs, printed: '' };
          await jobs.end(lease, { outcome, source: 'human' });
        }
        return { forGood };
      },
    }),
  ];
}
