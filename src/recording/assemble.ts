/** From a captured exchange to the log that is committed: decoded, redacted, read, priced, cleaned. */
import { bytesOf, type Capture, type Exchange } from '../model/exchange.ts';
import { decodeContent } from '../providers/decode-content.ts';
import { costOf } from '../providers/price.ts';
import { type CallFacts, readFacts } from '../providers/read-facts.ts';
import type { StoredLog } from '../store/store.ts';
import { redact, redactText } from './redact.ts';
import type { Redaction } from './redaction/redaction.ts';

/** The log of an exchange, without which evaluators shall see it. Never throws on any body. */
export function assemble(exchange: Exchange, redaction?: Redaction): StoredLog {
  const { directives, credentials } = exchange;
  const text = (given: string | null | undefined): string | null => textOf(given, redaction);
  const request = readable(exchange.request, exchange.requestHeaders, credentials);
  const response = readable(exchange.response, exchange.responseHeaders, credentials);
  const facts = readFacts({
    provider: exchange.provider,
    path: exchange.path,
    status: exchange.status,
    requestHeaders: request.headers,
    responseHeaders: response.headers,
    requestBody: request.body,
    responseBody: response.body,
    requestTruncated: exchange.request.truncated,
    responseTruncated: exchange.response.truncated,
  });
  const model = directives.modelOverride ?? facts.modelAnswered ?? facts.modelAsked;
  // Behind the reading: usage and cost are those of what was said, not of what is left of it.
  const requestBody = request.body && (redaction?.body(request.body) ?? request.body);
  const responseBody = response.body && (redaction?.body(response.body) ?? response.body);
  return {
    id: exchange.id,
    requestId: directives.requestId,
    projectId: exchange.projectId,
    upstream: exchange.upstream,
    provider: exchange.provider,
    target: exchange.target,
    method: exchange.method,
    path: pathOf(exchange.path, credentials, redaction),
    modelAsked: text(facts.modelAsked),
    modelAnswered: text(facts.modelAnswered),
    model: text(model),
    status: exchange.status ?? null,
    errorCode: exchange.errorCode ?? null,
    ending: exchange.ending,
    stream: facts.stream,
    startedAtMs: Math.floor(exchange.startedAtMs),
    firstByteMs: milliseconds(exchange.firstByteMs),
    firstTokenMs: firstTokenMs(exchange, facts, response),
    durationMs: milliseconds(exchange.durationMs) ?? 0,
    usage: facts.usage,
    costUsd: costOf({
      provider: exchange.provider,
      upstream: exchange.upstream,
      model,
      usage: facts.usage,
      atMs: exchange.startedAtMs,
      reportedCostUsd: facts.reportedCostUsd,
    }),
    finishReason: text(facts.finishReason),
    userId: text(directives.userId ?? facts.user),
    sessionId: text(directives.sessionId),
    sessionName: text(directives.sessionName),
    sessionPath: text(directives.sessionPath),
    providerResponseId: textOf(facts.providerResponseId, undefined),
    requestSize: exchange.request.size,
    responseSize: exchange.response.size,
    requestTruncated: exchange.request.truncated,
    responseTruncated: exchange.response.truncated,
    requestOmitted: directives.omitRequest,
    responseOmitted: directives.omitResponse,
    // Of what was struck out a checksum would still say whether a guess is right.
    requestSha256: requestBody === request.body ? (exchange.request.sha256 ?? null) : null,
    responseSha256: responseBody === response.body ? (exchange.response.sha256 ?? null) : null,
    requestHeaders: request.headers,
    responseHeaders: response.headers,
    propertiesDropped: directives.propertiesDropped,
    parseError: text(facts.parseError),
    properties: cleanProperties(directives.properties, text),
    requestBody: directives.omitRequest ? undefined : requestBody,
    responseBody: directives.omitResponse ? undefined : responseBody,
  };
}

interface ReadableBody {
  body: Uint8Array | undefined;
  headers: Record<string, string>;
  decoded: boolean;
}

/**
 * Bodies are stored without their content-encoding: they can be searched and redacted, and compress better together
 * than one by one. One that cannot be decoded stays as it was, and keeps its header.
 */
function readable(capture: Capture, headers: Record<string, string>, credentials: readonly string[]): ReadableBody {
  if (capture.size === 0) return { body: undefined, headers, decoded: false };
  const captured = bytesOf(capture);
  const { bytes, encoded, error } = decodeContent(captured, headers['content-encoding']);
  if (error !== null) return { body: redact(captured, credentials), headers, decoded: false };
  const { 'content-encoding': _encoding, ...others } = headers;
  return { body: redact(bytes, credentials), headers: others, decoded: encoded };
}

/** When the first token came: the arrival of the chunk that ends its event. */
function firstTokenMs(exchange: Exchange, facts: CallFacts, { body, decoded }: ReadableBody): number | null {
  if (!facts.stream) return null;
  // Of a compressed stream, and of one that a logger has put together, only the arrival of its first bytes is known.
  if (decoded || (isObject(body) && (exchange.status ?? 200) < 400)) return milliseconds(exchange.firstByteMs);
  const offset = facts.firstTokenOffset;
  if (offset === undefined) return null;
  for (let index = 0; index < exchange.arrivals.length; index += 2)
    if (exchange.arrivals[index]! >= offset) return milliseconds(exchange.arrivals[index + 1]);
  return null;
}

/** Whether a body begins as a JSON object, which no event stream does. */
function isObject(body: Uint8Array | undefined): boolean {
  const first = body?.find((byte) => byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09);
  return first === 0x7b;
}

function cleanProperties(properties: Map<string, string>, text: (given: string) => string | null): Map<string, string> {
  const result = new Map<string, string>();
  for (const [name, value] of properties) result.set(clean(name), text(value)!);
  return result;
}

function textOf(given: string | null | undefined, redaction: Redaction | undefined): string | null {
  if (given === null || given === undefined) return null;
  const cleaned = clean(given);
  return redaction?.text(cleaned) ?? cleaned;
}

function pathOf(given: string, credentials: readonly string[], redaction: Redaction | undefined): string {
  const path = redactText(clean(given), credentials);
  return redaction?.path(path) ?? path;
}

/** PostgreSQL refuses NUL and lone surrogates in text, and loses whole batches to them; neither means anything in these columns. */
function clean(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text).toWellFormed();
}

/** Microseconds are noise in a database. */
function milliseconds(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
