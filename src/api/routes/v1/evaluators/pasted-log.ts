/** A log that somebody wrote or copied, for trying evaluators on it: whatever it lacks is that of an ordinary call. */
import type { z } from 'zod';
import { newId } from '../../../../model/id.ts';
import { type Log, logSchema } from '../../../../model/log.ts';

/** Of what GET /api/v1/logs/{id} gives, everything else is passed over. */
export const pastedLogSchema = logSchema
  .omit({ projectId: true })
  .extend({ output: logSchema.shape.output.partial() })
  .partial();

export function pastedLog(given: z.infer<typeof pastedLogSchema>, projectId: string): Log {
  const id = given.id ?? newId();
  const { output, ...rest } = given;
  return {
    ...ORDINARY,
    id,
    requestId: id,
    startedAtMs: Date.now(),
    ...defined(rest),
    output: { ...ORDINARY.output, ...output },
    projectId,
  };
}

const ORDINARY: Omit<Log, 'id' | 'requestId' | 'projectId' | 'startedAtMs'> = {
  upstream: 'openai',
  provider: 'openai',
  target: 'https://api.openai.com',
  method: 'POST',
  path: '/v1/chat/completions',
  modelAsked: null,
  modelAnswered: null,
  model: null,
  status: 200,
  errorCode: null,
  ending: 'ended',
  stream: false,
  firstByteMs: null,
  firstTokenMs: null,
  durationMs: 0,
  usage: null,
  costUsd: null,
  finishReason: null,
  toolCalls: [],
  input: [],
  output: { text: '', reasoning: null, refusal: null },
  userId: null,
  sessionId: null,
  sessionName: null,
  sessionPath: null,
  properties: {},
  providerResponseId: null,
  requestSize: 0,
  responseSize: 0,
  requestTruncated: false,
  responseTruncated: false,
  requestOmitted: false,
  responseOmitted: false,
  parseError: null,
  requestBody: null,
  responseBody: null,
};

/** What is not undefined: a member that was left out takes nothing away. */
function defined<Of extends object>(given: Of): { [Name in keyof Of]: Exclude<Of[Name], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}
