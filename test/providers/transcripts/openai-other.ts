/** The rest of OpenAI: legacy completions, responses, embeddings, images, audio, moderations. */
import { callOf, events, namedEvents, NO_CLASSES, type Transcript } from './transcript.ts';

const RESPONSE = {
  id: 'resp_68a1',
  object: 'response',
  created_at: 1753900000,
  status: 'completed',
  error: null,
  incomplete_details: null,
  model: 'gpt-5-mini-2025-08-07',
  output: [
    { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Easy one.' }] },
    {
      id: 'msg_1',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Paris.', annotations: [], logprobs: [] }],
    },
    {
      id: 'fc_1',
      type: 'function_call',
      status: 'completed',
      call_id: 'call_9',
      name: 'get_weather',
      arguments: '{"city":"Paris"}',
    },
  ],
  usage: {
    input_tokens: 30,
    input_tokens_details: { cached_tokens: 10 },
    output_tokens: 25,
    output_tokens_details: { reasoning_tokens: 15 },
    total_tokens: 55,
  },
};
const RESPONSE_REQUEST = {
  model: 'gpt-5-mini',
  instructions: 'Be brief.',
  user: 'u-1',
  input: [
    {
      role: 'user',
      content: [
        { type: 'input_text', text: 'Capital?' },
        { type: 'input_image', image_url: 'x' },
      ],
    },
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'France' },
  ],
};
const RESPONSE_EXPECTED = {
  modelAsked: 'gpt-5-mini',
  modelAnswered: 'gpt-5-mini-2025-08-07',
  providerResponseId: 'resp_68a1',
  finishReason: 'completed',
  user: 'u-1',
  parseError: null,
  usage: { ...NO_CLASSES, inputTokens: 30, cachedInputTokens: 10, outputTokens: 25, reasoningTokens: 15 },
  input: [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'Capital?', attachments: ['image'] },
    { role: 'assistant', text: '', toolCalls: [{ id: 'call_1', name: 'look', arguments: '{}' }] },
    { role: 'tool', text: 'France', toolCallId: 'call_1' },
  ],
  output: { text: 'Paris.', reasoning: 'Easy one.', refusal: null },
  toolCalls: [{ id: 'call_9', name: 'get_weather', arguments: '{"city":"Paris"}' }],
  responseBody: RESPONSE,
};
const UNFINISHED = { ...RESPONSE, status: 'in_progress', output: [], usage: null };
const PIECES: { type: string; [key: string]: unknown }[] = [
  { type: 'response.created', sequence_number: 0, response: UNFINISHED },
  { type: 'response.in_progress', sequence_number: 1, response: UNFINISHED },
  {
    type: 'response.output_item.added',
    sequence_number: 2,
    output_index: 0,
    item: { id: 'rs_1', type: 'reasoning', summary: [] },
  },
  ...['Easy', ' one', '.'].map((delta, index) => ({
    type: 'response.reasoning_summary_text.delta',
    sequence_number: 3 + index,
    item_id: 'rs_1',
    output_index: 0,
    summary_index: 0,
    delta,
    obfuscation: 'q'.repeat(index),
  })),
  {
    type: 'response.output_item.added',
    sequence_number: 6,
    output_index: 1,
    item: { id: 'msg_1', type: 'message', status: 'in_progress', role: 'assistant', content: [] },
  },
  ...['Pa', 'r', 'is', '.'].map((delta, index) => ({
    type: 'response.output_text.delta',
    sequence_number: 9 + index,
    item_id: 'msg_1',
    output_index: 1,
    content_index: 0,
    delta,
    logprobs: [],
    obfuscation: 'zz',
  })),
  {
    type: 'response.output_item.added',
    sequence_number: 14,
    output_index: 2,
    item: {
      id: 'fc_1',
      type: 'function_call',
      status: 'in_progress',
      call_id: 'call_9',
      name: 'get_weather',
      arguments: '',
    },
  },
  ...['{"city"', ':"Paris"', '}'].map((delta, index) => ({
    type: 'response.function_call_arguments.delta',
    sequence_number: 15 + index,
    item_id: 'fc_1',
    output_index: 2,
    delta,
  })),
];

export const openaiOtherTranscripts: Transcript[] = [
  {
    name: 'a response',
    call: callOf({ path: '/v1/responses', request: RESPONSE_REQUEST, response: RESPONSE }),
    expected: { ...RESPONSE_EXPECTED, stream: false },
  },
  {
    name: 'a response stream',
    call: callOf({
      path: '/v1/responses',
      request: { ...RESPONSE_REQUEST, stream: true },
      response: namedEvents(...PIECES, {
        type: 'response.completed',
        sequence_number: 18,
        response: RESPONSE,
      } as never),
    }),
    expected: { ...RESPONSE_EXPECTED, stream: true },
  },
  {
    name: 'a response stream whose end never came',
    call: callOf({
      path: '/v1/responses',
      request: { ...RESPONSE_REQUEST, stream: true },
      response: namedEvents(...PIECES),
    }),
    expected: {
      finishReason: null,
      output: { text: 'Paris.', reasoning: 'Easy one.', refusal: null },
      toolCalls: RESPONSE_EXPECTED.toolCalls,
      responseBody: {
        ...UNFINISHED,
        output: [
          RESPONSE.output[0],
          {
            id: 'msg_1',
            type: 'message',
            status: 'in_progress',
            role: 'assistant',
            content: [{ type: 'output_text', text: 'Paris.' }],
          },
          { ...RESPONSE.output[2], status: 'in_progress' },
        ],
      },
    },
  },
  {
    name: 'a response cut by its token limit, with a refusal',
    call: callOf({
      path: '/v1/responses',
      request: { model: 'gpt-5-mini', input: 'Hello' },
      response: {
        ...RESPONSE,
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        output: [{ type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }],
      },
    }),
    expected: {
      finishReason: 'max_output_tokens',
      input: [{ role: 'user', text: 'Hello' }],
      output: { text: '', reasoning: null, refusal: 'No.' },
    },
  },
  {
    name: 'a response stream that fails',
    call: callOf({
      path: '/v1/responses',
      request: { model: 'gpt-5-mini', input: 'Hello', stream: true },
      response: namedEvents(
        { type: 'response.created', response: UNFINISHED } as never,
        { type: 'error', code: 'server_error', message: 'Sorry', param: null } as never,
        {
          type: 'response.failed',
          response: { ...UNFINISHED, status: 'failed', error: { code: 'server_error', message: 'Sorry' } },
        } as never,
      ),
    }),
    expected: {
      finishReason: 'failed',
      usage: null,
      responseBody: { ...UNFINISHED, status: 'failed', error: { code: 'server_error', message: 'Sorry' } },
    },
  },
  {
    name: 'a legacy completion stream',
    call: callOf({
      path: '/v1/completions',
      request: { model: 'gpt-3.5-turbo-instruct', prompt: 'Say', stream: true },
      response: events(
        ...['Hel', 'lo', '!'].map((text, index) => ({
          id: 'cmpl-1',
          object: 'text_completion',
          created: 1753900000,
          choices: [{ text, index: 0, logprobs: null, finish_reason: index === 2 ? 'length' : null }],
          model: 'gpt-3.5-turbo-instruct',
        })),
      ),
    }),
    expected: {
      stream: true,
      finishReason: 'length',
      input: [{ role: 'user', text: 'Say' }],
      output: { text: 'Hello!', reasoning: null, refusal: null },
      usage: { ...NO_CLASSES, inputTokens: 1, outputTokens: 2, estimated: true },
      responseBody: {
        id: 'cmpl-1',
        object: 'text_completion',
        created: 1753900000,
        model: 'gpt-3.5-turbo-instruct',
        choices: [{ index: 0, text: 'Hello!', logprobs: null, finish_reason: 'length' }],
      },
    },
  },
  {
    name: 'embeddings',
    call: callOf({
      path: '/v1/embeddings',
      request: { model: 'text-embedding-3-small', input: ['one', 'two'] },
      response: {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.1, -0.2] }],
        model: 'text-embedding-3-small',
        usage: { prompt_tokens: 2, total_tokens: 2 },
      },
    }),
    expected: {
      usage: { ...NO_CLASSES, inputTokens: 2, outputTokens: 0 },
      modelAnswered: 'text-embedding-3-small',
      input: [
        { role: 'user', text: 'one' },
        { role: 'user', text: 'two' },
      ],
    },
  },
  {
    name: 'a transcription of an uploaded file',
    call: callOf({
      path: '/v1/audio/transcriptions',
      requestType: 'multipart/form-data; boundary=----X7y',
      request:
        '------X7y\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--\u0000\r\n------X7y\r\nContent-Disposition: form-data; name="model"\r\n\r\ngpt-4o-transcribe\r\n------X7y--\r\n',
      response: {
        text: 'Hello there.',
        usage: {
          type: 'tokens',
          input_tokens: 14,
          input_token_details: { text_tokens: 0, audio_tokens: 14 },
          output_tokens: 4,
          total_tokens: 18,
        },
      },
    }),
    expected: {
      modelAsked: 'gpt-4o-transcribe',
      usage: { ...NO_CLASSES, inputTokens: 14, audioInputTokens: 14, outputTokens: 4 },
      output: { text: 'Hello there.', reasoning: null, refusal: null },
      requestBody: {
        file: { filename: 'a.wav', contentType: 'audio/wav', size: 9 },
        model: 'gpt-4o-transcribe',
      },
    },
  },
  {
    name: 'a transcription stream',
    call: callOf({
      path: '/v1/audio/transcriptions',
      request: { model: 'gpt-4o-transcribe', stream: true },
      response: events(
        { type: 'transcript.text.delta', delta: 'Hello ' },
        { type: 'transcript.text.delta', delta: 'there.' },
        {
          type: 'transcript.text.done',
          text: 'Hello there.',
          usage: { type: 'tokens', input_tokens: 14, output_tokens: 4 },
        },
      ),
    }),
    expected: {
      output: { text: 'Hello there.', reasoning: null, refusal: null },
      usage: { ...NO_CLASSES, inputTokens: 14, outputTokens: 4 },
      responseBody: { text: 'Hello there.', usage: { type: 'tokens', input_tokens: 14, output_tokens: 4 } },
    },
  },
  {
    name: 'speech, whose answer is audio',
    call: callOf({
      path: '/v1/audio/speech',
      request: { model: 'gpt-4o-mini-tts', input: 'Hello', voice: 'alloy' },
      response: new Uint8Array([0xff, 0xfb, 0x90, 0x00, 0x7b]),
      responseType: 'audio/mpeg',
    }),
    expected: {
      modelAsked: 'gpt-4o-mini-tts',
      usage: null,
      parseError: null,
      responseBody: null,
      input: [{ role: 'user', text: 'Hello' }],
    },
  },
  {
    name: 'an image',
    call: callOf({
      path: '/v1/images/generations',
      request: { model: 'gpt-image-1', prompt: 'A cat' },
      response: {
        created: 1,
        data: [{ b64_json: 'AAAA' }],
        usage: { input_tokens: 9, output_tokens: 272, total_tokens: 281 },
      },
    }),
    expected: { usage: { ...NO_CLASSES, inputTokens: 9, outputTokens: 272 }, input: [{ role: 'user', text: 'A cat' }] },
  },
  {
    name: 'an earlier response, looked at again',
    call: callOf({ path: '/v1/responses/resp_68a1', response: RESPONSE }),
    expected: { usage: null, providerResponseId: 'resp_68a1', modelAnswered: 'gpt-5-mini-2025-08-07' },
  },
  {
    name: 'an unknown path in the shape of a chat completion',
    call: callOf({
      path: '/api/ask',
      request: { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
      response: { id: 'x', model: 'm-1', choices: [{ index: 0, message: { role: 'assistant', content: 'Ho' } }] },
    }),
    expected: { modelAnswered: 'm-1', output: { text: 'Ho', reasoning: null, refusal: null } },
  },
];
