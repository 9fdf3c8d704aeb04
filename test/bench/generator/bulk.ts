/** One large body in either direction, as fast as the other side takes or gives it. */
import { whenWritable } from '../writable.ts';
import { Connection } from './connection.ts';

export interface Bulk {
  kind: 'bulk';
  port: number;
  /** The request, or the head of an upload. */
  request: string;
  /** Bytes of the body to send after the head. */
  uploadBytes: number;
}

export interface BulkResult {
  receivedBytes: number;
  tookMs: number;
}

const PIECE = Buffer.alloc(64 << 10, 'gradeway ');

/** Rejects where the answer is not 200. */
export async function bulk({ port, request, uploadBytes }: Bulk): Promise<BulkResult> {
  const connection = await Connection.open(port);
  const startedAt = performance.now();
  let receivedBytes = 0;
  try {
    const answered = new Promise<void>((resolve, reject) => {
      connection.send(request, {
        body(piece) {
          receivedBytes += piece.length;
        },
        done: (status) => (status === 200 ? resolve() : reject(new Error(`port ${port} answered ${status}`))),
        failed: (reason) => reject(new Error(`port ${port}: ${reason}`)),
      });
    });
    await Promise.all([answered, upload(connection, uploadBytes)]);
    return { receivedBytes, tookMs: performance.now() - startedAt };
  } finally {
    connection.close();
  }
}

async function upload({ socket }: Connection, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes && !socket.destroyed; sent += PIECE.length) {
    if (socket.write(PIECE.subarray(0, bytes - sent))) continue;
    await whenWritable(socket);
  }
}
