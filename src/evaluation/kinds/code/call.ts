/** What the code of an evaluator is called with: in JavaScript our log, in Python a dict with the names that Humanloop gave. */
import type { Log } from '../../../model/log.ts';
import type { GuestCall } from '../../../sandbox/guest.ts';
import type { Datapoint } from '../../define.ts';
import type { CallsFrame } from './protocol.ts';

/** Members of a log that a client can ask not to store. */
const OF = {
  javascript: { request: ['input', 'requestBody'], response: ['output', 'toolCalls', 'responseBody'] },
  python: { request: ['messages', 'inputs'], response: ['output', 'tool_calls'] },
} as const;

/** A call as JSON. */
export function callFor(language: CallsFrame['language'], log: Log, datapoint: Datapoint | undefined): string {
  const hidden: GuestCall['hidden'] = {};
  if (log.requestOmitted) hidden.request = [...OF[language].request];
  if (log.responseOmitted) hidden.response = [...OF[language].response];
  const seen: Record<string, unknown> = language === 'python' ? pythonLog(log) : { ...log };
  for (const key of Object.values(hidden).flat()) delete seen[key];
  const call: GuestCall = { log: seen, datapoint: datapoint ?? null, hidden };
  return JSON.stringify(call);
}

function pythonLog(log: Log): Record<string, unknown> {
  return {
    id: log.id,
    model_config: { model: log.model, provider: log.provider, stream: log.stream },
    inputs: {},
    messages: log.input.map(({ role, text, toolCalls, toolCallId }) => ({
      role,
      content: text,
      ...(toolCalls && { tool_calls: toolCalls }),
      ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    })),
    output: log.output.text,
    tool_calls: log.toolCalls,
    provider_latency: log.durationMs / 1000,
    metadata: log.properties,
    created_at: new Date(log.startedAtMs).toISOString(),
    error: errorOf(log),
    finish_reason: log.finishReason,
    properties: log.properties,
    usage: log.usage,
    cost: log.costUsd,
  };
}

function errorOf({ errorCode, status, ending }: Log): string | null {
  if (errorCode !== null) return errorCode;
  if (status !== null && status >= 400) return `status ${status}`;
  return ending === 'ended' ? null : ending;
}
