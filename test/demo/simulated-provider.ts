/**
 * The far end of the demo: a local provider with prepared answers for a shop's assistant, so that nothing costs anything
 * and every run shows the same. What is asked of it stands in traffic.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChatCompletionRequest, LLMock } from '@copilotkit/aimock';

export const PROMPTS = {
  v1: 'You are the assistant of a shop. Extract the order as JSON and be friendly about it.',
  v2: 'You are the assistant of a shop. Answer with the order as JSON and nothing else.',
} as const;
export type PromptVersion = keyof typeof PROMPTS;

interface Answer {
  prompt?: PromptVersion;
  asked: string;
  text: string;
  tokens: [input: number, output: number];
  finishReason?: string;
}

/** A quick model's pace, so that the times in the demo mean something. */
const FIRST_TOKEN_MS = 40;
const TOKEN_MS = 2;

const ANSWERS: Answer[] = [
  {
    prompt: 'v1',
    asked: 'three blue mugs',
    text: 'Of course! Here is the order you asked for: {"item":"blue mug","quantity":3}. Anything else I can do?',
    tokens: [68, 34],
  },
  { prompt: 'v1', asked: 'one lamp', text: '{"item":"lamp","quantity":1}', tokens: [66, 12] },
  {
    prompt: 'v1',
    asked: 'a dozen plates',
    text: 'Gladly! A dozen plates is a lovely choice for a dinner with friends, and so I have noted {"item":"plate","quan',
    tokens: [67, 32],
    finishReason: 'length',
  },
  { prompt: 'v2', asked: 'three blue mugs', text: '{"item":"blue mug","quantity":3}', tokens: [64, 13] },
  { prompt: 'v2', asked: 'one lamp', text: '{"item":"lamp","quantity":1}', tokens: [62, 12] },
  { prompt: 'v2', asked: 'a dozen plates', text: '{"item":"plate","quantity":12}', tokens: [63, 12] },
  {
    prompt: 'v1',
    asked: 'opening hours',
    text: 'What a good question! We are open on Monday, Tuesday, Wednesday, Thursday and Friday from nine until six, and on Saturday from ten until four. On Sunday we rest.',
    tokens: [58, 38],
  },
  { prompt: 'v2', asked: 'opening hours', text: 'Monday to Friday 9 to 18, Saturday 10 to 16.', tokens: [54, 17] },
  {
    asked: 'password of another customer',
    text: "I can't help with that. Passwords of other customers are not mine to share.",
    tokens: [40, 17],
  },
  {
    asked: 'Whom do I write to',
    text: 'Write to orders@example.com, or call +44 20 7946 0958.',
    tokens: [38, 18],
  },
  {
    asked: 'history of tableware',
    text: 'Long before anybody thought of plates, people ate from bread. '.repeat(20),
    tokens: [36, 280],
  },
  { asked: 'Hello', text: 'Hello from the simulated provider.', tokens: [9, 7] },
];

/** Starts on a free port of loopback. */
export async function startSimulatedProvider(): Promise<LLMock> {
  const provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 12, chunkSize: 16 });
  provider.on({ predicate: isJudging }, async (request) => {
    await sleep(FIRST_TOKEN_MS);
    return { content: JSON.stringify(judged(request)), usage: usage([180, 24]) };
  });
  for (const { prompt, asked, text, tokens, finishReason } of ANSWERS)
    provider.on(
      { userMessage: asked, ...(prompt === undefined ? {} : { systemMessage: PROMPTS[prompt] }) },
      async () => {
        await sleep(FIRST_TOKEN_MS + tokens[1] * TOKEN_MS);
        return { content: text, usage: usage(tokens), ...(finishReason === undefined ? {} : { finishReason }) };
      },
    );
  provider.on(
    { userMessage: 'Where is parcel', predicate: (request) => promptOf(request) === 'v1' },
    // The tool wants `parcel`: an agent would fail one step later.
    { toolCalls: [{ name: 'track_parcel', arguments: '{"number":"P-77"}' }], usage: usage([95, 14]) },
  );
  provider.on(
    { userMessage: 'Where is parcel', predicate: (request) => promptOf(request) === 'v2' },
    { toolCalls: [{ name: 'track_parcel', arguments: '{"parcel":"P-77"}' }], usage: usage([91, 14]) },
  );
  provider.onMessage('too many', {
    error: { message: 'Rate limit reached for requests', type: 'requests', code: 'rate_limit_exceeded' },
    status: 429,
  });
  provider.onMessage('temperature of the sun', {
    error: { message: 'Invalid value for temperature: 5500', type: 'invalid_request_error', code: 'invalid_value' },
    status: 400,
  });
  await provider.start();
  return provider;
}

function usage([input, output]: [number, number]): { prompt_tokens: number; completion_tokens: number } {
  return { prompt_tokens: input, completion_tokens: output };
}

function promptOf({ messages }: ChatCompletionRequest): string | undefined {
  const system = messages.find(({ role }) => role === 'system')?.content;
  return Object.entries(PROMPTS).find(([, text]) => text === system)?.[0];
}

function isJudging({ messages }: ChatCompletionRequest): boolean {
  return messages.some(({ role, content }) => role === 'system' && textOf(content).startsWith('You are a judge.'));
}

/** As a model would put it that counts words. */
function judged({ messages }: ChatCompletionRequest): { reason: string; verdict: number } {
  const answer = textOf(messages.at(-1)!.content).split('Answer: ')[1]!;
  const words = answer
    .replaceAll(/<[^>]*>/g, '')
    .trim()
    .split(/\s+/).length;
  const verdict = words < 12 ? 5 : words < 20 ? 4 : 2;
  return { reason: `It takes ${words} ${words === 1 ? 'word' : 'words'} to say it.`, verdict };
}

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content);
}
