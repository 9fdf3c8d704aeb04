/**
 * Gradeway's own error answers on the proxy, in the shape that OpenAI's clients read, with a header that says whose error
 * it is. Which error it is and whether it is recorded is left to the caller.
 */
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { Incoming, Outgoing } from './client-side.ts';

/** How long the rest of a refused upload is read, so that the answer is not lost to a reset (RFC 9112, 9.6). */
const LINGER_MS = 1000;

export interface RefusalIds {
  /** The log's own id; null where the call has no log. */
  id: string | null;
  requestId: string;
  ignored: string | undefined;
  logStatus: string | undefined;
  /** What guardrails say of the call. */
  guardrails?: string | undefined;
}

/** `{"error": {message, type, param, code, log_id}}`; no log, no id of one. */
export function errorBody(code: ErrorCode, message: string, logId: string | null): string {
  return JSON.stringify({ error: { message, type: ERRORS[code].type, param: null, code, log_id: logId } });
}

/** The headers that every answer of the proxy carries, as name, value, name, value. */
export function ownHeaders(ids: RefusalIds, status: 'success' | 'failed'): string[] {
  const headers = ['Helicone-Id', ids.requestId, 'Gradeway-Id', ids.requestId, 'Helicone-Status', status];
  if (ids.ignored !== undefined) headers.push('Gradeway-Ignored', ids.ignored);
  if (ids.logStatus !== undefined) headers.push('Gradeway-Log', ids.logStatus);
  if (ids.guardrails !== undefined) headers.push('Gradeway-Guardrail', ids.guardrails);
  return headers;
}

/** Sends an error. Where more of the request is on its way than can be waited for, the connection closes after it. */
export function answerError(
  incoming: Incoming,
  outgoing: Outgoing,
  code: ErrorCode,
  message: string,
  ids: RefusalIds,
  close: boolean,
): void {
  if (outgoing.destroyed) return;
  const body = Buffer.from(errorBody(code, message, ids.id));
  const headers = ['Content-Type', 'application/json', 'Content-Length', String(body.length), 'Gradeway-Error', code];
  headers.push(...ownHeaders(ids, 'failed'));
  const lingers = close && !incoming.complete;
  if (lingers) headers.push('Connection', 'close');
  outgoing.writeHead(ERRORS[code].status, headers);
  if (lingers) linger(incoming, outgoing, body);
  else outgoing.end(body);
}

/** The answer is complete by its length; only the connection stays a while to take in what the client is still sending. */
function linger(incoming: Incoming, outgoing: Outgoing, body: Buffer): void {
  if (incoming.method === 'HEAD') outgoing.flushHeaders();
  else outgoing.write(body);
  const end = (): void => {
    clearTimeout(timer);
    if (!outgoing.writableEnded) outgoing.end();
  };
  const timer = setTimeout(end, LINGER_MS);
  outgoing.once('close', end);
  incoming.once('end', end);
  incoming.resume();
}
