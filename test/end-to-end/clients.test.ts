import { randomUUID } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import type { LLMock } from '@copilotkit/aimock';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ASK,
  CLAUDE,
  FAILURES,
  HELLO,
  MODEL,
  ORDER,
  startConversation,
  STORY,
  SUNNY,
  USAGE,
  withoutMadeUpIds,
} from './conversation.ts';
import { type Row, type RunningGateway, scoresOf, startRunningGateway } from './running-gateway.ts';

let provider: LLMock;
let gateway: RunningGateway;

beforeAll(async () => {
  provider = await startConversation();
  gateway = await startRunningGateway({
    GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
    GRADEWAY_UPSTREAM_ANTHROPIC_URL: provider.url,
    // Nothing listens on port 9 of loopback, or what does is not HTTP.
    GRADEWAY_UPSTREAM_NOWHERE_URL: 'http://127.0.0.1:9',
  });
});
afterAll(async () => {
  await gateway?.close();
  await provider?.stop();
});

/** Where a client is pointed, and the headers it is to send along. */
interface Place {
  base: string;
  headers: Record<string, string>;
}
type Ask = (place: Place) => Promise<unknown>;

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

/** Asks the provider itself and through the gateway: both must give the same. Answers the log. */
async function askBoth(ask: Ask, path = ''): Promise<{ row: Row; answer: unknown }> {
  const requestId = randomUUID();
  const direct = withoutMadeUpIds(await ask({ base: provider.url, headers: {} }));
  const answer = withoutMadeUpIds(await ask({ base: gateway.url + path, headers: directives(requestId) }));
  expect(answer).toEqual(direct);
  const { headers } = provider.getLastRequest()!;
  expect(Object.keys(headers).filter((name) => /^(helicone|gradeway)-/i.test(name))).toEqual([]);
  const row = await gateway.evaluated(requestId);
  expect(row.properties).toMatchObject({ suite: 'clients', environment: 'test' });
  expect(row.gradeway.log).toMatchObject({ userId: 'ada', sessionId: 'session-1', requestId });
  expect(row.gradeway.evaluations.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
  return { row, answer };
}

function directives(requestId: string): Record<string, string> {
  return {
    'Helicone-Request-Id': requestId,
    'Helicone-Property-Suite': 'clients',
    'Helicone-Property-Environment': 'test',
    'Helicone-User-Id': 'ada',
    'Helicone-Session-Id': 'session-1',
  };
}

/** What an error looks like to a program that catches it. */
async function failureOf(work: () => PromiseLike<unknown>): Promise<Record<string, unknown>> {
  try {
    await work();
  } catch (error) {
    const { constructor, status, statusCode, code, type, message } = error as Record<string, unknown> & Error;
    return { class: constructor.name, status: status ?? statusCode, code, type, message };
  }
  throw new Error('It did not fail');
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const USED = { usage: expect.objectContaining({ ...USAGE, estimated: false }) as unknown };

describe('the openai client', () => {
  const openai = ({ base, headers }: Place, maxRetries = 0): OpenAI =>
    new OpenAI({ baseURL: `${base}/v1`, apiKey: 'sk-of-the-client', maxRetries, defaultHeaders: headers });
  const say = (content: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
    model: MODEL,
    messages: [{ role: 'user', content }],
  });

  it('gets a chat completion as JSON', async () => {
    const { row } = await askBoth((place) => openai(place).chat.completions.create(say(ASK.hello)));
    expect(row.gradeway.log).toMatchObject({
      ...USED,
      model: MODEL,
      status: 200,
      ending: 'ended',
      stream: false,
      finishReason: 'stop',
      providerResponseId: 'answer-hello',
      input: [{ role: 'user', text: ASK.hello }],
      output: { text: HELLO },
    });
    expect(row.gradeway.log.costUsd).toBeGreaterThan(0);
    expect(row.request_body).toEqual(say(ASK.hello));
    expect(scoresOf(row)).toMatchObject({ finished: true, refusal: false, 'output-length': HELLO.length });
    expect(JSON.stringify(row)).not.toContain('sk-of-the-client');
  });

  it('gets a stream, which is logged as the body that the same call without streaming would have given', async () => {
    const { row } = await askBoth(async (place) =>
      collect(
        await openai(place).chat.completions.create({
          ...say(ASK.hello),
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
    );
    const { row: whole } = await askBoth((place) => openai(place).chat.completions.create(say(ASK.hello)));
    expect(row.gradeway.log).toMatchObject({ ...USED, stream: true, model: MODEL, finishReason: 'stop' });
    expect(row.gradeway.log.firstTokenMs).toBeGreaterThan(0);
    // This provider's streams leave out the `refusal: null` that its whole answers have.
    const { refusal, ...message } = (whole.response_body as OpenAI.ChatCompletion).choices[0]!.message;
    expect(refusal).toBeNull();
    expect(row.response_body).toEqual({
      ...(whole.response_body as OpenAI.ChatCompletion),
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
    });
    expect(scoresOf(row)).toMatchObject({ finished: true, 'output-length': HELLO.length });
  });

  it('gets a stream without usage, whose tokens are logged as estimated', async () => {
    const { row, answer } = await askBoth(async (place) =>
      collect(await openai(place).chat.completions.create({ ...say(ASK.hello), stream: true })),
    );
    expect((answer as OpenAI.ChatCompletionChunk[]).some(({ usage }) => usage)).toBe(false);
    expect(row.gradeway.log.usage).toMatchObject({ estimated: true });
    expect(row.gradeway.log.usage!.outputTokens).toBeGreaterThan(0);
  });

  it('gets an answer in the shape of a schema', async () => {
    const schema = { type: 'object', properties: { item: { type: 'string' } }, required: ['item'] };
    const { row } = await askBoth((place) =>
      openai(place).chat.completions.create({
        ...say(ASK.order),
        response_format: { type: 'json_schema', json_schema: { name: 'order', schema } },
      }),
    );
    expect(row.gradeway.log.output.text).toBe(ORDER);
    expect(scoresOf(row)).toMatchObject({ 'json-valid': true });
  });

  it.each([{ stream: false }, { stream: true }])('gets tool calls (stream: $stream)', async ({ stream }) => {
    const { row } = await askBoth(async (place) => {
      const answer = await openai(place).chat.completions.create({ ...say(ASK.weather), tools, stream });
      return Symbol.asyncIterator in answer ? collect(answer) : answer;
    });
    expect(row.gradeway.log).toMatchObject({
      stream,
      finishReason: 'tool_calls',
      toolCalls: [{ id: 'call_paris', name: 'get_weather', arguments: '{"city":"Paris"}' }],
    });
    expect(row.response_body).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { tool_calls: [{ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }] } }],
    });
    expect(scoresOf(row)).toMatchObject({ 'tool-calls-valid': true });
  });

  it('gets the final message of its own stream runner', async () => {
    const { row } = await askBoth((place) =>
      openai(place)
        .chat.completions.stream({ ...say(ASK.hello), stream: true })
        .finalMessage(),
    );
    expect(row.gradeway.log.output.text).toBe(HELLO);
  });

  it.each([{ stream: false }, { stream: true }])(
    'gets a response of the responses API (stream: $stream)',
    async ({ stream }) => {
      const { row } = await askBoth(async (place) => {
        const answer = await openai(place).responses.create({ model: MODEL, input: ASK.hello, stream });
        return Symbol.asyncIterator in answer ? collect(answer) : answer;
      });
      expect(row.gradeway.log).toMatchObject({ ...USED, stream, model: MODEL, output: { text: HELLO } });
      expect(row.response_body).toMatchObject({ object: 'response', status: 'completed' });
      expect(scoresOf(row)).toMatchObject({ finished: true });
    },
  );

  it('gets embeddings', async () => {
    const { row, answer } = await askBoth((place) =>
      openai(place).embeddings.create({ model: 'text-embedding-3-small', input: 'lamp' }),
    );
    expect((answer as OpenAI.CreateEmbeddingResponse).data[0]!.embedding).toEqual([0.5, -0.25, 0.125]);
    expect(row.gradeway.log).toMatchObject({ model: 'text-embedding-3-small', path: '/v1/embeddings', status: 200 });
  });

  it('gets the list of models', async () => {
    const { row } = await askBoth(async (place) => (await openai(place).models.list()).data);
    expect(row.gradeway.log).toMatchObject({ method: 'GET', path: '/v1/models', status: 200, model: null });
  });

  it('reads the request id and the status from the headers, and without an id of its own gets one', async () => {
    const { response } = await openai({ base: gateway.url, headers: {} })
      .chat.completions.create(say(ASK.hello))
      .withResponse();
    const id = response.headers.get('helicone-id')!;
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
    expect(Object.fromEntries(response.headers)).toMatchObject({ 'gradeway-id': id, 'helicone-status': 'success' });
    expect((await gateway.logOf(id)).request_id).toBe(id);
  });

  it.each(FAILURES)('throws for $status what it throws without the gateway', async ({ status, code }) => {
    const { row, answer } = await askBoth((place) =>
      failureOf(() => openai(place).chat.completions.create(say(ASK.fail(status)))),
    );
    expect(answer).toMatchObject({
      status,
      code,
      message: expect.stringContaining(`It failed with ${status}.`) as unknown,
    });
    expect(row.gradeway.log).toMatchObject({ status, ending: 'ended', errorCode: null, usage: null, costUsd: null });
    expect(row.response_body).toMatchObject({ error: { code } });
    const { pii, ...others } = scoresOf(row);
    expect({ pii, others }).toEqual({ pii: false, others: {} });
  });

  it('throws an error with our code where the upstream cannot be reached', async () => {
    const requestId = randomUUID();
    const place = { base: `${gateway.url}/nowhere`, headers: directives(requestId) };
    const error = await failureOf(() => openai(place).chat.completions.create(say(ASK.hello)));
    expect(error).toMatchObject({ class: 'InternalServerError', status: 502, code: 'upstream_unreachable' });
    const row = await gateway.evaluated(requestId);
    expect(row.gradeway.log).toMatchObject({
      upstream: 'nowhere',
      status: 502,
      ending: 'upstream_aborted',
      errorCode: 'upstream_unreachable',
    });
  });

  it('tries again by itself, and each try is a log of its own', async () => {
    const requestId = randomUUID();
    const client = openai({ base: gateway.url, headers: directives(requestId) }, 2);
    const answer = await client.chat.completions.create(say(ASK.secondTry));
    expect(answer.choices[0]!.message.content).toBe(HELLO);
    const row = await gateway.evaluated(requestId);
    expect(row.gradeway).toMatchObject({ logsWithRequestId: 2, log: { status: 200 } });
  });

  it('hangs up in the middle of a stream, which is logged as far as it came', async () => {
    const requestId = randomUUID();
    const stream = await openai({ base: gateway.url, headers: directives(requestId) }).chat.completions.create({
      ...say(ASK.story),
      stream: true,
    });
    let seen = '';
    for await (const chunk of stream) {
      seen += chunk.choices[0]?.delta.content ?? '';
      if (seen.length > 40) break;
    }
    stream.controller.abort();
    expect(cutShort(await gateway.evaluated(requestId), seen)).toEqual(CUT_SHORT);
  });
});

/** What is to be true of a log whose client went away after it had seen this much. */
function cutShort(row: Row, seen: string): Record<string, unknown> {
  const { ending, status, output } = row.gradeway.log;
  return {
    ending,
    status,
    statusOnTheWire: row.response_status,
    holdsWhatWasSeen: output.text.startsWith(seen),
    isWhole: output.text.length >= STORY.length,
    finished: scoresOf(row)['finished'],
  };
}

const CUT_SHORT = {
  ending: 'client_aborted',
  status: 200,
  statusOnTheWire: -3,
  holdsWhatWasSeen: true,
  isWhole: false,
  finished: false,
};

describe('the Anthropic client', () => {
  const anthropic = ({ base, headers }: Place): Anthropic =>
    new Anthropic({ baseURL: base, apiKey: 'sk-ant-of-the-client', maxRetries: 0, defaultHeaders: headers });
  const say = (content: string): Anthropic.MessageCreateParamsNonStreaming => ({
    model: CLAUDE,
    max_tokens: 1000,
    messages: [{ role: 'user', content }],
  });
  const weather: Anthropic.Tool = {
    name: 'get_weather',
    input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  };

  it('gets a message', async () => {
    const { row } = await askBoth((place) => anthropic(place).messages.create(say(ASK.hello)), '/anthropic');
    expect(row.gradeway.log).toMatchObject({
      ...USED,
      upstream: 'anthropic',
      provider: 'anthropic',
      path: '/v1/messages',
      model: CLAUDE,
      finishReason: 'end_turn',
      input: [{ role: 'user', text: ASK.hello }],
      output: { text: HELLO },
    });
    expect(row.gradeway.log.costUsd).toBeGreaterThan(0);
    expect(scoresOf(row)).toMatchObject({ finished: true, 'output-length': HELLO.length });
    expect(JSON.stringify(row)).not.toContain('sk-ant-of-the-client');
  });

  it('gets a stream, which is logged as the message that it amounts to', async () => {
    const { row } = await askBoth((place) => collect(anthropic(place).messages.stream(say(ASK.hello))), '/anthropic');
    const { row: whole } = await askBoth((place) => anthropic(place).messages.create(say(ASK.hello)), '/anthropic');
    expect(row.gradeway.log).toMatchObject({ ...USED, stream: true, model: CLAUDE, finishReason: 'end_turn' });
    expect(withoutMadeUpIds(row.response_body)).toEqual(withoutMadeUpIds(whole.response_body));
  });

  it.each([{ stream: false }, { stream: true }])('gets tool calls (stream: $stream)', async ({ stream }) => {
    const request = { ...say(ASK.weather), tools: [weather] };
    const { row } = await askBoth(
      (place) =>
        stream ? anthropic(place).messages.stream(request).finalMessage() : anthropic(place).messages.create(request),
      '/anthropic',
    );
    expect(row.gradeway.log).toMatchObject({ stream, finishReason: 'tool_use' });
    expect(row.gradeway.log.toolCalls.map(({ name, arguments: given }) => [name, JSON.parse(given)])).toEqual([
      ['get_weather', { city: 'Paris' }],
    ]);
    expect(scoresOf(row)).toMatchObject({ 'tool-calls-valid': true, finished: true });
  });

  it.each(FAILURES)('throws for $status what it throws without the gateway', async ({ status }) => {
    const { row, answer } = await askBoth(
      (place) => failureOf(() => anthropic(place).messages.create(say(ASK.fail(status)))),
      '/anthropic',
    );
    expect(answer).toMatchObject({ status });
    expect(row.gradeway.log).toMatchObject({ status, ending: 'ended', errorCode: null });
  });

  it('hangs up in the middle of a stream, which is logged as far as it came', async () => {
    const requestId = randomUUID();
    const stream = anthropic({ base: `${gateway.url}/anthropic`, headers: directives(requestId) }).messages.stream(
      say(ASK.story),
    );
    let seen = '';
    for await (const event of stream) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') seen += event.delta.text;
      if (seen.length > 40) break;
    }
    stream.abort();
    expect(cutShort(await gateway.evaluated(requestId), seen)).toEqual(CUT_SHORT);
  });
});

describe('the AI SDK', () => {
  const openai = ({ base, headers }: Place): ReturnType<typeof createOpenAI> =>
    createOpenAI({ baseURL: `${base}/v1`, apiKey: 'sk-of-the-client', headers });
  const getWeather = tool({
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => Promise.resolve(`sunny in ${city}`),
  });

  it.each([
    { api: 'chat', path: '/v1/chat/completions' },
    { api: 'responses', path: '/v1/responses' },
  ] as const)('generates a text over $path', async ({ api, path }) => {
    const { row, answer } = await askBoth(async (place) => {
      const { text, finishReason, usage } = await generateText({
        model: openai(place)[api](MODEL),
        prompt: ASK.hello,
        maxRetries: 0,
      });
      return { text, finishReason, usage };
    });
    expect(answer).toMatchObject({ text: HELLO, finishReason: 'stop' });
    expect(row.gradeway.log).toMatchObject({ ...USED, path, model: MODEL, output: { text: HELLO } });
    expect(scoresOf(row)).toMatchObject({ finished: true });
  });

  it.each(['chat', 'responses'] as const)('streams a text over %s', async (api) => {
    const { row, answer } = await askBoth(async (place) => {
      const result = streamText({ model: openai(place)[api](MODEL), prompt: ASK.hello, maxRetries: 0 });
      return { pieces: await collect(result.textStream), usage: await result.usage };
    });
    expect((answer as { pieces: string[] }).pieces.length).toBeGreaterThan(1);
    expect(row.gradeway.log).toMatchObject({ ...USED, stream: true, model: MODEL, output: { text: HELLO } });
  });

  it('calls a tool and goes on with its answer, which are two logs', async () => {
    const { row, answer } = await askBoth(async (place) => {
      const { text, steps } = await generateText({
        model: openai(place).chat(MODEL),
        prompt: ASK.weather,
        tools: { get_weather: getWeather },
        stopWhen: stepCountIs(3),
        maxRetries: 0,
      });
      return { text, calls: steps.map(({ toolCalls }) => toolCalls.map(({ toolName, input }) => [toolName, input])) };
    });
    expect(answer).toEqual({ text: SUNNY, calls: [[['get_weather', { city: 'Paris' }]], []] });
    expect(row.gradeway.logsWithRequestId).toBe(2);
    expect(row.gradeway.log.input.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(row.gradeway.log.input[2]).toMatchObject({ toolCallId: 'call_paris', text: 'sunny in Paris' });
  });

  it.each(FAILURES)('throws for $status what it throws without the gateway', async ({ status }) => {
    const { row } = await askBoth((place) =>
      failureOf(() => generateText({ model: openai(place).chat(MODEL), prompt: ASK.fail(status), maxRetries: 0 })),
    );
    expect(row.gradeway.log.status).toBe(status);
  });

  it('hangs up in the middle of a stream, which is logged as far as it came', async () => {
    const requestId = randomUUID();
    const abort = new AbortController();
    const { textStream } = streamText({
      model: openai({ base: gateway.url, headers: directives(requestId) }).chat(MODEL),
      prompt: ASK.story,
      abortSignal: abort.signal,
      maxRetries: 0,
    });
    let seen = '';
    for await (const piece of textStream) {
      seen += piece;
      if (seen.length > 40) break;
    }
    abort.abort();
    expect(cutShort(await gateway.evaluated(requestId), seen)).toEqual(CUT_SHORT);
  });
});

describe('LangChain', () => {
  const chat = ({ base, headers }: Place): ChatOpenAI =>
    new ChatOpenAI({
      model: MODEL,
      apiKey: 'sk-of-the-client',
      maxRetries: 0,
      configuration: { baseURL: `${base}/v1`, defaultHeaders: headers },
    });

  it('invokes a model', async () => {
    const { row } = await askBoth(async (place) => {
      const { text, usage_metadata: usage } = await chat(place).invoke(ASK.hello);
      return { text, usage };
    });
    expect(row.gradeway.log).toMatchObject({ ...USED, model: MODEL, stream: false, output: { text: HELLO } });
    expect(scoresOf(row)).toMatchObject({ finished: true });
  });

  it('streams a model', async () => {
    const { row, answer } = await askBoth(async (place) =>
      (await collect(await chat(place).stream(ASK.hello))).map(({ text }) => text),
    );
    expect((answer as string[]).join('')).toBe(HELLO);
    expect(row.gradeway.log).toMatchObject({ ...USED, model: MODEL, stream: true, output: { text: HELLO } });
  });

  it('binds tools', async () => {
    const { row, answer } = await askBoth(
      async (place) => (await chat(place).bindTools(tools).invoke(ASK.weather)).tool_calls,
    );
    expect(answer).toMatchObject([{ name: 'get_weather', args: { city: 'Paris' } }]);
    expect(scoresOf(row)).toMatchObject({ 'tool-calls-valid': true });
  });

  it.each(FAILURES)('throws for $status what it throws without the gateway', async ({ status }) => {
    const { row } = await askBoth((place) => failureOf(() => chat(place).invoke(ASK.fail(status))));
    expect(row.gradeway.log.status).toBe(status);
  });

  it('hangs up in the middle of a stream, which is logged as far as it came', async () => {
    const requestId = randomUUID();
    const abort = new AbortController();
    const stream = await chat({ base: gateway.url, headers: directives(requestId) }).stream(ASK.story, {
      signal: abort.signal,
    });
    let seen = '';
    for await (const { text } of stream) {
      seen += text;
      if (seen.length > 40) break;
    }
    abort.abort();
    expect(cutShort(await gateway.evaluated(requestId), seen)).toEqual(CUT_SHORT);
  });
});
