/**
 * What is sent and answered: a request of 1.7 kB, a JSON answer of 1.6 kB, a stream of 100 chunks and 31 kB. The `user`
 * of a request's body tells the fake upstream what to answer, since it is what every contestant passes on unread.
 */
import { seeded } from './random.ts';

export const REQUEST_BYTES = 1700;
const RESPONSE_BYTES = 1600;
const EVENT_BYTES = 310;
export const MODEL = 'gpt-4o-mini-2024-07-18';
/** A piece of a long answer: one chunk on the wire. */
export const BULK_PIECE_BYTES = 64 << 10;

/** What the upstream shall answer. */
export type Answer = 'json' | { events: number; gapMs: number } | { bytes: number };

/** Five properties, as an application that groups its calls would send them. */
export const PROPERTY_HEADERS = [
  'Helicone-Property-Environment: production',
  'Helicone-Property-Feature: summary',
  'Helicone-Property-Customer: customer-1041',
  'Helicone-Property-Region: eu-central-1',
  'Helicone-Property-Release: 2024.11.3',
];

export const ANSWER_MARK = '"user":"bench:';
/** Stands before the time at which an event was sent, in 15 digits of microseconds. */
export const STAMP_MARK = '"fp_';
export const STAMP_DIGITS = 15;

function answerName(answer: Answer): string {
  if (answer === 'json') return 'json';
  return 'bytes' in answer ? `bytes:${answer.bytes}` : `events:${answer.events}:${answer.gapMs}`;
}

/** Reads what `requestBody` wrote; JSON where there is nothing of the kind. */
export function readAnswer(body: Buffer): Answer {
  const at = body.indexOf(ANSWER_MARK);
  if (at === -1) return 'json';
  const from = at + ANSWER_MARK.length;
  const [kind, first, second] = body.toString('latin1', from, body.indexOf('"', from)).split(':');
  if (kind === 'events') return { events: Number(first), gapMs: Number(second) };
  return kind === 'bytes' ? { bytes: Number(first) } : 'json';
}

/** A chat completion request of `REQUEST_BYTES`. */
export function requestBody(answer: Answer): string {
  const body = (system: string): string =>
    JSON.stringify({
      model: MODEL,
      user: `bench:${answerName(answer)}`,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: 'Summarise the text above in three sentences.' },
      ],
      temperature: 0.2,
      max_tokens: 400,
      ...(answer === 'json' ? {} : { stream: true }),
    });
  return body(seeded(1).text(REQUEST_BYTES - body('').length));
}

/** A chat completion of `RESPONSE_BYTES`. */
export function responseBody(): string {
  const body = (content: string): string =>
    JSON.stringify({
      id: 'chatcmpl-BkQ5rP9aXz7uT3nVw1cY6mJd8eHs',
      object: 'chat.completion',
      created: 1_790_000_000,
      model: MODEL,
      choices: [
        { index: 0, message: { role: 'assistant', content, refusal: null }, logprobs: null, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 371, completion_tokens: 262, total_tokens: 633 },
      service_tier: 'default',
      system_fingerprint: 'fp_0aa8d3e20b',
    });
  return body(seeded(2).text(RESPONSE_BYTES - body('').length));
}

function event(delta: string, finish: string, padding: string): string {
  const head = `{"id":"chatcmpl-BkQ5rP9aXz7uT3nVw1cY6mJd8eHs","object":"chat.completion.chunk","created":1790000000`;
  const mark = `"model":"${MODEL}","system_fingerprint":${STAMP_MARK}${'0'.repeat(STAMP_DIGITS)}"`;
  const choice = `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}`;
  return `data: ${head},${mark},"choices":[${choice}],"obfuscation":"${padding}"}\n\n`;
}

/** An event of a stream, cut where its time goes. */
export function eventAround(): [before: string, after: string] {
  const delta = '{"content":" word"}';
  const whole = event(delta, 'null', 'x'.repeat(EVENT_BYTES - event(delta, 'null', '').length));
  const at = whole.indexOf(STAMP_MARK) + STAMP_MARK.length;
  return [whole.slice(0, at), whole.slice(at + STAMP_DIGITS)];
}

/** What ends a stream; not stamped, since a gateway may hold it back until the log is on the disk. */
export function streamEnding(): string {
  const usage = '{"prompt_tokens":371,"completion_tokens":99,"total_tokens":470}';
  const last = event('{}', '"stop"', '').replace(STAMP_MARK, '"no_').replace('"obfuscation":""', `"usage":${usage}`);
  return `${last}data: [DONE]\n\n`;
}

/** A complete request, ready for a socket. */
export function requestBytes(port: number, answer: Answer, extraHeaders: readonly string[] = []): string {
  const body = requestBody(answer);
  return [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Authorization: Bearer sk-bench-0123456789abcdef0123456789abcdef',
    'Content-Type: application/json',
    'Accept: application/json',
    'User-Agent: OpenAI/JS 7.55.0',
    'X-Stainless-Lang: js',
    'X-Stainless-Runtime: node',
    ...PROPERTY_HEADERS,
    ...extraHeaders,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** The head of an upload of so many bytes. */
export function uploadHead(port: number, bytes: number): string {
  return [
    'POST /v1/files HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Authorization: Bearer sk-bench-0123456789abcdef0123456789abcdef',
    'Content-Type: multipart/form-data; boundary=bench',
    `Content-Length: ${bytes}`,
    '',
    '',
  ].join('\r\n');
}
