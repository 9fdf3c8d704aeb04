import { createHash } from 'node:crypto';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MAX_DECODED_BYTES } from '../../src/providers/decode-content.ts';
import { MAX_DEPTH } from '../../src/providers/json.ts';
import { readCall } from '../../src/providers/read-call.ts';
import { readFacts } from '../../src/providers/read-facts.ts';
import type { WireCall } from '../../src/providers/wire-call.ts';
import { transcripts } from './transcripts/all.ts';
import { callOf, events, factsOf } from './transcripts/transcript.ts';

const PATH = '/v1/chat/completions';
const REQUEST = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };
const ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
};
const chunk = (content: string, more: object = {}): object => ({
  id: 'chatcmpl-1',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, delta: { content } }],
  ...more,
});
const STREAM = events(chunk('Hel'), chunk('l'), chunk('o'), chunk('', { usage: ANSWER.usage }));
const streamed = (response: string | Uint8Array, more: Partial<WireCall> = {}): WireCall => ({
  ...callOf({ path: PATH, request: { ...REQUEST, stream: true }, response, responseType: 'text/event-stream' }),
  ...more,
});
const answered = (response: unknown, responseType?: string, responseEncoding?: string): WireCall =>
  callOf({ path: PATH, request: REQUEST, response, responseType, responseEncoding });

describe('content-encodings', () => {
  const json = Buffer.from(JSON.stringify(ANSWER));
  const half = Math.floor(json.length / 2);
  it.each([
    { name: 'gzip', label: 'gzip', bytes: gzipSync(json) },
    {
      name: 'gzip of several members',
      label: 'gzip',
      bytes: Buffer.concat([gzipSync(json.subarray(0, half)), gzipSync(json.subarray(half))]),
    },
    { name: 'x-gzip', label: 'X-Gzip', bytes: gzipSync(json) },
    { name: 'brotli', label: 'br', bytes: brotliCompressSync(json) },
    { name: 'zstd', label: 'zstd', bytes: zstdCompressSync(json) },
    { name: 'deflate', label: 'deflate', bytes: deflateSync(json) },
    { name: 'bare deflate', label: 'deflate', bytes: deflateRawSync(json) },
    { name: 'two at once', label: 'gzip, br', bytes: brotliCompressSync(gzipSync(json)) },
    { name: 'identity', label: 'identity', bytes: json },
    { name: 'gzip under the label of brotli', label: 'br', bytes: gzipSync(json) },
    { name: 'zstd under the label of gzip', label: 'gzip', bytes: zstdCompressSync(json) },
    { name: 'plain JSON under the label of gzip', label: 'gzip', bytes: json },
    { name: 'plain JSON under the label of brotli', label: 'br', bytes: json },
    { name: 'plain JSON under the label of deflate', label: 'deflate', bytes: json },
    { name: 'plain JSON under an unknown label', label: 'lzma', bytes: json },
  ])('reads $name', ({ label, bytes }) => {
    const reading = readCall(answered(bytes, 'application/json', label));
    expect(reading.responseBody).toEqual(ANSWER);
    expect(reading.parseError).toBeNull();
  });

  it.each([
    { name: 'gzip', label: 'gzip', bomb: gzipSync(Buffer.alloc(MAX_DECODED_BYTES + 1, ' ')) },
    { name: 'brotli', label: 'br', bomb: brotliCompressSync(Buffer.alloc(MAX_DECODED_BYTES + 1, ' ')) },
    { name: 'zstd', label: 'zstd', bomb: zstdCompressSync(Buffer.alloc(MAX_DECODED_BYTES + 1, ' ')) },
    { name: 'deflate', label: 'deflate', bomb: deflateSync(Buffer.alloc(MAX_DECODED_BYTES + 1, ' ')) },
    { name: 'gzip in gzip', label: 'gzip, gzip', bomb: gzipSync(gzipSync(Buffer.alloc(MAX_DECODED_BYTES + 1, ' '))) },
  ])('stops at a bomb of $name', ({ label, bomb }) => {
    expect(bomb.length).toBeLessThan(MAX_DECODED_BYTES / 500);
    const reading = readCall(answered(bomb, 'application/json', label));
    expect(reading.parseError).toBe('response unfolds to more than 16 MiB, which is not read');
    expect(reading.responseBody).toBeNull();
  });

  it('says which coding could not be undone', () => {
    const noise = Buffer.concat([gzipSync(json).subarray(0, 10), Buffer.from([0xff, 0xfe, 0xff, 0xff, 0xff])]);
    expect(readFacts(answered(noise, 'application/json', 'gzip')).parseError).toBe(
      'response cannot be decoded as gzip',
    );
    expect(readFacts(answered(Buffer.from([0xff, 0xfe]), 'application/json', 'x')).parseError).toBe(
      'response has a content-encoding that is not known',
    );
    expect(readFacts(answered(json, 'application/json', 'br,br,br,br,br')).parseError).toBe(
      'response has too many content-encodings',
    );
  });

  it.each([
    { name: 'gzip', label: 'gzip', encode: gzipSync },
    { name: 'brotli', label: 'br', encode: brotliCompressSync },
    { name: 'zstd', label: 'zstd', encode: zstdCompressSync },
    { name: 'deflate', label: 'deflate', encode: deflateSync },
  ])('reads what came of a stream in $name that was cut', ({ label, encode }) => {
    // Blocks of zstd and brotli come out whole or not at all, so there have to be several.
    const long = Array.from({ length: 8000 }, (_, index) =>
      chunk(createHash('sha256').update(`${index}`).digest('hex')),
    );
    const bytes = encode(Buffer.from(events(...long)));
    const headers = { 'content-type': 'text/event-stream', 'content-encoding': label };
    const cut = streamed(bytes.subarray(0, bytes.length - 100), { responseHeaders: headers, responseTruncated: true });
    const reading = readCall(cut);
    expect(reading.providerResponseId).toBe('chatcmpl-1');
    expect(reading.output.text.length).toBeGreaterThan(100_000);
    expect(reading.parseError).toBe('response ends within an event');
    const nothing = streamed(bytes.subarray(0, 12), { responseHeaders: headers, responseTruncated: true });
    expect(readFacts(nothing)).toMatchObject({ stream: true, parseError: `response cannot be decoded as ${label}` });
  });

  it('knows no first token of an encoded stream', () => {
    const encoded = streamed(gzipSync(STREAM), {
      responseHeaders: { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' },
    });
    expect(readFacts(encoded)).toEqual({ ...readFacts(streamed(STREAM)), firstTokenOffset: undefined });
  });
});

describe('streams that are not as they should be', () => {
  it.each([
    { name: 'carriage returns', text: STREAM.replaceAll('\n', '\r') },
    { name: 'both line ends', text: STREAM.replaceAll('\n', '\r\n') },
    { name: 'a byte order mark', text: `\ufeff${STREAM}` },
    { name: 'comments', text: `: hi\n\n${STREAM.replaceAll('data: {', ': ping\n\ndata: {')}` },
    { name: 'no space behind data:', text: STREAM.replaceAll('data: ', 'data:') },
    { name: 'data of several lines', text: STREAM.replaceAll(',"choices"', ',\ndata: "choices"') },
    { name: 'no [DONE]', text: STREAM.replace('data: [DONE]\n\n', '') },
    { name: 'no blank line at the end', text: STREAM.replace('data: [DONE]\n\n', '').trimEnd() },
    {
      name: 'a usage chunk without choices',
      text: STREAM.replace('"choices":[{"index":0,"delta":{"content":""}}],"usage"', '"choices":[],"usage"'),
    },
    { name: 'a spaced [DONE]', text: STREAM.replace('[DONE]', ' [DONE] ') },
    { name: 'ids and retry times', text: `retry: 5\n\n${STREAM.replaceAll('data: {', 'id: 1\ndata: {')}` },
  ])('reads a stream with $name', ({ text }) => {
    const reading = readCall(streamed(text));
    expect(reading.output.text).toBe('Hello');
    expect(reading.usage?.outputTokens).toBe(2);
    expect(reading.parseError).toBeNull();
    expect(readFacts(streamed(text))).toEqual(factsOf(reading));
  });

  it.each([
    { name: 'an event that is not JSON', extra: 'data: {"choices": [}\n\n', error: 'has an event that is not JSON' },
    { name: 'two of them', extra: 'data: oops\n\ndata: {\n\n', error: 'has 2 events that are not JSON' },
    { name: 'an event that is a list', extra: 'data: [1]\n\n', error: 'has an event that is not JSON' },
    {
      name: 'an event nested too deep',
      extra: `data: {"a":${'['.repeat(600)}${']'.repeat(600)}}\n\n`,
      error: 'has an event that is not JSON',
    },
  ])('passes over $name', ({ extra, error }) => {
    const call = streamed(STREAM.replace('data: {', `${extra}data: {`));
    const reading = readCall(call);
    expect(reading.output.text).toBe('Hello');
    expect(reading.parseError).toBe(`response ${error}`);
    expect(readFacts(call)).toEqual(factsOf(reading));
  });

  it('gives up on a stream of rubbish after a thousand events', () => {
    const facts = readFacts(streamed('data: {]}\n\n'.repeat(200_000)));
    expect(facts.parseError).toBe('response has 1000 events that are not JSON, and is not read further');
  });

  it('reads an event of 10 MB', () => {
    const long = 'x'.repeat(10 * 1024 * 1024);
    expect(readCall(streamed(events(chunk('a'), chunk(long), chunk('b')))).output.text).toBe(`a${long}b`);
  });

  it('keeps the error of an error event that has no type', () => {
    const reading = readCall(streamed(`${STREAM}event: error\ndata: {"message":"overloaded"}\n\n`));
    expect(reading.responseBody).toMatchObject({ error: { message: 'overloaded' } });
  });

  it('says that a stream had no events', () => {
    const reading = readCall(streamed(': nothing\n\n'));
    expect(reading.parseError).toBe('response is a stream without events');
    expect(reading.responseBody).toBe(': nothing\n\n');
  });

  it.each(
    transcripts.filter(
      ({ name, call, expected }) =>
        expected.output !== undefined && readFacts(call).stream && !name.includes('two choices'),
    ),
  )('reads $name as far as it came, wherever it is cut', ({ call, expected }) => {
    const bytes = call.responseBody!;
    for (let end = 0; end <= bytes.length; end += 1) {
      const cut = { ...call, responseBody: bytes.subarray(0, end), responseTruncated: true };
      const reading = readCall(cut);
      expect(readFacts(cut)).toEqual(factsOf(reading));
      const whole = expected.output!.text;
      expect(whole.startsWith(reading.output.text) || reading.output.text === '').toBe(true);
    }
  });

  it('gives the same answer wherever its text was split into events', () => {
    const answer = 'Caf\u00e9 "\u5df4\u9ece" \u{1f5fc}\n\\end';
    for (let at = 0; at <= answer.length; at += 1) {
      const call = streamed(
        events(chunk(answer.slice(0, at)), chunk(answer.slice(at)), chunk('', { usage: ANSWER.usage })),
      );
      expect(readCall(call).output.text).toBe(answer);
      expect(readFacts(call)).toEqual(factsOf(readCall(call)));
    }
  });

  it.each(transcripts)('reads $name the same wherever its bytes lie in memory', ({ call }) => {
    const moved = (body: Uint8Array | undefined, by: number): Uint8Array | undefined =>
      body && Buffer.concat([Buffer.alloc(by, '{'), body, Buffer.from('data: {"a":')]).subarray(by, by + body.length);
    for (const by of [1, 2, 3, 5]) {
      const copy = { ...call, requestBody: moved(call.requestBody, by), responseBody: moved(call.responseBody, by) };
      expect(readCall(copy)).toEqual(readCall(call));
    }
  });
});

describe('bodies that are not as they should be', () => {
  it.each([
    {
      name: 'JSON that is cut',
      body: '{"id":"x","choices":[',
      type: 'application/json',
      error: 'response is not valid JSON',
    },
    { name: 'HTML', body: '<html>502</html>', type: 'text/html', error: 'response is not JSON' },
    { name: 'text', body: 'upstream connect error', type: 'text/plain', error: 'response is not JSON' },
    {
      name: 'HTML that calls itself JSON',
      body: '<html>',
      type: 'application/json',
      error: 'response is not valid JSON',
    },
    { name: 'nothing', body: '', type: 'application/json', error: 'response is empty' },
  ])('keeps $name as text and says so', ({ body, type, error }) => {
    const reading = readCall(answered(body, type));
    expect(reading.parseError).toBe(error);
    expect(reading.responseBody).toBe(body === '' ? null : body);
    expect(reading.usage).toBeNull();
  });

  it.each([
    { name: 'a status without a body', call: { ...answered(''), status: 204 } },
    { name: 'no answer', call: { ...answered(''), status: undefined, responseBody: undefined } },
    { name: 'a body that is not kept', call: { ...answered(''), responseBody: undefined } },
    { name: 'a file', call: callOf({ path: '/v1/files/f/content', response: 'a,b\n1,2', responseType: 'text/csv' }) },
    { name: 'a list of models', call: callOf({ path: '/v1/models', response: { object: 'list', data: [] } }) },
    {
      name: 'a picture',
      call: callOf({ path: '/v1/x', response: new Uint8Array([0x89, 0x50]), responseType: 'image/png' }),
    },
  ])('finds nothing wrong with $name', ({ call }) => {
    expect(readFacts(call).parseError).toBeNull();
  });

  it('keeps no text of bytes that are none', () => {
    const reading = readCall(answered(new Uint8Array([0xc3, 0x28, 0xff, 0x00, 0x80]), 'application/json'));
    expect(reading.responseBody).toBeNull();
    expect(reading.parseError).toBe('response is not valid JSON');
  });

  it.each([
    { name: 'lists', open: '[', close: ']' },
    { name: 'objects', open: '{"a":', close: '}', inner: '1' },
  ])('reads $name nested as deep as allowed and no deeper', ({ open, close, inner = '' }) => {
    const nested = (depth: number): string =>
      `{"x":"${'['.repeat(999)}","a":${open.repeat(depth - 1)}${inner}${close.repeat(depth - 1)}}`;
    expect(readCall(answered(nested(MAX_DEPTH))).parseError).toBeNull();
    expect(JSON.stringify(readCall(answered(nested(MAX_DEPTH))).responseBody)).toBe(nested(MAX_DEPTH));
    const deep = readCall(answered(nested(MAX_DEPTH + 1)));
    expect(deep.parseError).toBe(`response is JSON nested deeper than ${MAX_DEPTH}, which is not read`);
    expect(deep.responseBody).toBe(nested(MAX_DEPTH + 1));
    expect(readFacts(answered(nested(2_000_000))).parseError).toContain('nested deeper');
  });

  it('keeps __proto__ and constructor as ordinary keys, in streams too', () => {
    const body = '{"model":"m","__proto__":{"model":"evil","usage":{"prompt_tokens":1}},"constructor":1}';
    const reading = readCall(answered(body));
    expect(JSON.stringify(reading.responseBody)).toBe(body);
    expect(reading.modelAnswered).toBe('m');
    expect(reading.usage).toBeNull();
    const stream = readCall(
      streamed(
        'data: {"__proto__":{"a":1},"choices":[{"index":0,"__proto__":{"b":2},"delta":{"content":"x","__proto__":{"c":3}}}]}\n\n',
      ),
    );
    const text = JSON.stringify(stream.responseBody);
    for (const kept of ['"__proto__":{"a":1}', '"__proto__":{"b":2}', '"__proto__":{"c":3}'])
      expect(text).toContain(kept);
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
  });

  it('reads the model of a request that was cut', () => {
    const request = JSON.stringify({ ...REQUEST, user: 'u-1', stream: false, temperature: 0.5, n: 1 });
    const long = request.replace('"Hi"', `"${'A"\\\\'.replace('"', '\\"').repeat(2000)}"`);
    const call = { ...answered(ANSWER), requestBody: Buffer.from(long).subarray(0, 3000), requestTruncated: true };
    expect(readFacts(call)).toMatchObject({
      modelAsked: 'gpt-4o-mini',
      parseError: 'request is cut: only its first part was captured',
    });
    const late = JSON.stringify({ messages: [{ model: 'no' }], model: 'late', user: 'u-1', x: 'AAAA' });
    const lateCall = { ...answered(ANSWER), requestBody: Buffer.from(late.slice(0, -3)), requestTruncated: true };
    expect(readFacts(lateCall)).toMatchObject({ modelAsked: 'late', user: 'u-1' });
  });

  it('estimates nothing for an error', () => {
    const failed = { ...streamed(events(chunk('Hello'))), status: 500 };
    expect(readFacts(failed).usage).toBeNull();
    expect(readFacts({ ...failed, status: 200 }).usage).toMatchObject({ estimated: true });
  });
});
