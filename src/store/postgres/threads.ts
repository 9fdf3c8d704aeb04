/** Starts the threads that talk to PostgreSQL. */
import { Worker } from 'node:worker_threads';
import { newId } from '../../model/id.ts';
import { ONE_CONNECTION, poolSizes } from './pool-sizes.ts';
import { whenReady } from '../sqlite/threads.ts';

interface Location {
  url: string;
  poolSize: number;
}

/** A thread that reads. Connects at its first question. */
export async function startPostgresReader({ url, poolSize }: Location): Promise<Worker> {
  const { lookups } = poolSizes(poolSize);
  const thread = new Worker(threadFile('reader-thread'), { workerData: { url, size: lookups }, name: 'reader' });
  await whenReady(thread);
  return thread;
}

/** A thread that answers questions about many logs. Connects at its first. */
export async function startPostgresQuestions(
  { url }: Location,
  { textReader }: { textReader?: string | undefined },
): Promise<Worker> {
  const thread = new Worker(threadFile('question-thread'), {
    workerData: { url, size: ONE_CONNECTION, textReader },
    name: 'question',
  });
  await whenReady(thread);
  return thread;
}

/** Folds changes into rollups in the background. */
export function startPostgresRollups({ url }: Location, options: { everyMs?: number; keepMs?: number } = {}): Worker {
  const workerData = { everyMs: 500, keepMs: 10_000, ...options, url, size: ONE_CONNECTION };
  const thread = new Worker(threadFile('rollup-thread'), { workerData, name: 'rollups' });
  // Without it questions read what has not been folded: slower, and right.
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

/** Keeps the word index up with the logs; `textReader` is the URL of the module whose `readTexts` reads them. */
export function startPostgresIndexer({ url }: Location, options: { textReader: string; everyMs?: number }): Worker {
  const workerData = { everyMs: 1000, ...options, url, size: ONE_CONNECTION };
  const thread = new Worker(threadFile('text-thread'), { workerData, name: 'words' });
  // Without it, questions about texts read more logs, and everything else goes on.
  thread.on('error', () => {});
  thread.unref();
  return thread;
}

/** A writer for a command or a test. Migrates the database. */
export async function startPostgresWriter({ url, poolSize }: Location): Promise<Worker> {
  const workerData = { url, poolSize, replica: newId() };
  const thread = new Worker(threadFile('writer-thread'), { workerData, name: 'writer' });
  await whenReady(thread);
  return thread;
}

/** Beside this file and with its ending: `.ts` in a checkout, `.js` once built. */
function threadFile(name: string): URL {
  return new URL(`./${name}${import.meta.filename.slice(-3)}`, import.meta.url);
}
