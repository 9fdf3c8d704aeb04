/** Scores of /api/v1: those of a log, giving one and taking it back. Scores of evaluators come from evaluators alone. */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { SCORE_KINDS, SCORE_SOURCES } from '../../../model/score.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { scoreSchema } from '../../../model/log-row.ts';
import { idParams } from './schemas.ts';

/** Scores often come before their log: the client knows the id while its stream still runs. */
const KEPT_MS = 24 * 3600 * 1000;

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const PLAIN = /^[^\u0000-\u001f\u007f]+$/;
const plainText = (most: number): z.ZodType<string> =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(PLAIN, { error: 'it has control characters' })
    .refine((text) => text.isWellFormed(), { error: 'half of a surrogate pair is in it' });

const SOURCE = z
  .enum(SCORE_SOURCES)
  .exclude(['evaluator'])
  .default('api')
  .describe('Whether a program or a person gave it.');

const nameParams = idParams.extend({ name: plainText(200).describe('Name of the score.') });
const given = z.strictObject({
  value: z.union([z.boolean(), z.number(), plainText(200)], {
    error: 'send true, false, a number, or a category of up to 200 characters',
  }),
  reason: z.string().max(2000).nullable().default(null),
  source: SOURCE,
});

export function scoreRoutes(parts: ApiParts): DescribedRoute[] {
  const { logs, scores, edits } = parts.store;
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/scores',
      scope: 'read',
      tag: 'scores',
      summary: 'Names of all scores, with their kinds',
      answers: {
        200: {
          description: 'By name.',
          schema: z.object({ scores: z.array(z.object({ name: z.string(), kind: z.enum(SCORE_KINDS) })) }),
        },
      },
      handle: async ({ principal }) => ({ scores: await scores.names(principal.projectId) }),
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/logs/:id/scores',
      scope: 'read',
      tag: 'scores',
      summary: 'Scores of a log',
      params: idParams,
      answers: { 200: { description: 'Current scores, by name.', schema: z.object({ scores: z.array(scoreSchema) }) } },
      async handle({ params: { id }, principal: { projectId } }) {
        const stored = await logs.find(projectId, id);
        if (stored === undefined) throw new GatewayError('not_found', { message: `There is no log ${id}.` });
        return { scores: await scores.list(projectId, stored.id) };
      },
    }),
    describedRoute({
      method: 'PUT',
      path: '/api/v1/logs/:id/scores/:name',
      scope: 'score',
      tag: 'scores',
      summary: 'Give a log a score',
      description:
        'Replaces the one of this name and source. Where no log has the id yet, the score is kept for a day and attached when the log comes.',
      params: nameParams,
      body: given,
      answers: {
        200: {
          description: 'Stored.',
          schema: z.object({ stored: z.enum(['attached', 'kept']).describe('`kept`: there is no such log yet.') }),
        },
      },
      async handle({ params: { id, name }, body: { value, reason, source }, principal: { projectId } }) {
        const atMs = Date.now();
        const score = {
          name,
          // JSON writes -0, which is 0 like any other.
          value: typeof value === 'number' ? value + 0 : value,
          reason: reason === null ? null : parts.redact(reason).toWellFormed().replaceAll('\0', ''),
          source,
          evaluator: null,
          evaluatorVersion: null,
          durationMs: null,
          atMs,
        };
        const stored = await scores.put(projectId, id, [score], atMs + KEPT_MS);
        if (stored === 'kept') parts.metrics.scoresKept.inc(1);
        return { stored };
      },
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/logs/:id/scores/:name',
      scope: 'score',
      tag: 'scores',
      summary: 'Take a score back',
      description:
        'What evaluators gave stays: it belongs to their evaluation. By an id that several logs share, of the newest.',
      params: nameParams,
      query: z.object({ source: SOURCE }),
      answers: { 200: { description: 'It is removed.', schema: z.object({ removed: z.number() }) } },
      async handle({ params: { id, name }, query: { source }, principal: { projectId } }) {
        const stored = await logs.find(projectId, id);
        const removed = stored && (await edits.removeScores(projectId, stored.id, name, source, Date.now()));
        if (!removed)
          throw new GatewayError('not_found', {
            message: `There is no score ${name} of log ${id} that ${
              source === 'api' ? 'a program gave. What a person gave goes with ?source=human' : 'a person gave'
            }.`,
          });
        return { removed };
      },
    }),
  ];
}
