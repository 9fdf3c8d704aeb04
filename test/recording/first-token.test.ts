/** When the first token came, as far as an exchange can tell. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Capture, Exchange } from '../../src/model/exchange.ts';
import { newId } from '../../src/model/id.ts';
import { readDirectives } from '../../src/gateway/directives.ts';
import { assemble } from '../../src/recording/assemble.ts';

const whole = (bytes: Buffer): Capture => ({
  parts: [bytes],
  kept: bytes.length,
  size: bytes.length,
  truncated: false,
  sha256: undefined,
});

const ANSWER = '{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"Hi"}}]}';
const FIRST = 'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n';
const EVENTS = `${FIRST}data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n`;

function exchange(
  changes: Partial<Exchange> & { asksForStream?: boolean; answer: Buffer | string; type?: string },
): Exchange {
  const { asksForStream = true, answer, type = 'application/json', ...rest } = changes;
  const id = newId();
  const response = Buffer.from(answer);
  return {
    id,
    projectId: newId(),
    upstream: 'openai',
    provider: 'openai',
    target: 'https://api.openai.com',
    method: 'POST',
    path: '/v1/chat/completions',
    status: 200,
    errorCode: undefined,
    ending: 'ended',
    startedAtMs: 1_790_000_000_000,
    firstByteMs: 120,
    durationMs: 900,
    arrivals: [FIRST.length, 120, response.length, 150],
    requestHeaders: { 'content-type': 'application/json' },
    responseHeaders: { 'content-type': type },
    directives: readDirectives([], id).directives,
    request: whole(Buffer.from(JSON.stringify({ model: 'gpt-4o', messages: [], stream: asksForStream }))),
    response: whole(response),
    credentials: [],
    ...rest,
  };
}

describe('the first token', () => {
  const type = 'text/event-stream';
  it.each([
    { name: 'of a stream came with the event that has it', given: { answer: EVENTS, type }, ms: 150 },
    { name: 'of a stream without any never came', given: { answer: FIRST, type }, ms: null },
    {
      name: 'of a compressed stream came with its first bytes',
      given: { answer: gzipSync(EVENTS), responseHeaders: { 'content-type': type, 'content-encoding': 'gzip' } },
      ms: 120,
    },
    { name: 'of a stream that was put together came when it is said to', given: { answer: ANSWER }, ms: 120 },
    { name: 'of one with blanks before it, too', given: { answer: `\r\n\t ${ANSWER}` }, ms: 120 },
    { name: 'of one of which nothing is said is unknown', given: { answer: ANSWER, firstByteMs: undefined }, ms: null },
    { name: 'of a refused stream never came', given: { answer: '{"error":{}}', status: 429 }, ms: null },
    { name: 'of an answer that is no stream is none', given: { answer: ANSWER, asksForStream: false }, ms: null },
    { name: 'of an empty answer never came', given: { answer: '' }, ms: null },
  ])('$name', ({ given, ms }) => {
    expect(assemble(exchange(given)).firstTokenMs).toBe(ms);
  });
});
