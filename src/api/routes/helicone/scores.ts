/**
 * Scores and feedback posted from outside.
 *
 *     POST /v1/request/{id}/score     { scores: { accuracy: 92, safe: true, tone: "calm" } }   -> 201 { data, error }
 *     POST /v1/request/{id}/feedback  { rating: true }                                         -> 201 { data, error }
 *     POST /v1/feedback               { "helicone-id": id, rating: true }                      -> 200 { message, helicone_id }
 *     GET  /v1/evals/scores                                                                    -> 200 { data: [names] }
 *
 * All or nothing per call; what is wrong is 422 with the field. An id that no log has yet is kept for a day.
 */
import { z } from 'zod';
import type { ScoreValue } from '../../../model/score.ts';
import { json, refuse } from '../../answers.ts';
import { readJson } from '../../body.ts';
import { problemText } from '../../problem-text.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { readRequestId } from './request-id.ts';
import { FEEDBACK, wireName } from './score-names.ts';
import { type Problem, readScores } from './score-values.ts';

/** Scores often come before their log: the client knows the id while its stream still runs. */
const KEPT_MS = 24 * 3600 * 1000;

/** Helicone coerces `"true"` and reads null as false; numbers and other texts are refused. */
const ratingSchema = z.preprocess(
  (value) => (value === null ? false : typeof value === 'string' ? textAsBoolean(value) : value),
  z.boolean({ error: (issue) => (issue.input === undefined ? "'rating' is required" : 'invalid boolean value') }),
);
const ID_MISSING = "'helicone-id' is required: send the id that the header Helicone-Id of the call's answer has";
const feedbackSchema = z.strictObject({ rating: ratingSchema });
const legacyFeedbackSchema = z.object({ 'helicone-id': z.unknown().optional(), rating: ratingSchema });

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
        const { rating } = parse(feedbackSchema, await readJson(context));
        await put(context, id, new Map([[FEEDBACK, rating]]));
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

/** The body in this shape, or 422 with every field that is wrong. */
function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  if (body === undefined) refuse(new Map([['requestBody', { message: "'requestBody' is required" }]]));
  const parsed = schema.safeParse(body, { error: problemText });
  if (parsed.success) return parsed.data;
  const problems = new Map<string, Problem>();
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys)
        problems.set(`requestBody.${key}`, {
          message: `"${key.slice(0, 200)}" is an excess property and therefore is not allowed`,
        });
    else problems.set(['requestBody', ...issue.path].join('.'), { message: issue.message });
  }
  refuse(problems);
  throw parsed.error;
}

function textAsBoolean(value: string): unknown {
  const lower = value.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : value;
}
