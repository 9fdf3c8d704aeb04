/** A log that nobody made, for the test of a webhook: shaped like a real one, so that a receiver that reads it reads all. */
import { newId } from '../../../model/id.ts';
import type { StoredLog } from '../../../store/store.ts';

export function sampleLog(projectId: string, nowMs: number): StoredLog {
  const id = newId(nowMs);
  const model = 'gpt-4o-mini';
  const request = { model, messages: [{ role: 'user', content: 'This is a test of a webhook.' }] };
  const message = { role: 'assistant', content: 'It has arrived.' };
  const response = {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 14, completion_tokens: 5, total_tokens: 19 },
  };
  const json = { 'content-type': 'application/json' };
  return {
    id,
    requestId: id,
    projectId,
    upstream: 'openai',
    provider: 'openai',
    target: 'https://api.openai.com',
    method: 'POST',
    path: '/v1/chat/completions',
    modelAsked: model,
    modelAnswered: model,
    model,
    status: 200,
    errorCode: null,
    ending: 'ended',
    stream: false,
    startedAtMs: nowMs - 100,
    firstByteMs: 100,
    firstTokenMs: null,
    durationMs: 100,
    usage: {
      inputTokens: 14,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      audioInputTokens: 0,
      outputTokens: 5,
      reasoningTokens: 0,
      audioOutputTokens: 0,
      estimated: false,
    },
    costUsd: 0,
    finishReason: 'stop',
    userId: null,
    sessionId: null,
    sessionName: null,
    sessionPath: null,
    providerResponseId: 'chatcmpl-test',
    requestSize: 0,
    responseSize: 0,
    requestTruncated: false,
    responseTruncated: false,
    requestOmitted: false,
    responseOmitted: false,
    requestSha256: null,
    responseSha256: null,
    requestHeaders: json,
    responseHeaders: json,
    propertiesDropped: 0,
    parseError: null,
    properties: new Map([['test', 'true']]),
    requestBody: Buffer.from(JSON.stringify(request)),
    responseBody: Buffer.from(JSON.stringify(response)),
  };
}
