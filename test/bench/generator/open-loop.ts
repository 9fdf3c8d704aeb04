/**
 * A fixed rate: requests begin when they are due, whether earlier ones are answered or not, and their latency counts from
 * when they were due, so that what a stall holds up is counted in full (no coordinated omission).
 */
import { Worker } from 'node:worker_threads';
import { nowUs } from '../clock.ts';
import { type Distribution, distribution } from '../numbers.ts';
import { Connection } from './connection.ts';

export interface OpenLoop {
  kind: 'open';
  port: number;
  request: string;
  ratePerSecond: number;
  ms: number;
}

export interface OpenLoopResult {
  /** From the moment a request was due to its whole answer, microseconds. */
  latencyUs: Distribution;
  /** How late the generator itself was, microseconds. */
  latenessUs: Distribution;
}

const CONNECTIONS = 16;
const MOST_CONNECTIONS = 512;
const START_DELAY_MS = 100;

/** Rejects at the first answer that is not 200. */
export async function openLoop({ port, request, ratePerSecond, ms }: OpenLoop): Promise<OpenLoopResult> {
  const bytes = Buffer.from(request, 'latin1');
  const intervalUs = 1e6 / ratePerSecond;
  const count = Math.round((ms * ratePerSecond) / 1000);
  const latencies = new Float64Array(count);
  const lateness = new Float64Array(count);
  const idle = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(port)));
  const all = [...idle];
  const waiting: number[] = [];
  const startUs = nowUs() + START_DELAY_MS * 1000;
  const pacer = new Worker(new URL('./pacer-thread.ts', import.meta.url), {
    workerData: { startUs, intervalUs, count },
  });
  let answered = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      const send = (connection: Connection, index: number): void => {
        const dueUs = startUs + index * intervalUs;
        lateness[index] = nowUs() - dueUs;
        connection.send(bytes, {
          done(status) {
            latencies[index] = nowUs() - dueUs;
            answered += 1;
            if (status !== 200) reject(new Error(`port ${port} answered ${status}`));
            if (answered === count) resolve();
            const next = waiting.shift();
            if (next === undefined) idle.push(connection);
            else send(connection, next);
          },
          failed: (reason) => reject(new Error(`port ${port}: ${reason}`)),
        });
      };
      const more = async (): Promise<void> => {
        const connection = await Connection.open(port);
        all.push(connection);
        const next = waiting.shift();
        if (next === undefined) idle.push(connection);
        else send(connection, next);
      };
      pacer.on('message', (index: number) => {
        const connection = idle.shift();
        if (connection !== undefined) return send(connection, index);
        waiting.push(index);
        if (all.length < MOST_CONNECTIONS) more().catch(reject);
      });
      pacer.on('error', reject);
    });
  } finally {
    for (const connection of all) connection.close();
    await pacer.terminate();
  }
  return { latencyUs: distribution(latencies), latenessUs: distribution(lateness) };
}
