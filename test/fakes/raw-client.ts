/** A client that speaks bytes: it sends what it is told, and tells how the connection went. */
import { connect, type Socket } from 'node:net';

export interface RawExchange {
  /** All that came back. */
  received: Buffer;
  /** `ended` by the far end, `reset` by it, or `open` when the time was over. */
  closing: 'ended' | 'reset' | 'open';
}

export interface RawOptions {
  /** Gives up waiting after this long; default 2000. */
  timeoutMs?: number;
  /** Stops as soon as this is true of what came back. */
  until?: (received: Buffer) => boolean;
  /** Sends the pieces one by one with this pause. */
  pauseMs?: number;
  /** Sends each further piece only when this is true of what came back. */
  ready?: (received: Buffer) => boolean;
}

/** Connects, sends, and collects what comes back until the connection closes, `until` holds, or time is over. */
export async function sendRaw(
  port: number,
  bytes: string | Buffer | (string | Buffer)[],
  options: RawOptions = {},
): Promise<RawExchange> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const chunks: Buffer[] = [];
  const pieces = Array.isArray(bytes) ? bytes : [bytes];
  const done = new Promise<RawExchange['closing']>((resolve) => {
    const timer = setTimeout(() => resolve('open'), options.timeoutMs ?? 2000);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (options.until?.(Buffer.concat(chunks)) === true) resolve('open');
    });
    socket.on('end', () => resolve('ended'));
    socket.on('error', () => resolve('reset'));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve('ended');
    });
  });
  void sendPieces(socket, pieces, chunks, options);
  const closing = await done;
  socket.destroy();
  return { received: Buffer.concat(chunks), closing };
}

async function sendPieces(
  socket: Socket,
  pieces: (string | Buffer)[],
  chunks: Buffer[],
  options: RawOptions,
): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && options.ready !== undefined)
      while (!options.ready(Buffer.concat(chunks)) && !socket.destroyed) await pause(2);
    if (socket.destroyed) return;
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    if (options.pauseMs !== undefined) await pause(options.pauseMs);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Status of the first response in the bytes; 0 where there is none. */
export function statusOf(received: Buffer): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(received.toString('latin1', 0, 16))?.[1] ?? 0);
}
