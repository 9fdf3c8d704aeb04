/** Gemini's generateContent and streamGenerateContent, on Google AI and on Vertex; both spellings of keys are read. */
import type { Message } from '../../model/message.ts';
import { type JsonObject, asJsonText, asObject, asText, copyOf, objectsOf, setKey } from '../json.ts';
import { readGeminiUsage } from '../usage.ts';
import { messageOf, newParts, PART_SEPARATOR, type Parts } from './content.ts';
import type { Assembler, BodyFacts, Format, Output } from './format.ts';

export const gemini: Format = { answersJson: true, assembler, facts, input, output, user: () => null };

function facts(response: JsonObject): BodyFacts {
  const blocked = asObject(response['promptFeedback'])?.['blockReason'];
  return {
    model: asText(response['modelVersion']),
    usage: readGeminiUsage(response['usageMetadata']),
    finishReason: asText(firstCandidate(response)?.['finishReason']) ?? asText(blocked),
    id: asText(response['responseId']),
  };
}

function firstCandidate(response: JsonObject): JsonObject | undefined {
  const candidates = objectsOf(response['candidates']);
  return candidates.find((one) => one['index'] === 0) ?? candidates[0];
}

function input(request: JsonObject): Message[] {
  const messages: Message[] = [];
  const system = contentOf(request['systemInstruction'] ?? request['system_instruction'], 'system');
  for (const message of system) messages.push({ ...message, role: 'system' });
  const contents = request['contents'] ?? request['content'];
  for (const content of Array.isArray(contents) ? contents : [contents]) messages.push(...contentOf(content, 'user'));
  return messages;
}

/** Results of functions become messages of their own, as everywhere else. */
function contentOf(content: unknown, role: string): Message[] {
  if (typeof content === 'string') return [{ role, text: content }];
  const object = asObject(content);
  if (object === undefined) return [];
  const parts = newParts();
  const results: Message[] = [];
  for (const part of objectsOf(object['parts'])) {
    const result = asObject(part['functionResponse'] ?? part['function_response']);
    if (result === undefined) addPart(parts, part);
    else {
      const text = asJsonText(result['response']);
      results.push(messageOf('tool', { ...newParts(), texts: [text] }, asText(result['id']) ?? asText(result['name'])));
    }
  }
  const empty = parts.texts.length + parts.toolCalls.length + parts.attachments.length === 0;
  if (empty && results.length > 0) return results;
  const named = asText(object['role']);
  return [...results, messageOf(named === 'model' ? 'assistant' : (named ?? role), parts)];
}

function addPart(parts: Parts, part: JsonObject): void {
  const text = asText(part['text']);
  if (text !== null) parts.texts.push(text);
  const call = asObject(part['functionCall'] ?? part['function_call']);
  if (call !== undefined)
    parts.toolCalls.push({
      id: asText(call['id']),
      name: asText(call['name']) ?? '',
      arguments: asJsonText(call['args']),
    });
  const file = asObject(part['inlineData'] ?? part['inline_data'] ?? part['fileData'] ?? part['file_data']);
  if (file === undefined) return;
  const kind = (asText(file['mimeType'] ?? file['mime_type']) ?? '').split('/')[0]!;
  parts.attachments.push(['image', 'audio', 'video'].includes(kind) ? kind : 'file');
}

function output(response: JsonObject): Output {
  const said = newParts();
  const thought = newParts();
  for (const part of objectsOf(asObject(firstCandidate(response)?.['content'])?.['parts']))
    addPart(part['thought'] === true ? thought : said, part);
  return {
    text: said.texts.join(PART_SEPARATOR),
    reasoning: asText(thought.texts.join(PART_SEPARATOR)),
    refusal: null,
    toolCalls: said.toolCalls,
  };
}

/** Every event is a whole answer with the newest parts: parts are appended, all else is replaced. */
function assembler(): Assembler {
  const body: JsonObject = {};
  const candidates = new Map<number, JsonObject>();

  return {
    accept(event) {
      let token = false;
      for (const key in event) if (key !== 'candidates') setKey(body, key, copyOf(event[key]));
      for (const piece of objectsOf(event['candidates'])) {
        const index = typeof piece['index'] === 'number' ? piece['index'] : 0;
        let candidate = candidates.get(index);
        if (candidate === undefined) candidates.set(index, (candidate = {}));
        if (mergeCandidate(candidate, piece)) token = true;
      }
      return token;
    },
    body() {
      if (candidates.size === 0) return body;
      return { ...body, candidates: [...candidates].sort(([a], [b]) => a - b).map(([, candidate]) => candidate) };
    },
  };
}

function mergeCandidate(candidate: JsonObject, piece: JsonObject): boolean {
  for (const key in piece) if (key !== 'content') setKey(candidate, key, copyOf(piece[key]));
  const content = asObject(piece['content']);
  if (content === undefined) return false;
  const held = (candidate['content'] ??= {}) as JsonObject;
  for (const key in content) if (key !== 'parts') setKey(held, key, copyOf(content[key]));
  const pieces = objectsOf(content['parts']);
  const parts = (held['parts'] ??= []) as JsonObject[];
  let token = false;
  for (const part of pieces) {
    if (part['text'] !== '') token = true;
    const last = parts.at(-1);
    if (last !== undefined && isPlainText(last) && isText(part) && last['thought'] === part['thought']) {
      const text = `${last['text'] as string}${part['text'] as string}`;
      for (const key in part) setKey(last, key, copyOf(part[key]));
      last['text'] = text;
    } else parts.push(copyOf(part));
  }
  return token;
}

function isText(part: JsonObject): boolean {
  return typeof part['text'] === 'string';
}

/** A part with a signature is closed: what follows belongs to another. */
function isPlainText(part: JsonObject): boolean {
  return isText(part) && part['thoughtSignature'] === undefined;
}
