/**
 * Everything else: embeddings, images, speech, transcriptions, moderations and what is not known here. Bodies are kept
 * as they are; usage, id and model are read where they stand in the usual places.
 */
import type { Message } from '../../model/message.ts';
import { type JsonObject, asText, copyOf } from '../json.ts';
import { readUsage } from '../usage.ts';
import { messageOf, newParts } from './content.ts';
import { type Assembler, type BodyFacts, type Format, NO_OUTPUT, type Output } from './format.ts';
import { user } from './openai-chat.ts';
import { promptsOf } from './openai-completions.ts';

export const plain: Format = { answersJson: false, assembler, facts, input, output, user };

/** Embeddings and moderations: as above, but what is not JSON is an error. */
export const plainJson: Format = { ...plain, answersJson: true };

/** What was made by an earlier call and is only looked at: its usage was counted then. */
export const storedAnswer: Format = {
  ...plain,
  facts: (response) => ({ ...facts(response), usage: null }),
  output: () => NO_OUTPUT,
};

function facts(response: JsonObject): BodyFacts {
  return {
    model: asText(response['model']),
    usage: readUsage(response['usage']),
    finishReason: null,
    id: asText(response['id']),
  };
}

function input(request: JsonObject): Message[] {
  const instructions = asText(request['instructions']);
  const messages = instructions === null ? [] : [messageOf('system', { ...newParts(), texts: [instructions] })];
  return [...messages, ...promptsOf(request['input'] ?? request['prompt'])];
}

/** Transcriptions answer `{ text }`. */
function output(response: JsonObject): Output {
  return { ...NO_OUTPUT, text: asText(response['text']) ?? '' };
}

/**
 * The last event of a transcription, a speech or an image has all but the pieces before it (`transcript.text.done`,
 * `image_generation.completed`). Where none came, the text is put together; events without a type are kept as a list.
 */
function assembler(): Assembler {
  const events: JsonObject[] = [];
  let whole: JsonObject | undefined;
  let text: string | undefined;
  let error: unknown;

  return {
    accept(event, name) {
      const type = asText(event['type']) ?? name ?? '';
      if (type === 'error' || event['error'] !== undefined) error = copyOf(event['error'] ?? event);
      if (/\.(done|completed)$/.test(type)) {
        const { type: _, ...rest } = copyOf(event);
        whole = rest;
        return false;
      }
      const piece = type.endsWith('.delta') ? asText(event['delta']) : null;
      if (piece !== null) text = (text ?? '') + piece;
      else events.push(copyOf(event));
      return piece !== null;
    },
    body() {
      const body = whole ?? (text === undefined ? undefined : { text });
      if (body === undefined) return error !== undefined && events.length === 1 ? { error } : events;
      return error === undefined ? body : { ...body, error };
    },
  };
}
