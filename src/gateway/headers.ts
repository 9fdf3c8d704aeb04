/**
 * What happens to each header: passed on, dropped, read as a directive, or noted for the log. Order, case, duplicates and
 * latin1 bytes of what passes stay as they came. One pass over the raw list per message, names classified once and
 * remembered. Reading the directives themselves is left to directives.ts.
 */
import { CREDENTIAL_HEADERS } from '../providers/credential.ts';

/** Hop-by-hop (RFC 9110, 7.6.1), or about framing, which each connection has its own. */
const REQUEST_DROPPED = [
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const RESPONSE_DROPPED = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  'gradeway-error',
  'gradeway-guardrail',
  'gradeway-id',
  'gradeway-ignored',
  'gradeway-log',
  'helicone-id',
  'helicone-status',
];
/** Request headers that a log keeps; everything else is never stored. */
const LOGGED_REQUEST_HEADERS = [
  'accept',
  'accept-encoding',
  'anthropic-beta',
  'anthropic-version',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'openai-beta',
  'openai-organization',
  'openai-project',
  'traceparent',
  'user-agent',
  'x-request-id',
] as const;
/** Response headers that a log keeps. */
export const LOGGED_RESPONSE_HEADERS = [
  'cf-ray',
  'content-encoding',
  'content-type',
  'openai-model',
  'openai-organization',
  'openai-processing-ms',
  'openai-version',
  'request-id',
  'retry-after',
  'server',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-request-id',
] as const;

const PASSED = 0;
const DROPPED = 1;
const DIRECTIVE = 2;
const CREDENTIAL = 3;
const LOGGED = 4;
const LENGTH = 5;
const TRAILER = 6;
const DISPOSITION = 7;
const COOKIE = 8;

interface Class {
  kind: number;
  lower: string;
}

const REQUEST = classes([
  [CREDENTIAL_HEADERS, CREDENTIAL],
  [['cookie'], COOKIE],
  [REQUEST_DROPPED, DROPPED],
  [LOGGED_REQUEST_HEADERS, LOGGED],
]);
const RESPONSE = classes([
  [RESPONSE_DROPPED, DROPPED],
  [LOGGED_RESPONSE_HEADERS, LOGGED],
  [['content-length'], LENGTH],
  [['trailer'], TRAILER],
  [['content-disposition'], DISPOSITION],
]);
/** What is as long is taken for a secret under any name; what is shorter, under these only. */
const COOKIE_SECRET_LENGTH = 16;
const SECRET_COOKIE = /sess|token|auth|key|sid(?![a-z])|jwt|secret|csrf/i;
/** Spellings remembered per direction; names beyond are classified each time, so that a client cannot fill the memory. */
const REMEMBERED = 1000;
const requestSpellings = new Map<string, Class>();
const responseSpellings = new Map<string, Class>();

export interface RequestHeaders {
  /** What goes upstream: name, value, name, value. */
  passed: string[];
  /** `helicone-*` and `gradeway-*`: lower-case name, value. */
  directives: string[];
  /** Whether the client sent a credential for the upstream, however empty. */
  hasCredential: boolean;
  /** Secrets among the values, without their scheme. */
  credentials: string[];
  logged: Record<string, string>;
}

/** Sorts a request's raw headers. `connection` is the Connection header, whose names are hop-by-hop too. */
export function readRequestHeaders(raw: readonly string[], connection: string | undefined): RequestHeaders {
  const named = namedInConnection(connection);
  const result: RequestHeaders = { passed: [], directives: [], hasCredential: false, credentials: [], logged: {} };
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!;
    const value = raw[index + 1]!;
    const { kind, lower } = requestSpellings.get(name) ?? classify(name, REQUEST, requestSpellings);
    if (kind === DROPPED) continue;
    if (kind === DIRECTIVE) {
      result.directives.push(lower, value);
      continue;
    }
    if (named?.has(lower)) continue;
    result.passed.push(name, value);
    if (kind === CREDENTIAL) {
      const secret = secretOf(value);
      if (secret !== '') result.credentials.push(secret);
      result.hasCredential = true;
    } else if (kind === COOKIE) {
      // Not a credential that an upstream of ours takes, so none that stands in a stored key's way.
      noteCookies(value, result.credentials);
    } else if (kind === LOGGED) note(result.logged, lower, value);
  }
  return result;
}

export interface ResponseHeaders {
  /** What goes to the client: name, value, name, value. */
  passed: string[];
  logged: Record<string, string>;
  /** -1 where the head does not say. */
  contentLength: number;
}

/** Sorts a response's raw headers. `trailers` says whether a Trailer header may pass (only a chunked body has trailers). */
export function readResponseHeaders(
  raw: readonly (Buffer | string)[],
  connection: string | undefined,
  trailers: boolean,
): ResponseHeaders {
  const named = namedInConnection(connection);
  const result: ResponseHeaders = { passed: [], logged: {}, contentLength: -1 };
  for (let index = 0; index < raw.length; index += 2) {
    const name = latin1(raw[index]!);
    const { kind, lower } = responseSpellings.get(name) ?? classify(name, RESPONSE, responseSpellings);
    if (kind === DROPPED || (kind === TRAILER && !trailers) || (named?.has(lower) && kind !== LENGTH)) continue;
    const value = latin1(raw[index + 1]!);
    if (kind === LENGTH) result.contentLength = Number(value);
    else if (kind === LOGGED) note(result.logged, lower, value);
    // Node re-encodes a Content-Disposition that follows a Content-Length and so breaks bytes above 0x7f: it goes first.
    if (kind === DISPOSITION && /[\u0080-\u00ff]/.test(value)) result.passed.unshift(name, value);
    else result.passed.push(name, value);
  }
  return result;
}

/** Trailers as pairs, hop-by-hop and our own names left out. */
export function readTrailers(raw: readonly (Buffer | string)[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = latin1(raw[index]!);
    if (classify(name, RESPONSE, responseSpellings).kind !== DROPPED) pairs.push([name, latin1(raw[index + 1]!)]);
  }
  return pairs;
}

function classes(lists: [readonly string[], number][]): Map<string, number> {
  return new Map(lists.flatMap(([names, kind]) => names.map((name) => [name, kind] as const)));
}

function classify(name: string, table: Map<string, number>, remembered: Map<string, Class>): Class {
  const lower = name.toLowerCase();
  const ours = table === REQUEST && (lower.startsWith('helicone-') || lower.startsWith('gradeway-'));
  const found = { kind: ours ? DIRECTIVE : (table.get(lower) ?? PASSED), lower };
  if (remembered.size < REMEMBERED && !ours) remembered.set(name, found);
  return found;
}

/** The usual `keep-alive` and `close` name no header, and cost no parsing. */
function namedInConnection(connection: string | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((token) => token.trim()),
  );
}

function note(logged: Record<string, string>, name: string, value: string): void {
  const before = logged[name];
  logged[name] = before === undefined ? value : `${before}, ${value}`;
}

/** Cookies hold settings too, and to strike `analytics` out wherever it stands would maim bodies. */
function noteCookies(header: string, credentials: string[]): void {
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    const value = pair
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1');
    if (
      value.length >= COOKIE_SECRET_LENGTH ||
      (value !== '' && SECRET_COOKIE.test(pair.slice(0, Math.max(0, equals))))
    )
      credentials.push(value);
  }
}

function secretOf(value: string): string {
  const space = value.indexOf(' ');
  return space === -1 ? value : value.slice(space + 1).trim();
}

function latin1(bytes: Buffer | string): string {
  return typeof bytes === 'string' ? bytes : bytes.toString('latin1');
}
