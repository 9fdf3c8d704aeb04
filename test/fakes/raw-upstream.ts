/**
 * A far end that speaks bytes: it takes whatever arrives, splits it strictly into requests, and lets a script answer each
 * one with any bytes, cuts and resets. What is not strictly HTTP/1.1 is kept in `malformed`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { listenOnFreePort } from './listen.ts';

export interface RawRequest {
  /** Request line and headers, without the empty line. */
  head: string;
  headers: [string, string][];
  body: Buffer;
}

export interface RawUpstream {
  port: number;
  url: string;
  requests: RawRequest[];
  /** Everything received, per connection. */
  received: string[];
  /** Bytes that are no well-formed request, nor the beginning of one. */
  malformed: string[];
  openSockets(): number;
  /** Resolves with the milliseconds it took until no connection is open. */
  closedWithin(limitMs: number): Promise<number>;
  close(): Promise<void>;
}

export interface RawScript {
  /** Called for each whole request. */
  request?(socket: Socket, request: RawRequest, index: number): void;
  /** Called when a connection opens. */
  connection?(socket: Socket): void;
  /** Called for each chunk before it is parsed. */
  data?(socket: Socket, chunk: Buffer): void;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startRawUpstream(script: RawScript): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const pending = new Map<Socket, Buffer>();
  const requests: RawRequest[] = [];
  const received: string[] = [];
  const malformed: string[] = [];
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const connection = received.push('') - 1;
    sockets.add(socket);
    pending.set(socket, Buffer.alloc(0));
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    script.connection?.(socket);
    socket.on('data', (chunk: Buffer) => {
      if (received[connection]!.length < 1_000_000) received[connection] += chunk.toString('latin1');
      script.data?.(socket, chunk);
      let rest: Buffer = Buffer.concat([pending.get(socket)!, chunk]);
      for (;;) {
        const parsed = parseRequest(rest);
        if (parsed === MALFORMED) malformed.push(rest.toString('latin1'));
        if (parsed === undefined || parsed === MALFORMED) break;
        rest = parsed.rest;
        requests.push(parsed.request);
        script.request?.(socket, parsed.request, requests.length - 1);
      }
      pending.set(socket, rest);
    });
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    received,
    malformed,
    openSockets: () => sockets.size,
    async closedWithin(limitMs) {
      const start = performance.now();
      while (sockets.size > 0 && performance.now() - start < limitMs)
        await new Promise((resolve) => setTimeout(resolve, 2));
      return sockets.size > 0 ? Number.POSITIVE_INFINITY : performance.now() - start;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ [^ ]+ HTTP\/1\.1$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;

const MALFORMED = Symbol('malformed');

interface Parsed<T> {
  value: T;
  end: number;
}

/** Strictly as RFC 9112 has it; undefined where more bytes are needed. */
function parseRequest(bytes: Buffer): { request: RawRequest; rest: Buffer } | undefined | typeof MALFORMED {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const [line, ...lines] = head.split('\r\n');
  if (!REQUEST_LINE.test(line!)) return MALFORMED;
  const headers: [string, string][] = [];
  for (const one of lines) {
    const match = HEADER_LINE.exec(one);
    if (match === null) return MALFORMED;
    headers.push([match[1]!, match[2]!]);
  }
  const values = (name: string): string[] =>
    headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  const lengths = values('content-length');
  const codings = values('transfer-encoding');
  if (values('host').length !== 1 || lengths.length + codings.length > 1) return MALFORMED;
  if (codings.length === 1 && codings[0] !== 'chunked') return MALFORMED;
  if (lengths.length === 1 && !/^\d{1,15}$/.test(lengths[0]!)) return MALFORMED;
  const from = end + 4;
  const body = codings.length === 1 ? parseChunks(bytes, from) : parseLength(bytes, from, Number(lengths[0] ?? 0));
  if (body === undefined || body === MALFORMED) return body;
  return { request: { head, headers, body: body.value }, rest: bytes.subarray(body.end) };
}

function parseLength(bytes: Buffer, from: number, length: number): Parsed<Buffer> | undefined {
  return bytes.length < from + length ? undefined : { value: bytes.subarray(from, from + length), end: from + length };
}

function parseChunks(bytes: Buffer, from: number): Parsed<Buffer> | undefined | typeof MALFORMED {
  const parts: Buffer[] = [];
  let at = from;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-fA-F]{1,8}$/.test(size)) return MALFORMED;
    const length = Number.parseInt(size, 16);
    const chunkEnd = lineEnd + 2 + length;
    if (bytes.length < chunkEnd + 2) return undefined;
    if (bytes.toString('latin1', chunkEnd, chunkEnd + 2) !== '\r\n') return MALFORMED;
    if (length === 0) return { value: Buffer.concat(parts), end: chunkEnd + 2 };
    parts.push(bytes.subarray(lineEnd + 2, chunkEnd));
    at = chunkEnd + 2;
  }
}
