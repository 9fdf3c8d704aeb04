/** Dead letters at /api/v1: evaluations that will not be tried again, to be read, run anew, or dropped. */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { EVALUATOR_NAME } from '../../../model/evaluator.ts';
import { FAILURES } from '../../../model/outcome.ts';
import { actOnDeadLetters } from '../../../store/dead-letters.ts';
import { readCursor, writeCursor } from '../../cursor.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { pageCursor, pageLimit } from './schemas.ts';

/** Of one call: some hundred milliseconds of the writer, in pieces. */
const MOST_IDS = 1000;

const evaluatorName = z
  .string()
  .regex(EVALUATOR_NAME, { error: 'it must be the name of an evaluator' })
  .describe('Only those of this evaluator.');

const idSchema = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const letterSchema = z
  .object({
    id: z.number(),
    logId: z.string().nullable().describe('Null where the log is gone.'),
    evaluator: z.string(),
    attempts: z.number().describe('How often it was tried.'),
    reason: z.string().nullable().describe('Why it is not tried again.'),
    evaluatorVersion: z.string().nullable().describe('Version of its last outcome, which may be empty.'),
    code: z.enum(FAILURES).nullable().describe('Code of its last failure.'),
    failedAtMs: z.number().nullable().describe('When it was given up, milliseconds since the epoch.'),
  })
  .meta({ id: 'DeadLetter' });

const querySchema = z.object({
  evaluator: evaluatorName.optional(),
  limit: pageLimit,
  cursor: pageCursor,
});

const paramsSchema = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, { error: 'it must be the id of a dead letter, a whole number' })
    .transform(Number),
});

const chosenSchema = z
  .strictObject({
    ids: z.array(idSchema).min(1).max(MOST_IDS).optional().describe('These. Unknown ones are passed over.'),
    evaluator: evaluatorName.optional().describe('All of this evaluator that there are at the moment.'),
  })
  .superRefine(({ ids, evaluator }, context) => {
    if (ids === undefined && evaluator === undefined)
      context.addIssue({ code: 'custom', path: ['evaluator'], message: 'name an evaluator, or send `ids`' });
    if (ids !== undefined && evaluator !== undefined)
      context.addIssue({ code: 'custom', path: ['evaluator'], message: 'send either `ids` or `evaluator`, not both' });
  });

type Act = (ids: number[]) => Promise<number>;

export function deadLetterRoutes({ store: { deadLetters } }: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/dead-letters',
      scope: 'read',
      tag: 'evaluations',
      summary: 'Evaluations that will not be tried again',
      query: querySchema,
      answers: {
        200: {
          description: 'The youngest first.',
          schema: z.object({ deadLetters: z.array(letterSchema), next: z.string().nullable() }),
        },
      },
      async handle({ query: { evaluator = null, limit, cursor }, principal: { projectId } }) {
        const about = ['dead-letters', projectId, evaluator];
        const after = cursor === undefined ? null : readCursor(cursor, about).seq;
        const rows = await deadLetters.list(projectId, { evaluator, after, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const last = rows.length > limit ? page.at(-1) : undefined;
        return {
          deadLetters: page.map(({ printed: _printed, ...letter }) => letter),
          next: last === undefined ? null : writeCursor({ startedAtMs: 0, seq: last.id }, about),
        };
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/dead-letters/:id',
      scope: 'read',
      tag: 'evaluations',
      summary: 'One of them, with what its evaluator printed',
      params: paramsSchema,
      answers: {
        200: {
          description: 'The dead letter.',
          schema: letterSchema.extend({ printed: z.string().nullable() }).meta({ id: 'WholeDeadLetter' }),
        },
      },
      async handle({ params: { id }, principal: { projectId } }) {
        const letter = await deadLetters.find(projectId, id);
        if (letter === undefined) throw new GatewayError('not_found', { message: `There is no dead letter ${id}.` });
        return letter;
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/dead-letters/retry',
      scope: 'admin',
      tag: 'evaluations',
      summary: 'Run them again',
      description: 'Within a second, as if they had never been tried. Send `ids` or `evaluator`.',
      body: chosenSchema,
      answers: {
        200: { description: 'How many will run again.', schema: z.object({ retried: z.number() }) },
      },
      async handle({ body, principal: { projectId } }) {
        const retry: Act = (ids) => deadLetters.retry(projectId, ids, Date.now());
        return { retried: await actOn(projectId, body, retry) };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/dead-letters/drop',
      scope: 'admin',
      tag: 'evaluations',
      summary: 'Drop them',
      description: 'The logs keep the outcome that they show. Send `ids` or `evaluator`.',
      body: chosenSchema,
      answers: {
        200: { description: 'How many were dropped.', schema: z.object({ dropped: z.number() }) },
      },
      async handle({ body, principal: { projectId } }) {
        const drop: Act = (ids) => deadLetters.drop(projectId, ids);
        return { dropped: await actOn(projectId, body, drop) };
      },
    }),
  ];

  function actOn(projectId: string, { ids, evaluator }: z.output<typeof chosenSchema>, act: Act): Promise<number> {
    return ids === undefined
      ? actOnDeadLetters(deadLetters, { projectId, evaluator: evaluator ?? null }, act)
      : act(ids);
  }
}
