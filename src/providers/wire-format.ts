/** Which wire format a call speaks: told by its path, else by the provider and the shape of its bodies. */
import type { Provider } from '../model/exchange.ts';
import { anthropicMessages } from './formats/anthropic-messages.ts';
import type { Format } from './formats/format.ts';
import { gemini } from './formats/gemini.ts';
import { openaiChat } from './formats/openai-chat.ts';
import { openaiCompletions } from './formats/openai-completions.ts';
import { openaiResponses } from './formats/openai-responses.ts';
import { plain, plainJson, storedAnswer } from './formats/plain.ts';
import { type JsonObject, asObject, objectsOf } from './json.ts';

/** Ends of paths, so that any base path may stand before them (`/v1`, `/openai/deployments/x`, `/api/paas/v4`). */
const BY_PATH: [RegExp, Format][] = [
  // Threads have messages too, and they are OpenAI's.
  [/\/threads(?:\/|$)/, storedAnswer],
  [/\/chat\/completions$/, openaiChat],
  [/\/completions$/, openaiCompletions],
  [/\/responses$/, openaiResponses],
  [/\/messages$/, anthropicMessages],
  [/:(?:stream)?(?:generateContent|GenerateContent)$/, gemini],
  [/\/(?:embeddings|moderations)$/, plainJson],
  [/\/(?:chat\/completions|responses|messages\/batches|batches|conversations|files)\/./, storedAnswer],
  [/\/(?:batches|conversations|files|models|count_tokens|input_tokens)$/, storedAnswer],
];

/** `request` is the JSON of the body, where it is an object; `response` finds that of the answer, or a stream's first event. */
export function chooseFormat(
  provider: Provider,
  path: string,
  request: JsonObject | undefined,
  response: () => JsonObject | undefined,
): Format {
  const bare = pathOf(path);
  for (const [pattern, format] of BY_PATH) if (pattern.test(bare)) return format;
  return byRequest(provider, request) ?? byResponse(response()) ?? plain;
}

function byRequest(provider: Provider, request: JsonObject | undefined): Format | undefined {
  if (request === undefined) return undefined;
  if (Array.isArray(request['messages']))
    return provider === 'anthropic' || request['anthropic_version'] !== undefined ? anthropicMessages : openaiChat;
  if (Array.isArray(request['contents'])) return gemini;
  return undefined;
}

function byResponse(response: JsonObject | undefined): Format | undefined {
  if (response === undefined) return undefined;
  const type = typeof response['type'] === 'string' ? response['type'] : '';
  if (response['object'] === 'response' || type.startsWith('response.')) return openaiResponses;
  if (type === 'message_start' || (type === 'message' && Array.isArray(response['content']))) return anthropicMessages;
  if (Array.isArray(response['candidates'])) return gemini;
  const choice = objectsOf(response['choices'])[0];
  if (asObject(choice?.['message'] ?? choice?.['delta']) !== undefined) return openaiChat;
  return choice !== undefined && typeof choice['text'] === 'string' ? openaiCompletions : undefined;
}

/** The path without its query. */
function pathOf(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}

/** The model that a path names: Gemini's `/models/{model}:method`, Azure's `/deployments/{name}/`; null elsewhere. */
export function modelOfPath(path: string): string | null {
  const match = /\/(?:models|tunedModels)\/([^/:?]+):|\/deployments\/([^/?]+)\//.exec(pathOf(path));
  const name = match?.[1] ?? match?.[2];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Whether the path itself asks for a stream (Gemini). */
export function isStreamPath(path: string): boolean {
  return pathOf(path).endsWith(':streamGenerateContent');
}
