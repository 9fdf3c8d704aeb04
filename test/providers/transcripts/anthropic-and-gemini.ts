/** Anthropic's messages and Gemini's generateContent. */
import { callOf, events, namedEvents, NO_CLASSES, type Transcript } from './transcript.ts';

const MESSAGE = {
  id: 'msg_01X',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  stop_reason: 'tool_use',
  stop_sequence: null,
  content: [
    { type: 'thinking', thinking: 'Let me see.', signature: 'EqQBsig' },
    { type: 'text', text: 'I will look.' },
    { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Paris', deep: { a: [1] } } },
  ],
  usage: {
    input_tokens: 10,
    cache_creation_input_tokens: 200,
    cache_read_input_tokens: 1000,
    output_tokens: 42,
    service_tier: 'standard',
  },
};
const REQUEST = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1024,
  metadata: { user_id: 'user-9' },
  system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }],
  messages: [
    { role: 'user', content: 'Weather?' },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Looking.' },
        { type: 'tool_use', id: 'toolu_0', name: 'look', input: { at: 1 } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_0', content: [{ type: 'text', text: 'Sunny' }] },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
        { type: 'text', text: 'And here?' },
      ],
    },
  ],
};
const EXPECTED = {
  modelAsked: 'claude-sonnet-4-5',
  modelAnswered: 'claude-sonnet-4-5-20250929',
  providerResponseId: 'msg_01X',
  finishReason: 'tool_use',
  user: 'user-9',
  parseError: null,
  usage: { ...NO_CLASSES, inputTokens: 1210, cachedInputTokens: 1000, cacheWriteTokens: 200, outputTokens: 42 },
  input: [
    { role: 'system', text: 'Be kind.' },
    { role: 'user', text: 'Weather?' },
    { role: 'assistant', text: 'Looking.', toolCalls: [{ id: 'toolu_0', name: 'look', arguments: '{"at":1}' }] },
    { role: 'tool', text: 'Sunny', toolCallId: 'toolu_0' },
    { role: 'user', text: 'And here?', attachments: ['image'] },
  ],
  output: { text: 'I will look.', reasoning: 'Let me see.', refusal: null },
  toolCalls: [{ id: 'toolu_1', name: 'get_weather', arguments: '{"city":"Paris","deep":{"a":[1]}}' }],
  responseBody: MESSAGE,
};
const delta = (index: number, value: object): { type: string } =>
  ({ type: 'content_block_delta', index, delta: value }) as never;
const STARTED = {
  ...MESSAGE,
  content: [],
  stop_reason: null,
  usage: { ...MESSAGE.usage, output_tokens: 3 },
};
const STREAM = [
  { type: 'message_start', message: STARTED },
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'ping' },
  ...['Let', ' me', ' see', '.'].map((thinking) => delta(0, { type: 'thinking_delta', thinking })),
  delta(0, { type: 'signature_delta', signature: 'EqQBsig' }),
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
  ...['I', ' will', ' look', '.'].map((text) => delta(1, { type: 'text_delta', text })),
  { type: 'content_block_stop', index: 1 },
  {
    type: 'content_block_start',
    index: 2,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: {} },
  },
  ...['', '{"city"', ': "Paris', '", "deep": {"a"', ': [1]}}'].map((partial_json) =>
    delta(2, { type: 'input_json_delta', partial_json }),
  ),
  { type: 'content_block_stop', index: 2 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 42 } },
  { type: 'message_stop' },
] as { type: string }[];

const GEMINI_PATH = '/v1beta/models/gemini-2.5-flash:generateContent';
const GEMINI_STREAM = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';
const GEMINI_REQUEST = {
  systemInstruction: { parts: [{ text: 'Be brief.' }] },
  contents: [
    { role: 'user', parts: [{ text: 'Weather?' }, { inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
    { role: 'model', parts: [{ functionCall: { name: 'look', args: { at: 1 } } }] },
    { role: 'user', parts: [{ functionResponse: { name: 'look', response: { sky: 'blue' } } }] },
  ],
};
const GEMINI_USAGE = {
  promptTokenCount: 50,
  cachedContentTokenCount: 20,
  toolUsePromptTokenCount: 5,
  candidatesTokenCount: 12,
  thoughtsTokenCount: 30,
  totalTokenCount: 97,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 40 },
    { modality: 'AUDIO', tokenCount: 10 },
  ],
};
const GEMINI_ANSWER = {
  candidates: [
    {
      content: {
        role: 'model',
        parts: [
          { text: 'Thinking hard.', thought: true },
          { text: 'It is sunny.' },
          { functionCall: { name: 'get_time', args: { zone: 'CET' } } },
        ],
      },
      finishReason: 'STOP',
      index: 0,
    },
  ],
  usageMetadata: GEMINI_USAGE,
  modelVersion: 'gemini-2.5-flash',
  responseId: 'abc123',
};
const GEMINI_EXPECTED = {
  modelAsked: 'gemini-2.5-flash',
  modelAnswered: 'gemini-2.5-flash',
  providerResponseId: 'abc123',
  finishReason: 'STOP',
  parseError: null,
  usage: {
    ...NO_CLASSES,
    inputTokens: 55,
    cachedInputTokens: 20,
    audioInputTokens: 10,
    outputTokens: 42,
    reasoningTokens: 30,
  },
  input: [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'Weather?', attachments: ['image'] },
    { role: 'assistant', text: '', toolCalls: [{ id: null, name: 'look', arguments: '{"at":1}' }] },
    { role: 'tool', text: '{"sky":"blue"}', toolCallId: 'look' },
  ],
  output: { text: 'It is sunny.', reasoning: 'Thinking hard.', refusal: null },
  toolCalls: [{ id: null, name: 'get_time', arguments: '{"zone":"CET"}' }],
  responseBody: GEMINI_ANSWER,
};
const geminiPiece = (parts: object[], finishReason?: string): object => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason && { finishReason }), index: 0 }],
  usageMetadata: finishReason ? GEMINI_USAGE : { promptTokenCount: 50, totalTokenCount: 50 },
  modelVersion: 'gemini-2.5-flash',
  responseId: 'abc123',
});
const GEMINI_PIECES = [
  geminiPiece([{ text: 'Thinking', thought: true }]),
  geminiPiece([{ text: ' hard.', thought: true }]),
  geminiPiece([{ text: 'It is' }]),
  geminiPiece([{ text: ' sunny.' }]),
  geminiPiece([{ functionCall: { name: 'get_time', args: { zone: 'CET' } } }], 'STOP'),
];

export const anthropicAndGeminiTranscripts: Transcript[] = [
  {
    name: 'a message',
    call: callOf({ provider: 'anthropic', path: '/v1/messages', request: REQUEST, response: MESSAGE }),
    expected: { ...EXPECTED, stream: false },
  },
  {
    name: 'a message stream',
    call: callOf({
      provider: 'anthropic',
      path: '/v1/messages?beta=true',
      request: { ...REQUEST, stream: true },
      response: namedEvents(...STREAM),
    }),
    expected: { ...EXPECTED, stream: true },
  },
  {
    name: 'a message stream cut in the middle of a tool call',
    call: callOf({
      provider: 'anthropic',
      path: '/v1/messages',
      request: { ...REQUEST, stream: true },
      response: namedEvents(...STREAM.slice(0, -5)),
    }),
    expected: {
      finishReason: null,
      toolCalls: [{ id: 'toolu_1', name: 'get_weather', arguments: '{"city": "Paris' }],
    },
  },
  {
    name: 'a message stream with an error event',
    call: callOf({
      provider: 'anthropic',
      path: '/v1/messages',
      request: { ...REQUEST, stream: true },
      response: namedEvents(...STREAM.slice(0, 5), {
        type: 'error',
        error: { type: 'overloaded_error', message: 'Overloaded' },
      } as never),
    }),
    expected: {
      output: { text: '', reasoning: 'Let me', refusal: null },
      responseBody: {
        ...STARTED,
        content: [{ type: 'thinking', thinking: 'Let me', signature: '' }],
        error: { type: 'overloaded_error', message: 'Overloaded' },
      },
    },
  },
  {
    name: 'a message stream that is nothing but an error event',
    call: callOf({
      provider: 'anthropic',
      path: '/v1/messages',
      request: { ...REQUEST, stream: true },
      response: namedEvents({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } } as never),
    }),
    expected: {
      usage: null,
      responseBody: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    },
  },
  {
    name: 'an error of Anthropic',
    call: callOf({
      provider: 'anthropic',
      path: '/v1/messages',
      status: 401,
      request: REQUEST,
      response: { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } },
    }),
    expected: { usage: null, modelAnswered: null, parseError: null },
  },
  {
    name: 'an answer of Gemini',
    call: callOf({ provider: 'gemini', path: GEMINI_PATH, request: GEMINI_REQUEST, response: GEMINI_ANSWER }),
    expected: { ...GEMINI_EXPECTED, stream: false },
  },
  {
    name: 'a stream of Gemini',
    call: callOf({
      provider: 'gemini',
      path: `${GEMINI_STREAM}?alt=sse`,
      request: GEMINI_REQUEST,
      response: events(...GEMINI_PIECES)
        .replace('data: [DONE]\n\n', '')
        .replaceAll('\n', '\r\n'),
    }),
    expected: { ...GEMINI_EXPECTED, stream: true },
  },
  {
    name: 'a stream of Gemini as an array',
    call: callOf({
      provider: 'gemini',
      path: GEMINI_STREAM,
      request: GEMINI_REQUEST,
      response: `[${GEMINI_PIECES.map((one) => JSON.stringify(one, null, 2)).join(',\r\n')}]`,
    }),
    expected: { ...GEMINI_EXPECTED, stream: true },
  },
  {
    name: 'a prompt that Gemini blocked',
    call: callOf({
      provider: 'gemini',
      path: GEMINI_PATH,
      request: GEMINI_REQUEST,
      response: {
        promptFeedback: { blockReason: 'SAFETY' },
        usageMetadata: { promptTokenCount: 50, totalTokenCount: 50 },
      },
    }),
    expected: { finishReason: 'SAFETY', usage: { ...NO_CLASSES, inputTokens: 50, outputTokens: 0 } },
  },
];
