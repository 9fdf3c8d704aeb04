/** From a captured exchange to the log that is committed: decoded, redacted, read, priced, cleaned. */
import { bytesOf, type Capture, type Exchange } from '../model/exchange.ts';
import { decodeContent } from '../providers/decode-content.ts';
import { costOf } from '../providers/price.ts';
import { type CallFacts, readFacts } from '../providers/read-facts.ts';
import type { StoredLog } from '../store/store.ts';
import { redact, redactText } from './redact.ts';

/** The log of an exchange, without which evaluators shall see it. Never throws on any body. */
export function assemble(exchange: Exchange): StoredLog {
  const { directives, credentials } = exchange;
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
  return {
    id: exchange.id,
    requestId: directives.requestId,
    projectId: exchange.projectId,
    upstream: exchange.upstream,
    provider: exchange.provider,
    target: exchange.target,
    method: exchange.method,
    path: redactText(clean(exchange.path), credentials),
    modelAsked: cleanOrNull(facts.modelAsked),
    modelAnswered: cleanOrNull(facts.modelAnswered),
    model: cleanOrNull(model),
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
    finishReason: cleanOrNull(facts.finishReason),
    userId: cleanOrNull(directives.userId ?? facts.user),
    sessionId: cleanOrNull(directives.sessionId),
    sessionName: cleanOrNull(directives.sessionName),
    sessionPath: cleanOrNull(directives.sessionPath),
    providerResponseId: cleanOrNull(facts.providerResponseId),
    requestSize: exchange.request.size,
    responseSize: exchange.response.size,
    requestTruncated: exchange.request.truncated,
    responseTruncated: exchange.response.truncated,
    requestOmitted: directives.omitRequest,
    responseOmitted: directives.omitResponse,
    requestSha256: exchange.request.sha256 ?? null,
    responseSha256: exchange.response.sha256 ?? null,
    requestHeaders: request.headers,
    responseHeaders: response.headers,
    propertiesDropped: directives.propertiesDropped,
    parseError: cleanOrNull(facts.parseError),
    properties: cleanProperties(directives.properties),
    requestBody: directives.omitRequest ? undefined : request.body,
    responseBody: directives.omitResponse ? undefined : response.body,
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

function cleanProperties(properties: Map<string, string>): Map<string, string> {
  const result = new Map<string, string>();
  for (const [name, value] of properties) result.set(clean(name), clean(value));
  return result;
}

function cleanOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : clean(text);
}

/** PostgreSQL refuses NUL and lone surrogates in text, and loses whole batches to them; neither means anything in these columns. */
function clean(text: string): string {
  return (text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text).toWellFormed();
}

/** Microseconds are noise in a database. */
function milliseconds(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value * 1000) / 1000;
}
