/** The variables of a judge's prompt: what they are called, and what of a log and a datapoint they stand for. */
import type { Log } from '../../../model/log.ts';
import type { Message } from '../../../model/message.ts';
import type { Datapoint } from '../../define.ts';

/** `free`: whatever is named below it may be there. */
export type Shape = 'text' | 'free' | { each: Shape } | { [name: string]: Shape };

const MESSAGE: Shape = { role: 'text', text: 'text' };
const TOOL_CALL: Shape = { name: 'text', arguments: 'text' };
const DATAPOINT: Shape = {
  id: 'text',
  input: 'free',
  inputs: 'free',
  messages: 'free',
  target: 'free',
  metadata: 'free',
};

export const VARIABLES = {
  log: {
    id: 'text',
    model: 'text',
    provider: 'text',
    upstream: 'text',
    status: 'text',
    error_code: 'text',
    finish_reason: 'text',
    user_id: 'text',
    session_id: 'text',
    duration_ms: 'text',
    cost_usd: 'text',
    /** The whole conversation that was sent, each message with its role. */
    input_text: 'text',
    system_text: 'text',
    /** The user's last message. */
    question_text: 'text',
    output_text: 'text',
    output: { text: 'text', reasoning: 'text', refusal: 'text' },
    messages: { each: MESSAGE },
    tool_calls: { each: TOOL_CALL },
    /** Both are the properties that the client set. */
    inputs: 'free',
    properties: 'free',
  },
  datapoint: DATAPOINT,
  /** As Humanloop calls it. */
  testcase: DATAPOINT,
} satisfies Shape;

/** Whether a variable is there only where a datapoint is. */
export function isOfDatapoint(variable: string): boolean {
  return /^(?:datapoint|testcase)(?:\.|$)/.test(variable);
}

/** The values for a log; without a datapoint there are none below `datapoint`. */
export function valuesOf(log: Log, datapoint: Datapoint | undefined): Record<string, unknown> {
  const system = log.input.filter(({ role }) => role === 'system' || role === 'developer');
  const values = {
    id: log.id,
    model: log.model,
    provider: log.provider,
    upstream: log.upstream,
    status: log.status,
    error_code: log.errorCode,
    finish_reason: log.finishReason,
    user_id: log.userId,
    session_id: log.sessionId,
    duration_ms: log.durationMs,
    cost_usd: log.costUsd,
    input_text: log.input.map(written).join('\n\n'),
    system_text: system.map(({ text }) => text).join('\n\n'),
    question_text: log.input.findLast(({ role }) => role === 'user')?.text ?? '',
    output_text: log.output.text,
    output: log.output,
    messages: log.input,
    tool_calls: log.toolCalls,
    inputs: log.properties,
    properties: log.properties,
  };
  return datapoint === undefined ? { log: values } : { log: values, datapoint, testcase: datapoint };
}

function written({ role, text, toolCalls = [] }: Message): string {
  const calls = toolCalls.map((call) => `[calls ${call.name} with ${call.arguments}]`);
  return [`${role}: ${text}`, ...calls].join('\n');
}
