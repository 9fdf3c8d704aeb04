/** The log: the stored record of one model call. This is the shape that evaluators and the API see. */
import { z } from 'zod';
import { endingSchema } from './ending.ts';
import { PROVIDERS } from './exchange.ts';
import { messageSchema, toolCallSchema } from './message.ts';
import { usageSchema } from './usage.ts';

export const logSchema = z.object({
  /** The log's own id, UUIDv7. */
  id: z.string(),
  /** The effective request id; several logs may share one. */
  requestId: z.string(),
  projectId: z.string(),
  upstream: z.string(),
  provider: z.enum(PROVIDERS),
  /** Origin and base path of the upstream. */
  target: z.string(),
  method: z.string(),
  /** Path and query as sent upstream, base path included: the call's URL is the target's origin and this. */
  path: z.string(),
  /** Model in the request; in the response; and the one that counts (override, else response, else request). */
  modelAsked: z.string().nullable(),
  modelAnswered: z.string().nullable(),
  model: z.string().nullable(),
  status: z.number().int().nullable(),
  /** Code of our own error where the answer was ours. */
  errorCode: z.string().nullable(),
  ending: endingSchema,
  stream: z.boolean(),
  /** Milliseconds since the epoch. */
  startedAtMs: z.number(),
  firstByteMs: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number(),
  usage: usageSchema.nullable(),
  /** USD; null where the model has no known price or usage is unknown. Never 0 for unknown. */
  costUsd: z.number().nullable(),
  finishReason: z.string().nullable(),
  toolCalls: z.array(toolCallSchema),
  input: z.array(messageSchema),
  output: z.object({
    text: z.string(),
    reasoning: z.string().nullable(),
    refusal: z.string().nullable(),
  }),
  userId: z.string().nullable(),
  sessionId: z.string().nullable(),
  sessionName: z.string().nullable(),
  sessionPath: z.string().nullable(),
  /** Names in lower case. */
  properties: z.record(z.string(), z.string()),
  /** The provider's own id of its answer (`chatcmpl-...`): an attribute, never a key. */
  providerResponseId: z.string().nullable(),
  requestSize: z.number().int(),
  responseSize: z.number().int(),
  requestTruncated: z.boolean(),
  responseTruncated: z.boolean(),
  /** The client asked that the body be not stored. */
  requestOmitted: z.boolean(),
  responseOmitted: z.boolean(),
  /** Why the bodies could not be read, where they could not. */
  parseError: z.string().nullable(),
  /** JSON where the body is JSON, else text; a stream as the body that the same call without streaming would have given. */
  requestBody: z.unknown(),
  responseBody: z.unknown(),
});

export type Log = z.infer<typeof logSchema>;
