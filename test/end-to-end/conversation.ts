/**
 * What the end-to-end tests of clients talk about: a simulated provider with one answer for each question, the same
 * bytes every time where the provider's format lets it.
 */
import { LLMock } from '@copilotkit/aimock';

export const MODEL = 'gpt-4o-mini';
export const CLAUDE = 'claude-opus-4-5';

export const HELLO = 'Hello, world! It is a fine day.';
export const ORDER = '{"item":"lamp","quantity":1}';
export const SUNNY = 'It is sunny in Paris.';
export const STORY = 'Once upon a time there was a model that could not stop talking. '.repeat(40);
/** By class, as the log has it; every answer costs this. */
export const USAGE = { inputTokens: 11, outputTokens: 7 };

/** Errors that providers answer with, and what asks for them. */
export const FAILURES = [
  { status: 400, code: 'invalid_value', type: 'invalid_request_error' },
  { status: 401, code: 'invalid_api_key', type: 'invalid_request_error' },
  { status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' },
  { status: 500, code: 'server_error', type: 'server_error' },
] as const;

export const ASK = {
  hello: 'Please say hello.',
  order: 'Give me the order as JSON.',
  weather: 'What is the weather in Paris?',
  story: 'Tell me a very long story.',
  secondTry: 'Does it work at the second try?',
  fail: (status: number): string => `Please fail with ${status}.`,
} as const;

const USAGE_ON_THE_WIRE = { prompt_tokens: 11, completion_tokens: 7, input_tokens: 11, output_tokens: 7 };

/** Starts on a free port of loopback. */
export async function startConversation(): Promise<LLMock> {
  const provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 1, chunkSize: 5, journalMaxEntries: 0 });
  const fixed = (id: string): object => ({ id, created: 1_700_000_000, usage: USAGE_ON_THE_WIRE });
  // The later question of a conversation comes first: its history holds the earlier one.
  provider.onToolResult('call_paris', { content: SUNNY, ...fixed('answer-sunny') });
  provider.onMessage(ASK.hello, { content: HELLO, ...fixed('answer-hello') });
  provider.onMessage(ASK.order, { content: ORDER, ...fixed('answer-order') });
  provider.onMessage(ASK.weather, {
    toolCalls: [{ id: 'call_paris', name: 'get_weather', arguments: '{"city":"Paris"}' }],
    ...fixed('answer-weather'),
  });
  provider.onMessage(ASK.story, { content: STORY, ...fixed('answer-story') }, { latency: 15, chunkSize: 8 });
  for (const { status, code, type } of FAILURES)
    provider.onMessage(ASK.fail(status), { error: { message: `It failed with ${status}.`, type, code }, status });
  provider.on(
    { userMessage: ASK.secondTry, sequenceIndex: 0 },
    { error: { message: 'Not yet.', type: 'server_error', code: 'overloaded' }, status: 503 },
  );
  provider.on({ userMessage: ASK.secondTry, sequenceIndex: 1 }, { content: HELLO, ...fixed('answer-second') });
  provider.onEmbedding('lamp', { embedding: [0.5, -0.25, 0.125] });
  await provider.start();
  return provider;
}

/** Without the ids that the provider makes up anew for each answer. */
export function withoutMadeUpIds<Value>(value: Value): Value {
  const text = JSON.stringify(value, (key, one: unknown) => (key === 'timestamp' ? undefined : one));
  return JSON.parse(text.replaceAll(/"(msg|fc|rs|resp|item)[-_][\w-]{6,}"/g, '"$1_made_up"')) as Value;
}
