/** From the head of an upstream's answer to what of it passes on, and what its log keeps. What is ours is added by forward.ts. */
import type { Head } from './answer.ts';
import type { Incoming } from './client-side.ts';
import { readResponseHeaders } from './headers.ts';
import { reasonBytes } from './upstream-client.ts';
import type { ParsedHeaders } from './upstream-side.ts';

export interface UpstreamHead {
  status: number;
  reason: string | undefined;
  /** Name, value, name, value. */
  raw: readonly Buffer[];
  parsed: ParsedHeaders;
}

export interface AnswerHead {
  head: Head;
  logged: Record<string, string>;
  /** Server-sent events, compressed ones too. */
  isStream: boolean;
}

/** The Connection header of an answer, which names those that end here. */
export function connectionOf({ connection }: ParsedHeaders): string | undefined {
  return Array.isArray(connection) ? connection.join(',') : connection;
}

/** Of a final answer, not an interim one. */
export function readAnswerHead(incoming: Incoming, { status, reason, raw, parsed }: UpstreamHead): AnswerHead {
  const mayHaveBody = incoming.method !== 'HEAD' && status !== 204 && status !== 304;
  const trailers = mayHaveBody && parsed['content-length'] === undefined && incoming.httpVersionMinor !== 0;
  const { passed, logged, contentLength } = readResponseHeaders(raw, connectionOf(parsed), trailers);
  const type = logged['content-type'];
  const isStream = type !== undefined && isEventStream(type);
  const head = {
    status,
    reason: reasonBytes(reason ?? ''),
    headers: passed,
    contentLength: mayHaveBody ? contentLength : -1,
    mayHaveBody,
    isEventStream: isStream && logged['content-encoding'] === undefined,
  };
  return { head, logged, isStream };
}

function isEventStream(type: string): boolean {
  return type.startsWith('text/event-stream') || type.toLowerCase().startsWith('text/event-stream');
}
