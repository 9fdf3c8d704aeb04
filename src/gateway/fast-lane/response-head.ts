/**
 * Reads the head of an upstream's answer where it is of the plainest kind: a final status, a body of known length or in
 * chunks or none at all. Everything else (interim heads, HTTP/1.0, bodies that end with the connection, contradictions and
 * whatever is odd) is answered with `undefined`, and for undici to read.
 */
import { BEGUN_LINE, LINES, splitLines } from './header-lines.ts';

export interface ResponseHead {
  status: number;
  reason: string;
  /** Name, value, name, value. */
  rawHeaders: string[];
  /** Bytes of the body; -1 where it comes in chunks. */
  length: number;
  /** As the handler wants to see them. */
  parsed: { connection: string | undefined; 'content-length': string | undefined };
  /** The connection takes no further request. */
  closes: boolean;
  /** How long the upstream keeps an idle connection, where it says so. */
  keepAliveMs: number | undefined;
}

const STATUS = 'HTTP/1\\.1 [2-5]\\d\\d [\\t -~]*\\r\\n';
const HEAD = new RegExp(`^${STATUS}${LINES}$`);
const BEGUN = new RegExp(`^${STATUS}${LINES}${BEGUN_LINE}$`);
const STATUS_AT = 'HTTP/1.1 '.length;
const LENGTH = /^\d{1,15}$/;

/** Whether these bytes can still become a head that `readResponseHead` takes. */
export function mayBecomeHead(text: string): boolean {
  return BEGUN.test(text);
}

/** `head` ends after its last line, before the empty one. */
export function readResponseHead(head: string): ResponseHead | undefined {
  if (!HEAD.test(head)) return undefined;
  const lineEnd = head.indexOf('\r');
  const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
  const rawHeaders = splitLines(head, lineEnd + 2, head.length);
  let connection: string | undefined;
  let length: string | undefined;
  let coding: string | undefined;
  let keepAliveMs: number | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    // Names of other lengths are none of these: most headers are passed by without being looked at.
    if (name.length === 10) {
      const lower = name.toLowerCase();
      if (lower === 'connection') {
        if (connection !== undefined) return undefined;
        connection = rawHeaders[index + 1]!.toLowerCase();
      } else if (lower === 'keep-alive') keepAliveMs = readKeepAlive(rawHeaders[index + 1]!) ?? keepAliveMs;
    } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      if (length !== undefined) return undefined;
      length = rawHeaders[index + 1]!;
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (coding !== undefined) return undefined;
      coding = rawHeaders[index + 1]!.toLowerCase();
    } else if (name.length === 7 && name.toLowerCase() === 'upgrade') return undefined;
  }
  const bytes = bodyBytes(status, length, coding);
  if (bytes === undefined) return undefined;
  if (connection !== undefined && connection !== 'keep-alive' && connection !== 'close') return undefined;
  return {
    status,
    reason: head.slice(STATUS_AT + 4, lineEnd),
    rawHeaders,
    length: bytes,
    parsed: { connection, 'content-length': length },
    closes: connection === 'close',
    keepAliveMs,
  };
}

/** Undefined where what the head says is not of the plainest kind. */
function bodyBytes(status: number, length: string | undefined, coding: string | undefined): number | undefined {
  if (status === 204 || status === 304) return length === undefined && coding === undefined ? 0 : undefined;
  if (coding !== undefined) return coding === 'chunked' && length === undefined ? -1 : undefined;
  return length !== undefined && LENGTH.test(length) ? Number(length) : undefined;
}

function readKeepAlive(value: string): number | undefined {
  const seconds = /timeout=(\d+)/.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
