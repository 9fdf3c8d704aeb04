/**
 * An output that somebody's own system made, as the exchange that a proxied call would have been: so it becomes a log, and all
 * that works for logs works for it.
 */
import type { ChatMessage, Datapoint } from '../../model/datapoint.ts';
import type { Exchange } from '../../model/exchange.ts';

export interface PostedOutput {
  /** What came out: a text, or an assistant's message in OpenAI's shape. */
  output: string | ChatMessage;
  /** What was sent, where it is not what the datapoint says. */
  messages?: ChatMessage[] | undefined;
  model?: string | undefined;
  /** How long it took. */
  durationMs?: number | undefined;
  usage?: { inputTokens: number; outputTokens: number } | undefined;
}

export interface Around {
  id: string;
  projectId: string;
  /** Name of the run. */
  run: string;
  datapoint: Datapoint;
  nowMs: number;
}

/** Upstream that posted outputs are said to come from. */
const POSTED = 'posted';

export function exchangeOfOutput(posted: PostedOutput, { id, projectId, run, datapoint, nowMs }: Around): Exchange {
  const { output, messages, model, usage, durationMs = 0 } = posted;
  const message = typeof output === 'string' ? { role: 'assistant', content: output } : output;
  const sent = messages ?? datapoint.messages ?? [{ role: 'user', content: JSON.stringify(datapoint.inputs) }];
  const request = Buffer.from(JSON.stringify({ ...(model === undefined ? {} : { model }), messages: sent }));
  const response = Buffer.from(
    JSON.stringify({
      object: 'chat.completion',
      ...(model === undefined ? {} : { model }),
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      ...(usage === undefined
        ? {}
        : { usage: { prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens } }),
    }),
  );
  return {
    id,
    projectId,
    upstream: POSTED,
    provider: 'openai',
    target: POSTED,
    method: 'POST',
    path: '/v1/chat/completions',
    status: 200,
    errorCode: undefined,
    ending: 'ended',
    startedAtMs: nowMs - durationMs,
    firstByteMs: undefined,
    durationMs,
    arrivals: [],
    requestHeaders: { 'content-type': 'application/json' },
    responseHeaders: { 'content-type': 'application/json' },
    directives: {
      requestId: id,
      properties: new Map([['run', run]]),
      propertiesDropped: 0,
      userId: undefined,
      sessionId: undefined,
      sessionName: undefined,
      sessionPath: undefined,
      omitRequest: false,
      omitResponse: false,
      modelOverride: undefined,
      streamUsage: false,
    },
    request: whole(request),
    response: whole(response),
    credentials: [],
    // Live rules are for live traffic; the run's evaluators look at it.
    isOurs: true,
  };
}

function whole(bytes: Buffer): Exchange['request'] {
  return { parts: [bytes], kept: bytes.length, size: bytes.length, truncated: false, sha256: undefined };
}
