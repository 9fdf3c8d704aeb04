/**
 * Scores and feedback posted from outside.
 *
 *     POST /v1/request/{id}/score     { scores: { accuracy: 92, safe: true, tone: "calm" } }   -> 201 { data, error }
 *     POST /v1/request/{id}/feedback  { rating: true }                                         -> 201 { data, error }
 *     POST /v1/feedback               { "helicone-id": id, rating: true }                      -> 200 { message, helicone_id }
 *     POST /v1/evals/{id}             { name, score }         -> 201 { data, error }; stored, which at Helicone it is not
 *     GET  /v1/evals/scores                                                                    -> 200 { data: [names] }
 *
 * All or nothing per call; what is wrong is 422 with the field. An id that no log has yet is kept for a day.
 */
import { z } from 'zod';
import { FEEDBACK, type ScoreValue } from '../../../model/score.ts';
import { json, refuse } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { parse, readableNumber } from './parse.ts';
import { feedbackSchema, rating } from './rating.ts';
import { readRequestId } from './request-id.ts';
import { wireName } from './score-names.ts';
import { SCORE_LIMITS, nameProblem, readScores } from './score-values.ts';

/** Scores often come before their log: the client knows the id while its stream still runs. */
const KEPT_MS = 24 * 3600 * 1000;

const ID_MISSING = "'helicone-id' is required: send the id that the header Helicone-Id of the call's answer has";
const legacyFeedbackSchema = z.object({ 'helicone-id': z.unknown().optional(), rating });

const evalSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(SCORE_LIMITS.name)
    .refine((name) => nameProblem(name) === undefined, { error: 'a name has no control characters' }),
  score: readableNumber,
});

export function scoreRoutes(parts: ApiParts): Route[] {
  const put = async (context: ApiContext, id: string, scores: Map<string, ScoreValue>): Promise<void> => {
    if (scores.size === 0) return;
    const atMs = Date.now();
    const rows = [...scores].map(([name, value]) => ({
      name,
      value,
      reason: null,
      source: 'api' as const,
      evaluator: null,
      evaluatorVersion: null,
      durationMs: null,
      atMs,
    }));
    const done = await parts.store.scores.put(context.var.principal.projectId, id, rows, atMs + KEPT_MS);
    if (done === 'kept') parts.metrics.scoresKept.inc(rows.length);
  };

  return [
    {
      method: 'POST',
      path: '/v1/request/:id/score',
      scope: 'score',
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const { scores, problems } = readScores(await readJson(context));
        refuse(problems);
        await put(context, id, scores);
        return json({ data: null, error: null }, 201);
      },
    },
    {
      method: 'POST',
      path: '/v1/request/:id/feedback',
      scope: 'score',
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const given = parse(feedbackSchema, await readJson(context));
        await put(context, id, new Map([[FEEDBACK, given.rating]]));
        return json({ data: null, error: null }, 201);
      },
    },
    {
      method: 'POST',
      path: '/v1/feedback',
      scope: 'score',
      async handle(context) {
        const body = parse(legacyFeedbackSchema, await readJson(context));
        const given = body['helicone-id'];
        if (given === undefined) refuse(new Map([['requestBody.helicone-id', { message: ID_MISSING }]]));
        const id = readRequestId(given, 'requestBody.helicone-id');
        await put(context, id, new Map([[FEEDBACK, body.rating]]));
        return json({ message: 'Feedback added successfully.', helicone_id: id });
      },
    },
    {
      method: 'POST',
      // OpenAI has evals of its own, which go upstream.
      path: '/v1/evals/:id{(?!eval_|scores$|query$)[^/#]+}',
      scope: 'score',
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const { name, score } = parse(evalSchema, await readJson(context));
        await put(context, id, new Map([[name, score]]));
        return json({ data: null, error: null }, 201);
      },
    },
    {
      method: 'GET',
      path: '/v1/evals/scores',
      scope: 'read',
      async handle(context) {
        const names = await parts.store.scores.names(context.var.principal.projectId);
        const shown = names.map(({ name, kind }) => wireName(name, kind === 'boolean'));
        return json({ data: [...new Set(shown)], error: null });
      },
    },
  ];
}
