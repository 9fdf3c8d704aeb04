/** Starts the store's threads, and waits until they can be used. */
import { once } from 'node:events';
import { type MessagePort, Worker } from 'node:worker_threads';
import { GatewayError } from '../../errors.ts';
import type { Readiness } from '../readiness.ts';

/**
 * Of threads that nobody waits for: their garbage is collected before it grows to tens of megabytes each, which would come
 * on top of the memory of open streams.
 */
const PATIENT = { resourceLimits: { maxYoungGenerationSizeMb: 6 } };

/** Resolves when the thread says that it is ready; rejects with what it says instead. */
export async function whenReady(thread: Worker): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const listen = (message: Readiness): void => {
    if ('ready' in message) resolve();
    if ('failure' in message) reject(new GatewayError('store_unusable', { message: message.failure.message }));
  };
  thread.on('message', listen);
  thread.once('error', reject);
  thread.once('exit', () => reject(new GatewayError('store_unusable', { message: 'The store thread ended.' })));
  try {
    await promise;
  } finally {
    thread.off('message', listen);
    thread.off('error', reject);
  }
}

/**
 * A thread that reads. The database must exist when it is first asked. `textReader` is the URL of the module whose
 * `readTexts` reads the texts of logs, for filters that ask for them.
 */
export async function startReader(path: string, options: { textReader?: string | undefined } = {}): Promise<Worker> {
  const thread = new Worker(threadFile('reader-thread'), { workerData: { path, ...options }, name: 'reader' });
  await whenReady(thread);
  return thread;
}

export async function startWriter(path: string): Promise<Worker> {
  const thread = new Worker(threadFile('writer-thread'), { workerData: { path }, name: 'writer' });
  await whenReady(thread);
  return thread;
}

export interface CheckpointOptions {
  path: string;
  everyMs?: number;
  fromBytes?: number;
  restartBytes?: number;
}

/** Checkpoints in the background; `onRestart` is called when the writer shall finish one. */
export function startCheckpoints(options: CheckpointOptions, onRestart: () => void): Worker {
  const workerData = { everyMs: 1000, fromBytes: 4 << 20, restartBytes: 32 << 20, ...options };
  const thread = new Worker(threadFile('checkpoint-thread'), { ...PATIENT, workerData, name: 'checkpoint' });
  thread.on('message', onRestart);
  // Without it the write-ahead log only grows; what is wrong with the file is reported by whoever writes to it.
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

/** Keeps the word index up with the logs; `textReader` is the URL of the module whose `readTexts` reads them. */
export function startTextIndexer(options: { path: string; textReader: string; everyMs?: number }): Worker {
  const workerData = { everyMs: 1000, ...options };
  const thread = new Worker(threadFile('text-thread'), { ...PATIENT, workerData, name: 'words' });
  // Without it, questions about texts read more logs, and everything else goes on.
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

export interface RollupOptions {
  path: string;
  everyMs?: number;
  keepMs?: number;
}

/** Folds changes into rollups in the background; `writer` is the port of whoever writes. */
export function startRollups(options: RollupOptions, writer: MessagePort): Worker {
  const workerData = { everyMs: 500, keepMs: 10_000, ...options, writer };
  const thread = new Worker(threadFile('rollup-thread'), {
    workerData,
    transferList: [writer],
    name: 'rollups',
    ...PATIENT,
  });
  // Without it questions read what has not been folded: slower, and right.
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

/** Asks a thread to end and waits until it has. */
export async function stopThread(thread: Worker): Promise<void> {
  // Held again: nothing else may be keeping the process alive until the thread has closed its file.
  thread.ref();
  const gone = once(thread, 'exit');
  thread.postMessage({ close: true });
  if (thread.threadId !== -1) await gone;
}

/** Beside this file and with its ending: `.ts` in a checkout, `.js` once built. */
function threadFile(name: string): URL {
  return new URL(`./${name}${import.meta.filename.slice(-3)}`, import.meta.url);
}
