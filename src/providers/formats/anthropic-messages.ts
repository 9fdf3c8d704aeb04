/** Anthropic's messages: bodies. Its streams are in the file beside. */
import type { Message, ToolCall } from '../../model/message.ts';
import { type JsonObject, asJsonText, asObject, asText, objectsOf } from '../json.ts';
import { readUsage } from '../usage.ts';
import { messagesAssembler } from './anthropic-messages-stream.ts';
import { addContent, messageOf, newParts, PART_SEPARATOR } from './content.ts';
import type { BodyFacts, Format, Output } from './format.ts';

export const anthropicMessages: Format = {
  answersJson: true,
  assembler: messagesAssembler,
  facts,
  input,
  output,
  user,
};

function user(request: JsonObject): string | null {
  return asText(asObject(request['metadata'])?.['user_id']);
}

function facts(response: JsonObject): BodyFacts {
  return {
    model: asText(response['model']),
    usage: readUsage(response['usage']),
    finishReason: asText(response['stop_reason']),
    id: asText(response['id']),
  };
}

function input(request: JsonObject): Message[] {
  const messages: Message[] = [];
  const system = newParts();
  addContent(system, request['system']);
  if (system.texts.length > 0) messages.push(messageOf('system', system));
  for (const message of objectsOf(request['messages'])) messages.push(...messagesOf(message));
  return messages;
}

/** Results of tools are parts of a user's message here; they become messages of their own, as everywhere else. */
function messagesOf(message: JsonObject): Message[] {
  const role = asText(message['role']) ?? '';
  const parts = newParts();
  const results: Message[] = [];
  if (!Array.isArray(message['content'])) addContent(parts, message['content']);
  for (const block of objectsOf(message['content'])) {
    if (block['type'] === 'tool_result') {
      const result = newParts();
      addContent(result, block['content']);
      results.push(messageOf('tool', result, asText(block['tool_use_id'])));
    } else if (block['type'] === 'tool_use') parts.toolCalls.push(toolCallOf(block));
    else addContent(parts, [block]);
  }
  const empty = parts.texts.length + parts.toolCalls.length + parts.attachments.length === 0;
  return empty && results.length > 0 ? results : [...results, messageOf(role, parts)];
}

function output(response: JsonObject): Output {
  const blocks = objectsOf(response['content']);
  const textsOf = (type: string, key: string): string[] =>
    blocks.flatMap((block) => (block['type'] === type ? (asText(block[key]) ?? []) : []));
  return {
    text: textsOf('text', 'text').join(PART_SEPARATOR),
    reasoning: asText(textsOf('thinking', 'thinking').join(PART_SEPARATOR)),
    refusal: null,
    toolCalls: blocks.filter((block) => block['type'] === 'tool_use').map(toolCallOf),
  };
}

function toolCallOf(block: JsonObject): ToolCall {
  return { id: asText(block['id']), name: asText(block['name']) ?? '', arguments: asJsonText(block['input']) };
}
