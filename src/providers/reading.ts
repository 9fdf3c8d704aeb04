/** Reads one call: both bodies, the format they are in, and the facts. What is handed out of it is for `read-facts` and `read-call`. */
import type { Usage } from '../model/usage.ts';
import { type Body, readBody } from './body.ts';
import type { Format } from './formats/format.ts';
import { type JsonObject, asObject, asText } from './json.ts';
import { firstEvent, isEventStream, readStream } from './stream.ts';
import { estimateUsage, readReportedCost } from './usage.ts';
import type { WireCall } from './wire-call.ts';
import { chooseFormat, isStreamPath, modelOfPath } from './wire-format.ts';

export interface CallFacts {
  stream: boolean;
  modelAsked: string | null;
  modelAnswered: string | null;
  usage: Usage | null;
  /** What the provider says the call cost, USD (OpenRouter, Perplexity). */
  reportedCostUsd: number | null;
  finishReason: string | null;
  providerResponseId: string | null;
  parseError: string | null;
  /** The body's `user` (OpenAI) or `metadata.user_id` (Anthropic). */
  user: string | null;
  /**
   * For streams that are not content-encoded: bytes of the response up to and including the event with the first piece
   * of text, reasoning, refusal or tool call.
   */
  firstTokenOffset: number | undefined;
}

export interface Reading {
  format: Format;
  facts: CallFacts;
  /** JSON, else text, else null. */
  request: unknown;
  response: unknown;
}

/** Statuses whose answers have no body, whatever the call (RFC 9110, 6.4.1). */
const BODILESS = new Set([204, 205, 304]);

/** `parse` reads the events of a stream and may give out the same object again. Never throws. */
export function read(call: WireCall, parse: (data: string) => JsonObject | undefined): Reading {
  const asked = readBody(call.requestBody, call.requestHeaders, call.requestTruncated);
  const answered = readBody(call.responseBody, call.responseHeaders, call.responseTruncated);
  const request = asObject(asked.json) ?? asked.cut;
  const path = isStreamPath(call.path);
  const contentType = (call.responseHeaders['content-type'] ?? '').toLowerCase();
  const events = answered.text !== null && isEventStream(answered.text, contentType, path) ? answered.text : undefined;

  const format = chooseFormat(call.provider, call.path, request, () =>
    events === undefined ? asObject(answered.json) : firstEvent(events),
  );
  const stream = events === undefined ? undefined : readStream(events, format, parse);
  const response = stream === undefined ? (answered.json ?? asText(answered.text)) : stream.body;
  const responseObject = asObject(response) ?? (stream === undefined ? answered.cut : undefined);

  const facts = responseObject === undefined ? undefined : format.facts(responseObject);
  const error = errors(
    asked.error,
    stream === undefined ? errorOf(call, answered, format) : (answered.json === undefined && stream.error) || null,
  );
  return {
    format,
    request: asked.json ?? asText(asked.text),
    response,
    facts: {
      stream: isAskedStream(request) || path || contentType.includes('text/event-stream') || stream !== undefined,
      modelAsked: asText(request?.['model']) ?? modelOfPath(call.path),
      modelAnswered: facts?.model ?? null,
      usage: facts?.usage ?? estimate(call, format, request, responseObject),
      reportedCostUsd: facts?.usage ? readReportedCost(responseObject?.['usage']) : null,
      finishReason: facts?.finishReason ?? null,
      providerResponseId: facts?.id ?? null,
      parseError: error,
      user: request === undefined ? null : format.user(request),
      firstTokenOffset: wireOffset(answered, stream?.firstTokenEnd),
    },
  };
}

function isAskedStream(request: JsonObject | undefined): boolean {
  // A form has it as a text.
  return request?.['stream'] === true || request?.['stream'] === 'true';
}

function errors(asked: string | null, answered: string | null): string | null {
  if (asked === null) return answered === null ? null : `response ${answered}`;
  return answered === null ? `request ${asked}` : `request ${asked}; response ${answered}`;
}

/** Why an answer that is no stream could not be read. An error of the upstream may well be in HTML, and says so too. */
function errorOf(call: WireCall, answered: Body, format: Format): string | null {
  if (answered.error !== null || answered.json !== undefined) return answered.error;
  if (call.status === undefined || call.responseBody === undefined || BODILESS.has(call.status)) return null;
  if (!format.answersJson) return null;
  if (answered.text === '') return 'is empty';
  return 'is not JSON';
}

/** Estimated usage, where the call succeeded and there is something to estimate from. */
function estimate(
  call: WireCall,
  format: Format,
  request: JsonObject | undefined,
  response: JsonObject | undefined,
): Usage | null {
  if (response === undefined || call.status === undefined || call.status < 200 || call.status > 299) return null;
  const output = format.output(response);
  const saidNothing = output.text === '' && output.reasoning === null && output.refusal === null;
  if (saidNothing && output.toolCalls.length === 0) return null;
  return estimateUsage(request === undefined ? [] : format.input(request), output);
}

/** A position in the text as a number of bytes on the wire. */
function wireOffset(answered: Body, end: number | undefined): number | undefined {
  if (end === undefined || answered.text === null || !answered.offsetsAreWire) return undefined;
  if (answered.text.length === answered.size) return end;
  return Math.min(answered.size, Buffer.byteLength(answered.text.slice(0, end)));
}
