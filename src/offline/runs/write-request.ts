/**
 * The request that asks a model for a datapoint's output, in the wire format of its upstream. Prompts are templates of the same
 * language as judges', over the datapoint's inputs; what a provider takes besides goes in `parameters` as it is.
 */
import { createHash } from 'node:crypto';
import {
  MissingVariable,
  parseTemplate,
  renderTemplate,
  type Template,
  TemplateError,
} from '../../evaluation/kinds/judge/template.ts';
import type { ChatMessage, DatapointContent } from '../../model/datapoint.ts';
import type { Provider } from '../../model/exchange.ts';
import type { ModelConfig } from '../../model/run.ts';

export interface ModelRequest {
  upstream: string;
  /** Behind the upstream's name. */
  path: string;
  headers: Record<string, string>;
  body: string;
  /** SHA-256 of upstream, path and body, hex: the same request has the same. */
  hash: string;
}

type Question = Pick<DatapointContent, 'inputs' | 'messages'>;

interface PromptMessage {
  role: string;
  template: Template;
}

/** What anthropic asks for where nothing is said. */
const ANTHROPIC_MOST_TOKENS = 4096;
const JSON_HEADERS = { 'content-type': 'application/json' };

/** What is wrong with a config; undefined where nothing is. */
export function configProblem(config: ModelConfig, upstreams: ReadonlyMap<string, Provider>): string | undefined {
  if (!upstreams.has(config.upstream))
    return `upstream: there is no "${config.upstream}"; there are ${[...upstreams.keys()].join(', ')}`;
  try {
    readPrompt(config);
  } catch (error) {
    if (error instanceof TemplateError) return `prompt: ${error.message}`;
    throw error;
  }
  return undefined;
}

/** Prepares a config for many datapoints. What it gives for one is its request, or why there is none. */
export function requestWriter(config: ModelConfig, provider: Provider): (datapoint: Question) => ModelRequest | string {
  const prompt = readPrompt(config);
  return (datapoint) => {
    let messages: ChatMessage[];
    try {
      messages = messagesOf(prompt, datapoint);
    } catch (error) {
      if (error instanceof MissingVariable) return `The datapoint has no ${error.variable}, which the prompt names.`;
      throw error;
    }
    if (messages.length === 0)
      return 'The datapoint has no messages, and the run has no prompt to make any of its inputs.';
    const { path, headers, body } = write(provider, config, messages);
    const text = JSON.stringify(body);
    const hash = createHash('sha256').update(`${config.upstream}\n${path}\n${text}`).digest('hex');
    return { upstream: config.upstream, path, headers, body: text, hash };
  };
}

function readPrompt({ prompt }: ModelConfig): PromptMessage[] {
  if (prompt === undefined) return [];
  const messages = typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  // `inputs.x` and, as Humanloop has it, plain `x`.
  return messages.map(({ role, content }) => ({ role, template: parseTemplate(content, 'free') }));
}

function messagesOf(prompt: readonly PromptMessage[], { inputs, messages }: Question): ChatMessage[] {
  const values = { ...inputs, inputs };
  const written = prompt.map(({ role, template }) => ({
    role,
    content: renderTemplate(template, values, (text) => text),
  }));
  return [...written, ...(messages ?? [])];
}

interface Written {
  path: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

function write(provider: Provider, config: ModelConfig, messages: ChatMessage[]): Written {
  if (provider === 'anthropic') return anthropic(config, messages);
  if (provider === 'gemini') return gemini(config, messages);
  const { model, temperature, maxTokens, seed, parameters, upstream } = config;
  const isOpenAi = provider === 'azure' || upstream === 'openai';
  return {
    path: provider === 'azure' ? '/openai/v1/chat/completions' : '/v1/chat/completions',
    headers: JSON_HEADERS,
    // Others that speak OpenAI's format know the older name of the limit only.
    body: given({
      model,
      messages,
      temperature,
      [isOpenAi ? 'max_completion_tokens' : 'max_tokens']: maxTokens,
      seed,
      ...parameters,
    }),
  };
}

function anthropic({ model, temperature, maxTokens, parameters }: ModelConfig, messages: ChatMessage[]): Written {
  const system = messages.filter(({ role }) => isSystem(role)).map(textOf);
  return {
    path: '/v1/messages',
    headers: { ...JSON_HEADERS, 'anthropic-version': '2023-06-01' },
    body: given({
      model,
      max_tokens: maxTokens ?? ANTHROPIC_MOST_TOKENS,
      system: system.length > 0 ? system.join('\n\n') : undefined,
      messages: messages.filter(({ role }) => !isSystem(role)),
      temperature,
      ...parameters,
    }),
  };
}

function gemini({ model, temperature, maxTokens, seed, parameters }: ModelConfig, messages: ChatMessage[]): Written {
  const system = messages.filter(({ role }) => isSystem(role)).map(textOf);
  const { generationConfig, ...rest } = parameters;
  return {
    path: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    headers: JSON_HEADERS,
    body: given({
      systemInstruction: system.length > 0 ? { parts: system.map((text) => ({ text })) } : undefined,
      contents: messages
        .filter(({ role }) => !isSystem(role))
        .map((message) => ({
          role: message.role === 'assistant' ? 'model' : 'user',
          parts: [{ text: textOf(message) }],
        })),
      generationConfig: given({
        temperature,
        maxOutputTokens: maxTokens,
        seed,
        ...(generationConfig as Record<string, unknown> | undefined),
      }),
      ...rest,
    }),
  };
}

function isSystem(role: string): boolean {
  return role === 'system' || role === 'developer';
}

/** The text of a message in OpenAI's shape; parts that are no text are left out. */
function textOf({ content }: ChatMessage): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (part as { text?: unknown } | null)?.text)
    .filter((text) => typeof text === 'string')
    .join('\n\n');
}

function given(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
