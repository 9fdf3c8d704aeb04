/** OpenAI's legacy completions: a prompt in, a text out. */
import type { Message } from '../../model/message.ts';
import { type JsonObject, asText } from '../json.ts';
import { messageOf, newParts } from './content.ts';
import { type Format, NO_OUTPUT } from './format.ts';
import { chatFacts, firstChoice, user } from './openai-chat.ts';
import { completionsAssembler } from './openai-chat-stream.ts';

export const openaiCompletions: Format = {
  answersJson: true,
  assembler: completionsAssembler,
  facts: chatFacts,
  input: (request) => promptsOf(request['prompt']),
  output: (response: JsonObject) => ({ ...NO_OUTPUT, text: asText(firstChoice(response)?.['text']) ?? '' }),
  user,
};

/** A prompt or several, each as a message; prompts that are lists of tokens cannot be read. */
export function promptsOf(prompt: unknown): Message[] {
  const prompts = Array.isArray(prompt) ? (prompt as unknown[]) : [prompt];
  return prompts
    .filter((one) => typeof one === 'string')
    .map((text) => messageOf('user', { ...newParts(), texts: [text] }));
}
