/** Writes a request to an upstream, byte for byte as undici does: with a body of known length or none. */
import type { Socket } from 'node:net';
import type { UpstreamRequest } from '../upstream-side.ts';

/** Up to here head and body go out as one string, in one write. */
const STRING_BYTES = 16 * 1024;
/** Methods that say so where they bring no body. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** What comes between the path and the headers of every request to this host. */
export function linesFor(host: string): string {
  return ` HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
}

export function writeRequest(socket: Socket, request: UpstreamRequest, hostLines: string): void {
  const { method, path, headers } = request;
  const body = request.body as Buffer | null;
  const length = body === null ? 0 : body.length;
  let head = method + ' ' + path + hostLines;
  for (let index = 0; index < headers.length; index += 2) head += headers[index]! + ': ' + headers[index + 1]! + '\r\n';
  head += length > 0 || WITH_BODY.has(method) ? 'content-length: ' + length + '\r\n\r\n' : '\r\n';
  if (body === null || length === 0) socket.write(head, 'latin1');
  else if (head.length + length <= STRING_BYTES) socket.write(head + body.toString('latin1'), 'latin1');
  else {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }
}
