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

export function writeRequest(
  provider: Provider,
  settings: ModelSettings,
  prompt: Prompt,
  scale: Scale,
  structured: boolean,
): WireRequest {
  const temperature = settings.temperature === undefined ? {} : { temperature: settings.temperature };
  if (provider === 'anthropic') return anthropic(settings, prompt, scale, structured, temperature);
  if (provider === 'gemini') return gemini(settings, prompt, scale, structured, temperature);
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
      messages: [
        { role: 'system', content: prompt.system },
        { role: 'user', content: prompt.user },
      ],
      ...temperature,
      [isOpenAi ? 'max_completion_tokens' : 'max_tokens']: settings.maxTokens,
      ...(structured ? { response_format: format } : {}),
    }),
  };
}

function anthropic(
  { model, maxTokens }: ModelSettings,
  prompt: Prompt,
  scale: Scale,
  structured: boolean,
  temperature: object,
): WireRequest {
  const tools = {
    tools: [{ name: TOOL, description: 'Gives the verdict.', input_schema: objectSchema(scale) }],
    tool_choice: { type: 'tool', name: TOOL },
  };
  return {
    path: '/v1/messages',
    headers: { ...JSON_HEADERS, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model,
      max_tokens: maxTokens,
      system: prompt.system,
      messages: [{ role: 'user', content: prompt.user }],
      ...temperature,
      ...(structured ? tools : {}),
    }),
  };
}

function gemini(
  { model, maxTokens }: ModelSettings,
  prompt: Prompt,
  scale: Scale,
  structured: boolean,
  temperature: object,
): WireRequest {
  const { additionalProperties: _unknownThere, ...schema } = objectSchema(scale);
  const format = {
    responseMimeType: 'application/json',
    responseSchema: { ...schema, propertyOrdering: ['reason', 'verdict'] },
  };
  return {
    path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    headers: JSON_HEADERS,
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: prompt.system }] },
      contents: [{ role: 'user', parts: [{ text: prompt.user }] }],
      generationConfig: { ...temperature, maxOutputTokens: maxTokens, ...(structured ? format : {}) },
    }),
  };
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
