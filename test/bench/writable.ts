/** Backpressure of a socket as a promise, leaving no listeners behind. */
import type { Socket } from 'node:net';

/** Resolves when the socket takes more, or is closed. */
export function whenWritable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go);
      socket.off('close', go);
      resolve();
    };
    socket.once('drain', go);
    socket.once('close', go);
  });
}
