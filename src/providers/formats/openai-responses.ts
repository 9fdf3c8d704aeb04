/** OpenAI's responses API: bodies. Its streams are in the file beside. */
import type { Message, ToolCall } from '../../model/message.ts';
import { type JsonObject, asJsonText, asObject, asText, objectsOf } from '../json.ts';
import { readUsage } from '../usage.ts';
import { addContent, messageOf, newParts, PART_SEPARATOR } from './content.ts';
import type { BodyFacts, Format, Output } from './format.ts';
import { user } from './openai-chat.ts';
import { responsesAssembler } from './openai-responses-stream.ts';

export const openaiResponses: Format = { answersJson: true, assembler: responsesAssembler, facts, input, output, user };

/** Statuses of a response that is not over. */
const UNFINISHED = new Set(['in_progress', 'queued']);

function facts(response: JsonObject): BodyFacts {
  const status = asText(response['status']);
  return {
    model: asText(response['model']),
    usage: readUsage(response['usage']),
    finishReason:
      asText(asObject(response['incomplete_details'])?.['reason']) ?? (UNFINISHED.has(status ?? '') ? null : status),
    id: asText(response['id']),
  };
}

function input(request: JsonObject): Message[] {
  const messages: Message[] = [];
  const instructions = asText(request['instructions']);
  if (instructions !== null) messages.push({ role: 'system', text: instructions });
  const items = request['input'];
  if (typeof items === 'string') messages.push({ role: 'user', text: items });
  for (const item of objectsOf(items)) {
    const message = messageOfItem(item);
    if (message !== undefined) messages.push(message);
  }
  return messages;
}

function messageOfItem(item: JsonObject): Message | undefined {
  const type = asText(item['type']) ?? 'message';
  const parts = newParts();
  if (type === 'message') {
    addContent(parts, item['content']);
    return messageOf(asText(item['role']) ?? '', parts);
  }
  const call = toolCallOf(item);
  if (call !== undefined) return messageOf('assistant', { ...parts, toolCalls: [call] });
  if (!type.endsWith('_call_output')) return undefined;
  addContent(parts, item['output']);
  return messageOf('tool', parts, asText(item['call_id']));
}

/** Calls that the caller answers; the provider's own (searches and the like) are its own affair. */
function toolCallOf(item: JsonObject): ToolCall | undefined {
  if (item['type'] !== 'function_call' && item['type'] !== 'custom_tool_call') return undefined;
  return {
    id: asText(item['call_id']) ?? asText(item['id']),
    name: asText(item['name']) ?? '',
    arguments: asJsonText(item['arguments'] ?? item['input']),
  };
}

function output(response: JsonObject): Output {
  const said = newParts();
  const thought = newParts();
  const refused = newParts();
  for (const item of objectsOf(response['output'])) {
    if (item['type'] === 'reasoning') {
      addContent(thought, item['summary']);
      addContent(thought, item['content']);
    } else if (item['type'] === 'message')
      for (const part of objectsOf(item['content'])) {
        if (part['type'] === 'refusal') addContent(refused, part['refusal']);
        else addContent(said, [part]);
      }
    const call = toolCallOf(item);
    if (call !== undefined) said.toolCalls.push(call);
  }
  return {
    text: said.texts.join(PART_SEPARATOR),
    reasoning: asText(thought.texts.join(PART_SEPARATOR)),
    refusal: asText(refused.texts.join(PART_SEPARATOR)),
    toolCalls: said.toolCalls,
  };
}
