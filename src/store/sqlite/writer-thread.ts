/** A writer on a thread of its own, for commands and tests that write without proxying. */
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteWriter } from './writer.ts';

const { path } = workerData as { path: string };

try {
  const writer = new SqliteWriter(path);
  parentPort!.postMessage({ ready: true });
  parentPort!.on('message', (message: { close?: true }) => {
    if (!message.close) return;
    writer.close();
    process.exit(0);
  });
  writer.serve(parentPort!);
} catch (error) {
  const { code = 'store_unusable', message } = error as { code?: string; message: string };
  parentPort!.postMessage({ failure: { code, message } });
}
