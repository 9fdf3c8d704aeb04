/**
 * The fake upstream, as a process of its own: raw sockets and prepared bytes, so that it costs the machine as little as
 * can be. Answers JSON, a stream of stamped events, a long stream, or the size of an upload; keeps every connection open.
 */
import { createServer, type Socket } from 'node:net';
import { nowUs } from './clock.ts';
import {
  type Answer,
  BULK_PIECE_BYTES,
  eventAround,
  readAnswer,
  responseBody,
  STAMP_DIGITS,
  streamEnding,
} from './payloads.ts';
import { whenWritable } from './writable.ts';

const HEAD_END = '\r\n\r\n';
/** As much of a body is looked at to learn what to answer. */
const LOOKED_AT_BYTES = 4096;

function head(status: string, type: string, framing: string): string {
  return [
    `HTTP/1.1 ${status}`,
    'Date: Sat, 21 Nov 2026 09:00:00 GMT',
    `Content-Type: ${type}`,
    framing,
    'openai-organization: bench',
    'openai-processing-ms: 312',
    'openai-version: 2020-10-01',
    'x-ratelimit-remaining-requests: 9999',
    'x-request-id: req_5f2d8a6b3c914e0c8f7e6d5c4b3a2918',
    '',
    '',
  ].join('\r\n');
}

function json(body: string): string {
  return head('200 OK', 'application/json', `Content-Length: ${Buffer.byteLength(body)}`) + body;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

const JSON_ANSWER = Buffer.from(json(responseBody()));
const STREAM_HEAD = head('200 OK', 'text/event-stream; charset=utf-8', 'Transfer-Encoding: chunked');
const STREAM_END = `${chunk(streamEnding())}0\r\n\r\n`;
const [EVENT_BEFORE, EVENT_AFTER] = eventAround();
const EVENT_SIZE = (EVENT_BEFORE.length + STAMP_DIGITS + EVENT_AFTER.length).toString(16);
const [CHUNK_BEFORE, CHUNK_AFTER] = [`${EVENT_SIZE}\r\n${EVENT_BEFORE}`, `${EVENT_AFTER}\r\n`];
const BULK_PIECE = Buffer.from(chunk(`data: ${'x'.repeat(BULK_PIECE_BYTES - 8)}\n\n`));

interface Stream {
  socket: Socket;
  left: number;
  gapUs: number;
  dueUs: number;
}

let streams: Stream[] = [];
let ticking = false;

/** One timer for all streams: two thousand timers would cost more than the events. */
function tick(): void {
  const now = nowUs();
  let over = false;
  for (const stream of streams) {
    if (stream.dueUs > now) continue;
    if (stream.socket.destroyed) stream.left = -1;
    else if (stream.left === 0) stream.socket.write(STREAM_END, 'latin1');
    else {
      const stamp = Math.floor(nowUs()).toString().padStart(STAMP_DIGITS, '0');
      stream.socket.write(CHUNK_BEFORE + stamp + CHUNK_AFTER, 'latin1');
    }
    stream.left -= 1;
    if (stream.left < 0) over = true;
    // Late events are not made up for in a burst.
    stream.dueUs = Math.max(stream.dueUs + stream.gapUs, now);
  }
  if (over) streams = streams.filter(({ left }) => left >= 0);
  ticking = streams.length > 0;
  if (ticking) setTimeout(tick, 1);
}

function begin(socket: Socket, answer: Answer): void {
  if (answer === 'json') socket.write(JSON_ANSWER);
  else if ('bytes' in answer) {
    socket.write(STREAM_HEAD, 'latin1');
    void sendBulk(socket, answer.bytes);
  } else {
    socket.write(STREAM_HEAD, 'latin1');
    streams.push({ socket, left: answer.events, gapUs: answer.gapMs * 1000, dueUs: nowUs() + answer.gapMs * 1000 });
    if (!ticking) {
      ticking = true;
      setTimeout(tick, 1);
    }
  }
}

async function sendBulk(socket: Socket, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes; sent += BULK_PIECE_BYTES) {
    if (socket.destroyed) return;
    if (!socket.write(BULK_PIECE)) await whenWritable(socket);
  }
  socket.write(STREAM_END, 'latin1');
}

/** Reads requests one after the other; a body is counted and, but for its beginning, not kept. */
function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let begun: Buffer = Buffer.alloc(0);
  let bodyLeft = -1;
  let size = 0;
  let beginning: Buffer = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    let rest = data;
    while (rest.length > 0) {
      if (bodyLeft === -1) {
        if (begun.length > 0) rest = Buffer.concat([begun, rest]);
        const end = rest.indexOf(HEAD_END);
        if (end === -1) {
          begun = Buffer.from(rest);
          return;
        }
        begun = Buffer.alloc(0);
        const text = rest.toString('latin1', 0, end).toLowerCase();
        if (text.includes('\r\ntransfer-encoding:')) {
          socket.end(head('411 Length Required', 'text/plain', 'Content-Length: 0'));
          return;
        }
        const length = /\r\ncontent-length: *(\d+)/.exec(text);
        bodyLeft = length === null ? 0 : Number(length[1]);
        size = bodyLeft;
        beginning = Buffer.alloc(0);
        rest = rest.subarray(end + HEAD_END.length);
      }
      const piece = rest.subarray(0, bodyLeft);
      bodyLeft -= piece.length;
      rest = rest.subarray(piece.length);
      if (size <= LOOKED_AT_BYTES) beginning = beginning.length === 0 ? piece : Buffer.concat([beginning, piece]);
      if (bodyLeft > 0) return;
      bodyLeft = -1;
      if (size > LOOKED_AT_BYTES) socket.write(json(JSON.stringify({ object: 'file', bytes: size })));
      else begin(socket, readAnswer(beginning));
    }
  });
  socket.on('error', () => socket.destroy());
}

const server = createServer(serve);
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.send!({ port: (server.address() as { port: number }).port });
});
process.on('disconnect', () => process.exit(0));
