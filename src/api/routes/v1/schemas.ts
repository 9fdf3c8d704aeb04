/** What several routes of /api/v1 take and give back, as schemas: they describe it in the OpenAPI document, and tests hold answers to them. */
import { z } from 'zod';
import { endingSchema } from '../../../model/ending.ts';
import { PROVIDERS } from '../../../model/exchange.ts';
import { logSchema } from '../../../model/log.ts';
import { OUTCOMES } from '../../../model/outcome.ts';
import { SCORE_SOURCES, scoreValueSchema } from '../../../model/score.ts';
import { usageSchema } from '../../../model/usage.ts';

export const idParams = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,200}$/, {
      error: 'an id has 1 to 200 letters, digits, dots, colons, hyphens and underscores',
    })
    .describe("The log's own id, its request id (then its newest log), or the provider's id of its answer."),
});

export const pageLimit = z
  .string()
  .regex(/^([1-9]\d{0,2}|1000)$/, { error: 'it must be a whole number from 1 to 1000' })
  .transform(Number)
  .default(100)
  .describe('1 to 1000.');

export const pageCursor = z.string().max(200).optional().describe('The `next` of the page before.');

export const scoreSchema = z
  .object({
    name: z.string(),
    value: scoreValueSchema.describe('true or false, a number, or a category.'),
    reason: z.string().nullable(),
    source: z.enum(SCORE_SOURCES).describe('Who gave it.'),
    evaluator: z.string().nullable(),
    evaluatorVersion: z.string().nullable(),
    durationMs: z.number().nullable(),
    atMs: z.number().describe('When it was written, milliseconds since the epoch.'),
  })
  .meta({ id: 'Score' });

export const evaluationSchema = z
  .object({
    evaluator: z.string(),
    evaluatorVersion: z.string(),
    outcome: z.enum(OUTCOMES),
    code: z.string().nullable().describe('Why it failed, as a code.'),
    reason: z.string().nullable(),
    printed: z.string(),
    durationMs: z.number(),
    attempt: z.number(),
    atMs: z.number(),
    givenBy: z.string().nullable().describe('The person or the worker that looked, where it was none of ours.'),
  })
  .meta({ id: 'Evaluation' });

/** A log without what is read from its bodies. */
export const logRowSchema = z
  .object({
    id: z.string(),
    requestId: z.string(),
    upstream: z.string(),
    provider: z.enum(PROVIDERS),
    target: z.string(),
    method: z.string(),
    path: z.string(),
    modelAsked: z.string().nullable(),
    modelAnswered: z.string().nullable(),
    model: z.string().nullable(),
    status: z.number().nullable(),
    errorCode: z.string().nullable(),
    ending: endingSchema,
    stream: z.boolean(),
    startedAtMs: z.number(),
    firstByteMs: z.number().nullable(),
    firstTokenMs: z.number().nullable(),
    durationMs: z.number(),
    usage: usageSchema.nullable(),
    costUsd: z.number().nullable().describe('Null where it is unknown, never 0.'),
    finishReason: z.string().nullable(),
    userId: z.string().nullable(),
    sessionId: z.string().nullable(),
    sessionName: z.string().nullable(),
    sessionPath: z.string().nullable(),
    properties: z.record(z.string(), z.string()),
    scores: z.array(scoreSchema),
  })
  .meta({ id: 'LogRow' });

export const wholeLogSchema = logSchema
  .omit({ projectId: true })
  .extend({
    requestHeaders: z.record(z.string(), z.string()),
    responseHeaders: z.record(z.string(), z.string()),
    requestSha256: z.string().nullable(),
    responseSha256: z.string().nullable(),
    propertiesDropped: z.number(),
    scores: z.array(scoreSchema),
    evaluations: z.array(evaluationSchema),
    logIds: z.array(z.string()).describe('The newest 100 logs that share the request id.'),
  })
  .meta({ id: 'Log' });
