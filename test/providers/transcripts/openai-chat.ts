/** OpenAI's chat completions, and what compatible providers make of them. */
import { callOf, events, NO_CLASSES, type Transcript } from './transcript.ts';

const PATH = '/v1/chat/completions';
const QUESTION = {
  model: 'gpt-4o-mini',
  user: 'customer-7',
  messages: [
    { role: 'system', content: 'Answer briefly.' },
    { role: 'user', content: 'Capital of France?' },
  ],
};
const STREAMED = { ...QUESTION, stream: true, stream_options: { include_usage: true } };
const INPUT = [
  { role: 'system', text: 'Answer briefly.' },
  { role: 'user', text: 'Capital of France?' },
];
const HEAD = {
  id: 'chatcmpl-C1a2B3',
  created: 1753900000,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  system_fingerprint: 'fp_06737a9306',
};
const USAGE = {
  prompt_tokens: 20,
  completion_tokens: 7,
  total_tokens: 27,
  prompt_tokens_details: { cached_tokens: 16, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 2, audio_tokens: 0 },
};
const READ_USAGE = { ...NO_CLASSES, inputTokens: 20, cachedInputTokens: 16, outputTokens: 7, reasoningTokens: 2 };
const chunk = (delta: unknown, finish: string | null = null, more: object = {}): object => ({
  ...HEAD,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  usage: null,
  obfuscation: 'Xk3'.repeat(1 + (JSON.stringify(delta).length % 3)),
  ...more,
});
const usageChunk = { ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE };
const whole = (message: object, finish: string, more: object = {}): object => ({
  ...HEAD,
  object: 'chat.completion',
  choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
  usage: USAGE,
  ...more,
});
const FACTS = {
  modelAsked: 'gpt-4o-mini',
  modelAnswered: HEAD.model,
  providerResponseId: HEAD.id,
  usage: READ_USAGE,
  user: 'customer-7',
  parseError: null,
  input: INPUT,
};
const TOOL_CALLS = [
  { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
  { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{"zone":"CET"}' } },
];

export const openaiChatTranscripts: Transcript[] = [
  {
    name: 'a chat completion',
    call: callOf({
      path: PATH,
      request: QUESTION,
      response: whole({ role: 'assistant', content: 'Paris.', refusal: null }, 'stop'),
    }),
    expected: {
      ...FACTS,
      stream: false,
      finishReason: 'stop',
      output: { text: 'Paris.', reasoning: null, refusal: null },
      toolCalls: [],
      responseBody: whole({ role: 'assistant', content: 'Paris.', refusal: null }, 'stop'),
    },
  },
  {
    name: 'a chat stream',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', content: '', refusal: null }),
        ...['Par', 'is', ' is', ' the', ' \u{1f5fc} "capital"', '\n', 'of', ' la', ' Fran\u00e7aise', '.'].map(
          (content) => chunk({ content }),
        ),
        chunk({}, 'stop'),
        usageChunk,
      ),
    }),
    expected: {
      ...FACTS,
      stream: true,
      finishReason: 'stop',
      output: { text: 'Paris is the \u{1f5fc} "capital"\nof la Fran\u00e7aise.', reasoning: null, refusal: null },
      responseBody: whole(
        { role: 'assistant', content: 'Paris is the \u{1f5fc} "capital"\nof la Fran\u00e7aise.', refusal: null },
        'stop',
      ),
    },
  },
  {
    name: 'a chat stream of tool calls, interleaved',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        chunk({
          role: 'assistant',
          content: null,
          tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"ci' } }] }),
        chunk({
          tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '' } }],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: 'ty":"Paris"}' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '{"zone":' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '"CET"}' } }] }),
        chunk({}, 'tool_calls'),
        usageChunk,
      ),
    }),
    expected: {
      ...FACTS,
      finishReason: 'tool_calls',
      output: { text: '', reasoning: null, refusal: null },
      toolCalls: [
        { id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' },
        { id: 'call_2', name: 'get_time', arguments: '{"zone":"CET"}' },
      ],
      responseBody: whole({ role: 'assistant', content: null, tool_calls: TOOL_CALLS }, 'tool_calls'),
    },
  },
  {
    name: 'a chat stream whose tool calls all have index 0 and their own ids',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        ...TOOL_CALLS.map((call) => chunk({ role: 'assistant', content: null, tool_calls: [{ index: 0, ...call }] })),
        chunk({}, 'tool_calls'),
        usageChunk,
      ),
    }),
    expected: { responseBody: whole({ role: 'assistant', content: null, tool_calls: TOOL_CALLS }, 'tool_calls') },
  },
  {
    name: 'a chat stream with a legacy function call',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', content: null, function_call: { name: 'get_weather', arguments: '' } }),
        chunk({ function_call: { arguments: '{"city":' } }),
        chunk({ function_call: { arguments: '"Paris"}' } }),
        chunk({}, 'function_call'),
        usageChunk,
      ),
    }),
    expected: {
      finishReason: 'function_call',
      toolCalls: [{ id: null, name: 'get_weather', arguments: '{"city":"Paris"}' }],
      responseBody: whole(
        { role: 'assistant', content: null, function_call: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
        'function_call',
      ),
    },
  },
  {
    name: 'a chat stream that refuses',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', content: null, refusal: '' }),
        chunk({ refusal: "I'm sorry, " }),
        chunk({ refusal: 'no.' }),
        chunk({}, 'stop'),
        usageChunk,
      ),
    }),
    expected: {
      output: { text: '', reasoning: null, refusal: "I'm sorry, no." },
      responseBody: whole({ role: 'assistant', content: null, refusal: "I'm sorry, no." }, 'stop'),
    },
  },
  {
    name: 'a chat stream with reasoning_content (DeepSeek)',
    call: callOf({
      path: '/chat/completions',
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', content: null, reasoning_content: '' }),
        chunk({ content: null, reasoning_content: 'France, ' }),
        chunk({ content: null, reasoning_content: 'easy.' }),
        chunk({ content: 'Par', reasoning_content: null }),
        chunk({ content: 'is', reasoning_content: null }),
        chunk({ content: '' }, 'stop', { usage: USAGE }),
      ),
    }),
    expected: {
      ...FACTS,
      output: { text: 'Paris', reasoning: 'France, easy.', refusal: null },
      responseBody: whole({ role: 'assistant', content: 'Paris', reasoning_content: 'France, easy.' }, 'stop'),
    },
  },
  {
    name: 'a chat stream with reasoning details and a reported cost (OpenRouter)',
    call: callOf({
      path: '/v1/chat/completions',
      request: STREAMED,
      response: `: OPENROUTER PROCESSING\n\n${events(
        chunk({
          role: 'assistant',
          content: '',
          reasoning: 'So ',
          reasoning_details: [{ type: 'reasoning.text', text: 'So ', format: null, index: 0 }],
        }),
        chunk({
          content: '',
          reasoning: 'be it',
          reasoning_details: [{ type: 'reasoning.text', text: 'be it', format: null, index: 0 }],
        }),
        chunk({ content: 'Paris' }),
        chunk({ content: '' }, 'stop'),
        { ...usageChunk, usage: { ...USAGE, cost: 0.00042 } },
      )}`,
    }),
    expected: {
      reportedCostUsd: 0.00042,
      output: { text: 'Paris', reasoning: 'So be it', refusal: null },
      responseBody: whole(
        {
          role: 'assistant',
          content: 'Paris',
          reasoning: 'So be it',
          reasoning_details: [{ type: 'reasoning.text', text: 'So be it', format: null, index: 0 }],
        },
        'stop',
        { usage: { ...USAGE, cost: 0.00042 } },
      ),
    },
  },
  {
    name: 'a chat stream of parts (Mistral)',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }),
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: ', right' }] }] }),
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: '.' }] }] }),
        chunk({ content: 'Par' }, null, { p: 'abcdefgh' }),
        chunk({ content: 'is' }, null, { p: 'abc' }),
        chunk({ content: '' }, 'stop', { usage: USAGE }),
      ),
    }),
    expected: {
      output: { text: 'Paris', reasoning: 'Hm, right.', refusal: null },
      responseBody: whole(
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'Hm, right.' }] },
            { type: 'text', text: 'Paris' },
          ],
        },
        'stop',
      ),
    },
  },
  {
    name: 'a chat stream of two choices with log probabilities',
    call: callOf({
      path: PATH,
      request: { ...STREAMED, n: 2 },
      response: events(
        ...['A', 'B', 'C'].flatMap((content) =>
          [1, 0].map((index) => ({
            ...HEAD,
            object: 'chat.completion.chunk',
            choices: [
              {
                index,
                delta: { content: content + index },
                logprobs: {
                  content: [{ token: content, logprob: -0.5, bytes: null, top_logprobs: [] }],
                  refusal: null,
                },
                finish_reason: content === 'C' ? 'length' : null,
              },
            ],
          })),
        ),
        usageChunk,
      ),
    }),
    expected: {
      finishReason: 'length',
      output: { text: 'A0B0C0', reasoning: null, refusal: null },
      responseBody: {
        ...HEAD,
        object: 'chat.completion',
        choices: [0, 1].map((index) => ({
          index,
          message: { role: 'assistant', content: `A${index}B${index}C${index}` },
          logprobs: {
            content: ['A', 'B', 'C'].map((token) => ({ token, logprob: -0.5, bytes: null, top_logprobs: [] })),
            refusal: null,
          },
          finish_reason: 'length',
        })),
        usage: USAGE,
      },
    },
  },
  {
    name: 'a chat stream of audio',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', audio: { id: 'audio_1', transcript: 'Pa' } }),
        chunk({ audio: { data: 'AAAA' } }),
        chunk({ audio: { transcript: 'ris' } }),
        chunk({ audio: { data: 'BBBB', expires_at: 1753990000 } }),
        chunk({}, 'stop'),
        usageChunk,
      ),
    }),
    expected: {
      output: { text: 'Paris', reasoning: null, refusal: null },
      responseBody: whole(
        {
          role: 'assistant',
          content: null,
          audio: { id: 'audio_1', transcript: 'Paris', data: 'AAAABBBB', expires_at: 1753990000 },
        },
        'stop',
      ),
    },
  },
  {
    name: 'a chat stream with an empty first chunk (Azure)',
    call: callOf({
      provider: 'azure',
      path: '/openai/deployments/my-mini/chat/completions?api-version=2024-10-21',
      request: { messages: QUESTION.messages, stream: true },
      response: events(
        { choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results: [{ prompt_index: 0 }] },
        chunk({ role: 'assistant', content: '' }),
        chunk({ content: 'Paris' }),
        chunk({}, 'stop'),
        usageChunk,
      ),
    }),
    expected: {
      modelAsked: 'my-mini',
      modelAnswered: HEAD.model,
      providerResponseId: HEAD.id,
      responseBody: whole({ role: 'assistant', content: 'Paris' }, 'stop', {
        prompt_filter_results: [{ prompt_index: 0 }],
      }),
    },
  },
  {
    name: 'a chat stream with the usage inside x_groq (Groq)',
    call: callOf({
      path: '/openai/v1/chat/completions',
      request: STREAMED,
      response: events(
        chunk({ role: 'assistant', content: 'Paris' }),
        chunk({}, 'stop', { x_groq: { id: 'req_1', usage: USAGE } }),
      ),
    }),
    expected: {
      usage: READ_USAGE,
      responseBody: whole({ role: 'assistant', content: 'Paris' }, 'stop', { x_groq: { id: 'req_1', usage: USAGE } }),
    },
  },
  {
    name: 'a chat stream without usage',
    call: callOf({
      path: PATH,
      request: { ...QUESTION, stream: true },
      response: events(
        chunk({ role: 'assistant', content: 'Paris, Fra' }),
        chunk({ content: 'nce' }),
        chunk({}, 'stop'),
      ),
    }),
    // 15 + 18 characters asked, 13 answered, four to a token.
    expected: { ...FACTS, usage: { ...NO_CLASSES, inputTokens: 8, outputTokens: 3, estimated: true } },
  },
  {
    name: 'a chat stream in Chinese without usage',
    call: callOf({
      path: PATH,
      request: { model: 'qwen', stream: true, messages: [{ role: 'user', content: '法国的首都是哪里' }] },
      response: events(chunk({ role: 'assistant', content: '巴' }), chunk({ content: '黎。' }), chunk({}, 'stop')),
    }),
    expected: { usage: { ...NO_CLASSES, inputTokens: 8, outputTokens: 3, estimated: true } },
  },
  {
    name: 'an error in the middle of a chat stream',
    call: callOf({
      path: PATH,
      request: STREAMED,
      response: `${events(chunk({ role: 'assistant', content: 'Par' })).replace('data: [DONE]\n\n', '')}data: {"error":{"message":"overloaded","type":"server_error","code":null}}\n\n`,
    }),
    expected: {
      finishReason: null,
      output: { text: 'Par', reasoning: null, refusal: null },
      responseBody: {
        ...HEAD,
        object: 'chat.completion',
        error: { message: 'overloaded', type: 'server_error', code: null },
        choices: [{ index: 0, message: { role: 'assistant', content: 'Par' }, logprobs: null, finish_reason: null }],
      },
    },
  },
  {
    name: 'an error in place of a stream',
    call: callOf({
      path: PATH,
      status: 429,
      request: STREAMED,
      response: {
        error: { message: 'Rate limit reached', type: 'requests', param: null, code: 'rate_limit_exceeded' },
      },
    }),
    expected: {
      stream: true,
      usage: null,
      modelAnswered: null,
      finishReason: null,
      parseError: null,
      output: { text: '', reasoning: null, refusal: null },
    },
  },
  {
    name: 'a conversation with pictures, tools and parts',
    call: callOf({
      path: PATH,
      request: {
        model: 'gpt-4o',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
              { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
              { type: 'file', file: { file_id: 'file-1' } },
              { type: 'text', text: 'And that?' },
            ],
          },
          { role: 'assistant', content: null, tool_calls: [TOOL_CALLS[0]] },
          { role: 'tool', tool_call_id: 'call_1', content: '21 degrees' },
          { role: 'function', name: 'old_style', content: 'yes' },
        ],
      },
      response: whole(
        { role: 'assistant', content: null, refusal: null, tool_calls: TOOL_CALLS.slice(1) },
        'tool_calls',
      ),
    }),
    expected: {
      input: [
        { role: 'user', text: 'What is this?\n\nAnd that?', attachments: ['image', 'audio', 'file'] },
        {
          role: 'assistant',
          text: '',
          toolCalls: [{ id: 'call_1', name: 'get_weather', arguments: '{"city":"Paris"}' }],
        },
        { role: 'tool', text: '21 degrees', toolCallId: 'call_1' },
        { role: 'function', text: 'yes', toolCallId: 'old_style' },
      ],
      toolCalls: [{ id: 'call_2', name: 'get_time', arguments: '{"zone":"CET"}' }],
    },
  },
];
