/** A real receiver of webhooks on 127.0.0.1, and what it was sent. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { listenOnFreePort } from '../fakes/listen.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  /** How it answers; 200 `ok` unless replaced. */
  answer: (received: Received, outgoing: ServerResponse, incoming: IncomingMessage) => void;
  connections: number;
}

export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = {
    url: '',
    port: 0,
    received: [],
    answer: (_received, outgoing) => outgoing.end('ok'),
    connections: 0,
  };
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const received = { path: incoming.url!, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
      receiver.received.push(received);
      receiver.answer(received, outgoing, incoming);
    });
  });
  server.on('connection', () => {
    receiver.connections += 1;
  });
  receiver.port = await listenOnFreePort(server);
  receiver.url = `http://127.0.0.1:${receiver.port}/hook`;
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return receiver;
}
