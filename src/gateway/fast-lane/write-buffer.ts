/**
 * Where answers are put together before they are written: one buffer for all connections, emptied at the end of the turn or
 * when another connection has something to write. So a head, its body and its end, or all the events that one read brought,
 * go out in one write, and no event costs a buffer of its own.
 */
import type { Socket } from 'node:net';

/** Larger than any read, so that a read's bytes fit in whole. */
const BYTES = 128 * 1024;
/** Up to here the bytes go out as a string: what the kernel does not take at once is then copied at its own size. */
const STRING_BYTES = 16 * 1024;

let buffer = Buffer.allocUnsafeSlow(BYTES);
let used = 0;
let writer: Writer | undefined;
let scheduled = false;

/** Whoever writes to a connection. */
export interface Writer {
  readonly socket: Socket;
  /** The connection has more to write than the client takes. */
  clogged: boolean;
}

/** Makes room for `bytes` of this writer. */
function claim(one: Writer, bytes: number): void {
  if (writer !== one || used + bytes > buffer.length) flush();
  writer = one;
  if (scheduled) return;
  scheduled = true;
  process.nextTick(flushLater);
}

export function appendText(one: Writer, latin1: string): void {
  claim(one, latin1.length);
  if (latin1.length > buffer.length) one.clogged = !one.socket.write(latin1, 'latin1');
  else used += buffer.write(latin1, used, 'latin1');
}

export function appendBytes(one: Writer, bytes: Uint8Array): void {
  claim(one, bytes.length);
  if (bytes.length > buffer.length) {
    one.clogged = !one.socket.write(bytes);
    return;
  }
  buffer.set(bytes, used);
  used += bytes.length;
}

/** Writes what this writer has here. */
export function flushOf(one: Writer): void {
  if (writer === one) flush();
}

function flushLater(): void {
  scheduled = false;
  flush();
}

function flush(): void {
  const one = writer;
  const length = used;
  writer = undefined;
  used = 0;
  if (one === undefined || length === 0 || one.socket.destroyed) return;
  if (length <= STRING_BYTES) one.clogged = !one.socket.write(buffer.toString('latin1', 0, length), 'latin1');
  else {
    one.clogged = !one.socket.write(buffer.subarray(0, length));
    // The kernel did not take it all at once: the rest is in this buffer, which is the socket's now.
    if (one.socket.writableLength > 0) buffer = Buffer.allocUnsafeSlow(BYTES);
  }
}
