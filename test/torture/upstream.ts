/** The far end as a program of its own: it outlives every gateway, and says its port to its parent. */
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenOnFreePort } from '../fakes/listen.ts';
import { answerTo, findMarker } from './answers.ts';

const server = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = [];
  incoming.on('error', () => {});
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const marker = findMarker(Buffer.concat(chunks).toString());
    if (marker === undefined) outgoing.writeHead(400).end('no marker');
    else void send(outgoing, marker);
  });
});

async function send(outgoing: ServerResponse, marker: string): Promise<void> {
  const answer = answerTo(marker);
  outgoing.on('error', () => {});
  if (answer.headDelayMs > 0) await sleep(answer.headDelayMs);
  const length = answer.contentLength === undefined ? {} : { 'content-length': answer.contentLength };
  outgoing.writeHead(200, { 'content-type': answer.contentType, ...length });
  for (const [index, piece] of answer.pieces.entries()) {
    if (index > 0 && answer.pieceDelayMs > 0) await sleep(answer.pieceDelayMs);
    if (outgoing.destroyed) return;
    outgoing.write(piece);
  }
  outgoing.end();
}

const port = await listenOnFreePort(server);
process.send!({ port });
process.on('disconnect', () => process.exit(0));
