/** A writer on a thread of its own, for commands and tests that write without proxying. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Readiness } from '../readiness.ts';
import { PostgresWriter } from './writer.ts';

const { url, poolSize, replica } = workerData as { url: string; poolSize: number; replica: string };

try {
  const writer = await PostgresWriter.open({ url, poolSize }, { replica, onJobs: () => {} });
  parentPort!.on('message', (message: { close?: true }) => {
    if (message.close) void writer.close().finally(() => process.exit(0));
  });
  writer.serve(parentPort!);
  parentPort!.postMessage({ ready: true } satisfies Readiness);
} catch (error) {
  const { code = 'store_unusable', message } = error as { code?: string; message: string };
  parentPort!.postMessage({ failure: { code, message } } satisfies Readiness);
}
