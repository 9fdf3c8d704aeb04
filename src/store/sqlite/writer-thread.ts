/** A writer on a thread of its own, for commands and tests that write without proxying. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Readiness, reportFailure } from '../readiness.ts';
import { SqliteWriter } from './writer.ts';

const { path } = workerData as { path: string };

reportFailure(parentPort!, () => {
  const writer = new SqliteWriter(path);
  parentPort!.postMessage({ ready: true } satisfies Readiness);
  parentPort!.on('message', (message: { close?: true }) => {
    if (!message.close) return;
    writer.close();
    process.exit(0);
  });
  writer.serve(parentPort!);
});
