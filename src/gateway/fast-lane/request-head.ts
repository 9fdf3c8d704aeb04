/**
 * Reads the head of a request where it is of the plainest kind: a common method, a path of ordinary characters, one Host, a
 * body with one length or none. Everything else is answered with `undefined`, and for the ordinary lane to judge: what is
 * taken here must be a subset of what that takes, read in the same way.
 */
import { BEGUN_LINE, LINES, splitLines } from './header-lines.ts';

export interface RequestHead {
  method: string;
  /** Path and query. */
  url: string;
  rawHeaders: string[];
  headers: KnownHeaders;
  /** Bytes of the body. */
  length: number;
}

/** Those that the gateway asks for by name. */
export interface KnownHeaders {
  host: string;
  connection: string | undefined;
  'content-length': string | undefined;
  'content-encoding': string | undefined;
  origin: string | undefined;
  'sec-fetch-site': string | undefined;
}

const REQUEST_LINE = "(?:GET|POST|PUT|PATCH|DELETE) /[A-Za-z0-9._~!$&'()*+,;=:@/?%-]* HTTP/1\\.1\\r\\n";
const HEAD = new RegExp(`^${REQUEST_LINE}${LINES}$`);
const BEGUN = new RegExp(`^${REQUEST_LINE}${LINES}${BEGUN_LINE}$`);
const VERSION_BYTES = ' HTTP/1.1'.length;
const LENGTH = /^(?:0|[1-9]\d{0,8})$/;
/** How these are joined where they come twice, and what they ask of a server, is the ordinary lane's to know. */
const NOT_HERE = new Set(['transfer-encoding', 'expect', 'upgrade', 'http2-settings', 'te', 'trailer']);

/** Whether these bytes can still become a head that `readRequestHead` takes. */
export function mayBecomeHead(text: string): boolean {
  return BEGUN.test(text);
}

/** `head` ends after its last line, before the empty one. */
export function readRequestHead(head: string, mostHeaders: number): RequestHead | undefined {
  if (!HEAD.test(head)) return undefined;
  const lineEnd = head.indexOf('\r');
  const methodEnd = head.indexOf(' ');
  const rawHeaders = splitLines(head, lineEnd + 2, head.length);
  if (rawHeaders.length > 2 * mostHeaders) return undefined;
  const headers: KnownHeaders = {
    host: '',
    connection: undefined,
    'content-length': undefined,
    'content-encoding': undefined,
    origin: undefined,
    'sec-fetch-site': undefined,
  };
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (!note(headers, rawHeaders[index]!, rawHeaders[index + 1]!)) return undefined;
  const { host, connection, 'content-length': length } = headers;
  if (host === '' || (connection !== undefined && connection.toLowerCase() !== 'keep-alive')) return undefined;
  if (length !== undefined && !LENGTH.test(length)) return undefined;
  return {
    method: head.slice(0, methodEnd),
    url: head.slice(methodEnd + 1, lineEnd - VERSION_BYTES),
    rawHeaders,
    headers,
    length: length === undefined ? 0 : Number(length),
  };
}

/** Names are told apart by length first, so that most headers are passed by without being looked at. False: not here. */
function note(headers: KnownHeaders, name: string, value: string): boolean {
  switch (name.length) {
    case 4:
      return name.toLowerCase() !== 'host' || noteOnce(headers, 'host', value);
    case 6: {
      const lower = name.toLowerCase();
      if (lower === 'origin') return noteOnce(headers, 'origin', value);
      return lower !== 'expect';
    }
    case 2:
    case 7:
    case 17:
      return !NOT_HERE.has(name.toLowerCase());
    case 10:
      return name.toLowerCase() !== 'connection' || noteOnce(headers, 'connection', value);
    case 14: {
      const lower = name.toLowerCase();
      if (lower === 'content-length') return noteOnce(headers, 'content-length', value);
      if (lower === 'sec-fetch-site') return noteOnce(headers, 'sec-fetch-site', value);
      return lower !== 'http2-settings';
    }
    case 16:
      return name.toLowerCase() !== 'content-encoding' || noteOnce(headers, 'content-encoding', value);
    default:
      return true;
  }
}

function noteOnce(headers: KnownHeaders, name: keyof KnownHeaders, value: string): boolean {
  const first = headers[name] === undefined || headers[name] === '';
  headers[name] = value;
  return first;
}
