/** What a transcript is: one call as a provider answers it, and what must be read of it. */
import type { CallReading } from '../../../src/providers/read-call.ts';
import type { CallFacts } from '../../../src/providers/read-facts.ts';
import type { WireCall } from '../../../src/providers/wire-call.ts';

export interface Transcript {
  name: string;
  call: WireCall;
  expected: Partial<CallReading>;
}

export interface Exchanged {
  provider?: WireCall['provider'];
  path: string;
  status?: number;
  request?: unknown;
  response?: unknown;
  requestType?: string;
  responseType?: string;
  responseEncoding?: string;
}

/** Objects go out as JSON, texts as they are, a list of events under `events(...)` as an event stream. */
export function callOf(exchanged: Exchanged): WireCall {
  const response = bytesOf(exchanged.response);
  const isEvents = typeof exchanged.response === 'string' && /^(data|event|:|id)/.test(exchanged.response);
  const responseHeaders: Record<string, string> = {
    'content-type': exchanged.responseType ?? (isEvents ? 'text/event-stream; charset=utf-8' : 'application/json'),
  };
  if (exchanged.responseEncoding !== undefined) responseHeaders['content-encoding'] = exchanged.responseEncoding;
  return {
    provider: exchanged.provider ?? 'openai',
    path: exchanged.path,
    status: exchanged.status ?? 200,
    requestHeaders: { 'content-type': exchanged.requestType ?? 'application/json' },
    responseHeaders,
    requestBody: bytesOf(exchanged.request),
    responseBody: response,
    requestTruncated: false,
    responseTruncated: false,
  };
}

function bytesOf(body: unknown): Uint8Array | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Events as OpenAI sends them. */
export function events(...list: unknown[]): string {
  return `${list.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`;
}

/** Events as Anthropic and the responses API send them: named by their type. */
export function namedEvents(...list: { type: string }[]): string {
  return list.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
}

export const NO_CLASSES = {
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  estimated: false,
};

/** The facts of a reading, for comparing with those that are read without it. */
export function factsOf(reading: CallReading): CallFacts {
  const { requestBody: _1, responseBody: _2, input: _3, output: _4, toolCalls: _5, ...facts } = reading;
  return facts;
}
