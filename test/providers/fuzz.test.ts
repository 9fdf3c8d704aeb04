/** Whatever the bytes: nothing throws, and the facts are the same with and without the conversation. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/model/exchange.ts';
import { messageSchema, toolCallSchema } from '../../src/model/message.ts';
import { usageSchema } from '../../src/model/usage.ts';
import { costOf } from '../../src/providers/price.ts';
import { readCall } from '../../src/providers/read-call.ts';
import { readFacts } from '../../src/providers/read-facts.ts';
import type { WireCall } from '../../src/providers/wire-call.ts';
import { transcripts } from './transcripts/all.ts';
import { factsOf } from './transcripts/transcript.ts';

/** Runs of each property; a release asks for more with FUZZ_SCALE. */
const RUNS = 1000 * Number(process.env['FUZZ_SCALE'] ?? 1);
const OPTIONS = { numRuns: RUNS };
const TIMEOUT = { timeout: 20_000 + 20 * RUNS };

const PATHS = [
  ...new Set(transcripts.map((one) => one.call.path)),
  '/',
  '',
  '/%',
  '/models/%E0%A4%A:generateContent',
  '/v1/threads/t/runs',
];

/** Reads a call both ways and holds what is promised of every reading. */
function check(call: WireCall): void {
  const reading = readCall(call);
  expect(readFacts(call)).toEqual(factsOf(reading));
  if (reading.usage !== null) usageSchema.parse(reading.usage);
  messageSchema.array().parse(reading.input);
  toolCallSchema.array().parse(reading.toolCalls);
  JSON.stringify([reading.requestBody, reading.responseBody]);
  const costUsd = costOf({ ...call, upstream: 'openai', model: reading.modelAsked, usage: reading.usage, atMs: 0 });
  expect(costUsd === null || costUsd >= 0).toBe(true);
}

const header = fc.constantFrom(
  'application/json',
  'text/event-stream',
  'text/plain; charset=utf-8',
  'text/html',
  'multipart/form-data; boundary=b',
  'audio/mpeg',
  '',
  ';;',
);
const encoding = fc.constantFrom('', 'gzip', 'br', 'zstd', 'deflate', 'gzip, br', 'identity', 'x', ',');
const frame = fc.record({
  provider: fc.constantFrom(...PROVIDERS),
  path: fc.constantFrom(...PATHS),
  status: fc.constantFrom(undefined, 200, 204, 429, 500),
  requestHeaders: fc.record({ 'content-type': header, 'content-encoding': encoding }),
  responseHeaders: fc.record({ 'content-type': header, 'content-encoding': encoding }),
  requestTruncated: fc.boolean(),
  responseTruncated: fc.boolean(),
});
const plainFrame = frame.map((one) => ({
  ...one,
  requestHeaders: { 'content-type': 'application/json' },
  responseHeaders: { 'content-type': one.responseHeaders['content-type'] },
}));

/** Values under the keys that are read, of every type that JSON has. */
const KEYS =
  'id model object type index delta content text message messages choices usage error role tool_calls function_call function name arguments input output item response status logprobs reasoning reasoning_content reasoning_details audio refusal content_block candidates parts functionCall usageMetadata prompt_tokens completion_tokens input_tokens output_tokens total_tokens prompt_tokens_details cost finish_reason stop_reason output_index content_index partial_json thinking citation summary metadata user user_id stream system prompt contents systemInstruction __proto__ constructor'.split(
    ' ',
  );
const TYPES =
  'message_start content_block_start content_block_delta message_delta text_delta input_json_delta citations_delta thinking_delta response.created response.output_text.delta response.output_item.added response.output_item.done response.completed response.function_call_arguments.delta error text tool_use tool_result message function_call reasoning transcript.text.done'.split(
    ' ',
  );
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, -1, 1.5, 1e300, 2 ** 53, '', 'x', 'text', '{"a":', ...TYPES),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...KEYS), tie('tree')), { maxLength: 6 })
      .map(
        (entries) =>
          JSON.parse(`{${entries.map(([key, value]) => `"${key}":${JSON.stringify(value)}`).join(',')}}`) as unknown,
      ),
  ),
}));
const typed = fc.tuple(fc.constantFrom(...TYPES), tree).map(([type, value]) => ({ ...(value as object), type }));

describe('any bytes at all', () => {
  it('are read without throwing where they are random', TIMEOUT, () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
    fc.assert(
      fc.property(frame, bytes, bytes, (one, requestBody, responseBody) => {
        expect(() => check({ ...one, requestBody, responseBody })).not.toThrow();
      }),
      OPTIONS,
    );
  });

  it('are read without throwing where they are JSON of any shape', TIMEOUT, () => {
    fc.assert(
      fc.property(plainFrame, tree, tree, (one, request, response) => {
        const requestBody = Buffer.from(JSON.stringify(request));
        const responseBody = Buffer.from(JSON.stringify(response));
        expect(() => check({ ...one, requestBody, responseBody })).not.toThrow();
      }),
      OPTIONS,
    );
  });

  it('are read without throwing where they are streams of events of any shape', TIMEOUT, () => {
    const list = fc.array(fc.oneof(tree, typed), { maxLength: 6 });
    const ending = fc.constantFrom('\n', '\r', '\r\n');
    fc.assert(
      fc.property(plainFrame, tree, list, ending, (one, request, events, end) => {
        const text = events.map((event) => `data: ${JSON.stringify(event)}${end}${end}`).join('');
        expect(() =>
          check({ ...one, requestBody: Buffer.from(JSON.stringify(request)), responseBody: Buffer.from(text) }),
        ).not.toThrow();
        // The same events with other texts are what templates are made of.
        const again = ['"yy"', '"\u00e9"', '"a\\n"'].map((other) => text.replaceAll('"x"', other)).join('');
        expect(() => check({ ...one, requestBody: undefined, responseBody: Buffer.from(text + again) })).not.toThrow();
      }),
      OPTIONS,
    );
  });

  it('are read without throwing where they are transcripts with changes', TIMEOUT, () => {
    const change = fc.tuple(fc.nat(), fc.nat(255), fc.nat(3));
    const encode = fc.constantFrom(
      [undefined, (bytes: Uint8Array) => bytes] as const,
      ['gzip', gzipSync] as const,
      ['br', brotliCompressSync] as const,
      ['zstd', zstdCompressSync] as const,
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...transcripts),
        encode,
        fc.array(change, { maxLength: 6 }),
        fc.boolean(),
        (one, [label, encoder], changes, after) => {
          const changed = (body: Uint8Array | undefined): Uint8Array | undefined => {
            if (body === undefined) return undefined;
            const bytes = [...body];
            for (const [at, byte, kind] of changes) {
              const where = at % (bytes.length + 1);
              if (kind === 0) bytes.splice(where, 1);
              else if (kind === 1) bytes.splice(where, 0, byte);
              else if (kind === 2) bytes[where % Math.max(1, bytes.length)] = byte;
              else bytes.splice(where, byte);
            }
            return Uint8Array.from(bytes);
          };
          const body = one.call.responseBody!;
          const responseBody = after ? changed(encoder(body)) : encoder(changed(body)!);
          const responseHeaders = { ...one.call.responseHeaders, ...(label && { 'content-encoding': label }) };
          expect(() =>
            check({ ...one.call, requestBody: changed(one.call.requestBody), responseBody, responseHeaders }),
          ).not.toThrow();
        },
      ),
      OPTIONS,
    );
  });
});
