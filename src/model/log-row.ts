/** Logs as /api/v1 gives them, in a list and whole: what API, dashboard and tests hold them to. */
import { z } from 'zod';
import { endingSchema } from './ending.ts';
import { PROVIDERS } from './exchange.ts';
import { logSchema } from './log.ts';
import { OUTCOMES } from './outcome.ts';
import { SCORE_SOURCES, scoreValueSchema } from './score.ts';
import { usageSchema } from './usage.ts';

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

export type GivenScore = z.infer<typeof scoreSchema>;
export type GivenEvaluation = z.infer<typeof evaluationSchema>;
export type LogRow = z.infer<typeof logRowSchema>;
export type WholeLog = z.infer<typeof wholeLogSchema>;

/** One page of a list. */
export const logPageSchema = z.object({
  logs: z.array(logRowSchema),
  next: z.string().nullable().describe('Where the list goes on; null where nothing follows.'),
});
export type LogPage = z.infer<typeof logPageSchema>;
