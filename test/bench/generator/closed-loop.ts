/** Saturation: so many connections, each sending its next request when it has the last answer. */
import { Connection } from './connection.ts';

export interface ClosedLoop {
  kind: 'closed';
  port: number;
  request: string;
  connections: number;
  ms: number;
}

export interface ClosedLoopResult {
  requests: number;
  tookMs: number;
}

/** Ends when every request that was begun in time is answered. Rejects at the first answer that is not 200. */
export async function closedLoop({ port, request, connections, ms }: ClosedLoop): Promise<ClosedLoopResult> {
  const bytes = Buffer.from(request, 'latin1');
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  let requests = 0;
  const startedAt = performance.now();
  const until = startedAt + ms;
  const loop = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      const listener = {
        done(status: number): void {
          requests += 1;
          if (status !== 200) reject(new Error(`port ${port} answered ${status}`));
          else if (performance.now() < until) connection.send(bytes, listener);
          else resolve();
        },
        failed: (reason: string): void => reject(new Error(`port ${port}: ${reason}`)),
      };
      connection.send(bytes, listener);
    });
  try {
    await Promise.all(open.map(loop));
    return { requests, tookMs: performance.now() - startedAt };
  } finally {
    for (const connection of open) connection.close();
  }
}
