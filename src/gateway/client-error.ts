/**
 * Answers on the bare socket, for what Node's server does not accept as a request: grammar, header size, deadlines, tunnels.
 * The connection closes after each, since where the next request begins is unknown.
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { newId } from '../model/id.ts';
import { errorBody } from './refusal.ts';

type ServerSocket = Duplex & { _httpMessage?: (ServerResponse & { req: { complete: boolean } }) | null };

/** By Node's code; all others are grammar. */
const CODES: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'body_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_INVALID_URL: 'invalid_target',
};
const REASONS: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
};

/** For the server's `clientError`: answers what can still be answered, and closes. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const current = (socket as ServerSocket)._httpMessage;
  // A complete request is under way: the client would take this answer for that one's. Or that one's answer has begun.
  const taken = current !== undefined && current !== null && (current.req.complete || current.headersSent);
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable || taken) {
    socket.destroy(error);
    return;
  }
  const code = CODES[error.code ?? ''] ?? 'invalid_request';
  answerOnSocket(socket, code, messageOf(code, error));
}

/** Writes one error answer and closes the connection. */
export function answerOnSocket(socket: Duplex, code: ErrorCode, message: string): void {
  const id = newId();
  const body = errorBody(code, message, null);
  const { status } = ERRORS[code];
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nGradeway-Error: ${code}\r\nHelicone-Id: ${id}\r\nGradeway-Id: ${id}\r\n` +
      `Helicone-Status: failed\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** The parser's own words help a client's author; they name the rule and echo nothing. */
function messageOf(code: ErrorCode, error: NodeJS.ErrnoException & { reason?: unknown }): string {
  const { message } = ERRORS[code];
  return code === 'invalid_request' && typeof error.reason === 'string' ? `${message} (${error.reason})` : message;
}
