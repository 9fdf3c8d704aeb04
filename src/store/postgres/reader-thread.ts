/** What is read, on a thread of its own: unpacking rows and bodies must not hold up the proxy. */
import { parentPort, type MessagePort, workerData } from 'node:worker_threads';
import { answer, type Call } from '../calls.ts';
import type { Readiness } from '../readiness.ts';
import { coded, openPool } from './connection.ts';
import { notThere } from './not-there.ts';
import { readOperations } from './read-operations.ts';

const { url, size } = workerData as { url: string; size: number };
const STATEMENT_TIMEOUT_MS = 60_000;

const pool = openPool({ url, size, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
const operations = readOperations(pool) as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;

function serve(port: MessagePort): void {
  port.on('message', (call: Call | { port: MessagePort } | { close: true }) => {
    if ('port' in call) return serve(call.port);
    if ('close' in call) return void pool.end().finally(() => process.exit(0));
    void answer(port, call, () => {
      if (!Object.hasOwn(operations, call.name)) throw notThere();
      return operations[call.name]!(...call.parameters).catch((error: unknown) => {
        throw coded(error);
      });
    });
  });
}

serve(parentPort!);
parentPort!.postMessage({ ready: true } satisfies Readiness);
