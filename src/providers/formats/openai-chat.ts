/** OpenAI's chat completions, and the many providers that speak them: bodies, with their variants of reasoning and usage. */
import type { Message, ToolCall } from '../../model/message.ts';
import { type JsonObject, asJsonText, asObject, asText, objectsOf } from '../json.ts';
import { readUsage } from '../usage.ts';
import { addContent, messageOf, newParts, PART_SEPARATOR } from './content.ts';
import type { BodyFacts, Format, Output } from './format.ts';
import { chatAssembler } from './openai-chat-stream.ts';

export const openaiChat: Format = {
  answersJson: true,
  assembler: chatAssembler,
  facts: chatFacts,
  input,
  output,
  user,
};

/** The body's `user`. */
export function user(request: JsonObject): string | null {
  return asText(request['user']);
}

/** Also those of legacy completions. */
export function chatFacts(response: JsonObject): BodyFacts {
  return {
    model: asText(response['model']),
    usage: readUsage(response['usage'] ?? asObject(response['x_groq'])?.['usage']),
    finishReason: asText(firstChoice(response)?.['finish_reason']),
    id: asText(response['id']),
  };
}

function input(request: JsonObject): Message[] {
  return objectsOf(request['messages']).map((message) => {
    const parts = newParts();
    addContent(parts, message['content']);
    addContent(parts, message['refusal']);
    parts.toolCalls = toolCallsOf(message);
    return messageOf(asText(message['role']) ?? '', parts, asText(message['tool_call_id']) ?? functionName(message));
  });
}

/** The legacy role `function` answers a call by name. */
function functionName(message: JsonObject): string | null {
  return message['role'] === 'function' ? asText(message['name']) : null;
}

/** Where several choices were asked for, the first is the answer; the others stand in the body. */
export function firstChoice(response: JsonObject): JsonObject | undefined {
  const choices = objectsOf(response['choices']);
  return choices.find((choice) => choice['index'] === 0) ?? choices[0];
}

function output(response: JsonObject): Output {
  const message = asObject(firstChoice(response)?.['message']) ?? {};
  const parts = newParts();
  addContent(parts, message['content']);
  if (parts.texts.length === 0) addContent(parts, asObject(message['audio'])?.['transcript']);
  return {
    text: parts.texts.join(PART_SEPARATOR),
    reasoning: asText(message['reasoning_content']) ?? asText(message['reasoning']) ?? thinkingOf(message['content']),
    refusal: asText(message['refusal']),
    toolCalls: toolCallsOf(message),
  };
}

/** Mistral's reasoning models answer with parts: `{ type: 'thinking', thinking: [{ type: 'text', text }] }`. */
function thinkingOf(content: unknown): string | null {
  const parts = newParts();
  for (const part of objectsOf(content)) if (part['type'] === 'thinking') addContent(parts, part['thinking']);
  return asText(parts.texts.join(''));
}

function toolCallsOf(message: JsonObject): ToolCall[] {
  const calls = objectsOf(message['tool_calls']).map((call) => {
    const called = asObject(call['function']) ?? asObject(call['custom']) ?? {};
    return {
      id: asText(call['id']),
      name: asText(called['name']) ?? '',
      arguments: asJsonText(called['arguments'] ?? called['input']),
    };
  });
  const legacy = asObject(message['function_call']);
  if (legacy === undefined) return calls;
  return [...calls, { id: null, name: asText(legacy['name']) ?? '', arguments: asJsonText(legacy['arguments']) }];
}
