/** A judgment as each provider's wire format asks for it: structured where it can be had, else by the prompt alone. */
import type { Provider } from '../../../model/exchange.ts';
import type { Prompt } from './prompt.ts';
import { type Scale, schemaOf } from './scale.ts';

export interface ModelSettings {
  upstream: string;
  model: string;
  /** Not sent where absent: some models take none. */
  temperature?: number | undefined;
  maxTokens: number;
}

export interface WireRequest {
  path: string;
  headers: Record<string, string>;
  body: string;
}

const TOOL = 'give_verdict';
const JSON_HEADERS = { 'content-type': 'application/json' };

export interface Question {
  settings: ModelSettings;
  prompt: Prompt;
  scale: Scale;
  /** Whether the verdict's shape is asked for by the provider's own means, too. */
  structured: boolean;
}

export function writeRequest(provider: Provider, question: Question): WireRequest {
  if (provider === 'anthropic') return anthropic(question);
  if (provider === 'gemini') return gemini(question);
  return openAi(provider, question);
}

function openAi(provider: Provider, { settings, prompt, scale, structured }: Question): WireRequest {
  // Others that speak OpenAI's format know the older name only.
  const isOpenAi = provider === 'azure' || settings.upstream === 'openai';
  const format = {
    type: 'json_schema',
    json_schema: { name: TOOL, strict: true, schema: objectSchema(scale) },
  };
  return {
    path: provider === 'azure' ? '/openai/v1/chat/completions' : '/v1/chat/completions',
    headers: JSON_HEADERS,
    body: JSON.stringify({
      model: settings.model,
      messages: [{ role: 'system', content: prompt.system }, ...prompt.messages],
      ...temperatureOf(settings),
      [isOpenAi ? 'max_completion_tokens' : 'max_tokens']: settings.maxTokens,
      ...(structured ? { response_format: format } : {}),
    }),
  };
}

function anthropic({ settings, prompt, scale, structured }: Question): WireRequest {
  const tools = {
    tools: [{ name: TOOL, description: 'Gives the verdict.', input_schema: objectSchema(scale) }],
    tool_choice: { type: 'tool', name: TOOL },
  };
  return {
    path: '/v1/messages',
    headers: { ...JSON_HEADERS, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model: settings.model,
      max_tokens: settings.maxTokens,
      system: prompt.system,
      messages: prompt.messages,
      ...temperatureOf(settings),
      ...(structured ? tools : {}),
    }),
  };
}

function gemini({ settings, prompt, scale, structured }: Question): WireRequest {
  const { additionalProperties: _unknownThere, ...schema } = objectSchema(scale);
  const format = {
    responseMimeType: 'application/json',
    responseSchema: { ...schema, propertyOrdering: ['reason', 'verdict'] },
  };
  return {
    path: `/v1beta/models/${encodeURIComponent(settings.model)}:generateContent`,
    headers: JSON_HEADERS,
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: prompt.system }] },
      contents: prompt.messages.map(({ role, content }) => ({
        role: role === 'assistant' ? 'model' : role,
        parts: [{ text: content }],
      })),
      generationConfig: {
        ...temperatureOf(settings),
        maxOutputTokens: settings.maxTokens,
        ...(structured ? format : {}),
      },
    }),
  };
}

function temperatureOf({ temperature }: ModelSettings): { temperature?: number } {
  return temperature === undefined ? {} : { temperature };
}

/** The reason comes first: a verdict that is written before its reason is not led to by it. */
function objectSchema(scale: Scale): Record<string, unknown> {
  return {
    type: 'object',
    properties: { reason: { type: 'string' }, verdict: schemaOf(scale) },
    required: ['reason', 'verdict'],
    additionalProperties: false,
  };
}
