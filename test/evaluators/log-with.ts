/** A log of an ordinary call, with what a test changes about it. */
import type { Log } from '../../src/model/log.ts';

export function logWith(changes: Partial<Log> = {}): Log {
  return {
    id: '0190b6f0-0000-7000-8000-000000000001',
    requestId: '0190b6f0-0000-7000-8000-000000000001',
    projectId: '00000000-0000-7000-8000-000000000000',
    upstream: 'openai',
    provider: 'openai',
    target: 'https://api.openai.com',
    method: 'POST',
    path: '/v1/chat/completions',
    modelAsked: 'gpt-4o-mini',
    modelAnswered: 'gpt-4o-mini-2024-07-18',
    model: 'gpt-4o-mini-2024-07-18',
    status: 200,
    errorCode: null,
    ending: 'ended',
    stream: false,
    startedAtMs: 1_750_000_000_000,
    firstByteMs: 210,
    firstTokenMs: 210,
    durationMs: 640,
    usage: null,
    costUsd: 0.0004,
    finishReason: 'stop',
    toolCalls: [],
    input: [{ role: 'user', text: 'What is the capital of France?' }],
    output: { text: 'Paris.', reasoning: null, refusal: null },
    userId: null,
    sessionId: null,
    sessionName: null,
    sessionPath: null,
    properties: {},
    providerResponseId: 'chatcmpl-1',
    requestSize: 120,
    responseSize: 300,
    requestTruncated: false,
    responseTruncated: false,
    requestOmitted: false,
    responseOmitted: false,
    parseError: null,
    requestBody: {},
    responseBody: {},
    ...changes,
  };
}

/** A log whose answer is this text. */
export function answering(text: string, changes: Partial<Log> = {}): Log {
  return logWith({ output: { text, reasoning: null, refusal: null }, ...changes });
}

/** The log of a call that asks no model. */
export const modelList: Log = answering('', {
  method: 'GET',
  path: '/v1/models',
  modelAsked: null,
  modelAnswered: null,
  model: null,
  costUsd: null,
  finishReason: null,
  input: [],
  providerResponseId: null,
});

/** A model's answer that is no text. */
export const embeddings: Log = answering('', {
  path: '/v1/embeddings',
  finishReason: null,
  input: [{ role: 'user', text: 'me@example.com' }],
});
