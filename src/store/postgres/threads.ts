/** Starts the threads that talk to PostgreSQL. */
import { Worker } from 'node:worker_threads';
import { newId } from '../../model/id.ts';
import { whenReady } from '../sqlite/threads.ts';

interface Location {
  url: string;
  poolSize: number;
}

/** A thread that reads. Connects at its first question. */
export async function startPostgresReader({ url, poolSize }: Location): Promise<Worker> {
  // Of what the writer leaves, threads for questions have one each.
  const size = Math.max(1, Math.floor((poolSize - 1) / 2) - 2);
  const thread = new Worker(threadFile('reader-thread'), { workerData: { url, size }, name: 'reader' });
  await whenReady(thread);
  return thread;
}

/** A thread that answers questions about many logs. Connects at its first. */
export async function startPostgresQuestions(
  { url }: Location,
  { textReader }: { textReader?: string | undefined },
): Promise<Worker> {
  const thread = new Worker(threadFile('question-thread'), {
    workerData: { url, size: 1, textReader },
    name: 'question',
  });
  await whenReady(thread);
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
