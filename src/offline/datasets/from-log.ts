/** A datapoint from what was logged: the conversation that was sent, and what came back as the target or nothing. */
import { chatMessageSchema, type ChatMessage } from '../../model/datapoint.ts';
import type { Log } from '../../model/log.ts';
import type { Message } from '../../model/message.ts';
import type { RowReading } from './read-row.ts';

/** What becomes of a log's output. */
export const TARGETS_FROM_LOGS = ['output', 'none'] as const;
export type TargetFromLog = (typeof TARGETS_FROM_LOGS)[number];

/** Reads one; a problem where the log holds no input. */
export function datapointOfLog(log: Log, target: TargetFromLog): RowReading {
  const messages = messagesOf(log);
  if (messages.length === 0)
    return { problem: log.requestOmitted ? 'its input was not stored' : 'no input can be read from it' };
  return {
    datapoint: {
      inputs: {},
      messages,
      target: target === 'none' ? null : targetOf(log),
      metadata: { ...log.properties },
    },
  };
}

/** As they were sent, where they have OpenAI's shape; else what all formats have in common. */
function messagesOf({ requestBody, input }: Log): ChatMessage[] {
  const sent = (requestBody as { messages?: unknown } | null | undefined)?.messages;
  if (Array.isArray(sent) && sent.length > 0) {
    const read = sent.map((one) => chatMessageSchema.safeParse(one));
    const system = (requestBody as { system?: unknown }).system;
    // Anthropic has the system's message beside the others.
    if (system === undefined && read.every(({ success }) => success)) return read.map(({ data }) => data!);
  }
  return input.map(chatMessageOf);
}

function chatMessageOf({ role, text, toolCalls, toolCallId }: Message): ChatMessage {
  return {
    role,
    content: text,
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
            id,
            type: 'function',
            function: { name, arguments: given },
          })),
        }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
}

/** Null for a call that failed: what it answered is no good output. */
function targetOf({ status, output, toolCalls }: Log): unknown {
  if (status === null || status >= 400) return null;
  return {
    output: output.text,
    ...(toolCalls.length > 0
      ? { tool_calls: toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given })) }
      : {}),
  };
}
