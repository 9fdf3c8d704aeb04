/** A far end on node:http: a handler answers, and what arrived is kept as it arrived. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { listenOnFreePort } from './listen.ts';

export interface SeenRequest {
  method: string;
  url: string;
  rawHeaders: string[];
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface HttpUpstream {
  port: number;
  url: string;
  /** Requests whose body has arrived whole. */
  seen: SeenRequest[];
  /** Connections that are open now. */
  openSockets(): number;
  /** Replaces the handler. */
  answer(handler: HttpHandler): void;
  close(): Promise<void>;
}

export type HttpHandler = (request: SeenRequest, response: ServerResponse) => void;

/** Starts it on a free port of 127.0.0.1. Without a handler it answers `{}`. */
export async function startHttpUpstream(handler: HttpHandler = answerEmptyObject): Promise<HttpUpstream> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let current = handler;
  const server = createServer({ maxHeaderSize: 256 * 1024, requireHostHeader: false }, (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method, url, rawHeaders, headers } = incoming as IncomingMessage & { method: string; url: string };
      const request = { method, url, rawHeaders, headers, body: Buffer.concat(chunks) };
      seen.push(request);
      current(request, outgoing);
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    seen,
    openSockets: () => sockets.size,
    answer(next) {
      current = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

function answerEmptyObject(_request: SeenRequest, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
}
