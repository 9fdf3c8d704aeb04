/** Questions about many logs, on a thread and a pool of their own: reading texts and adding numbers up must not hold up lookups. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Readiness } from '../readiness.ts';
import { importReadTexts } from '../text/read-texts.ts';
import { openPool } from './connection.ts';
import { questionOperations } from './question-operations.ts';
import { serveOperations } from './serve-operations.ts';

const { url, size, textReader } = workerData as { url: string; size: number; textReader?: string };
/** Above what any question may take: each sets its own. */
const STATEMENT_TIMEOUT_MS = 120_000;

// On Linux this sets the calling thread alone; elsewhere it may be refused, which does no harm.
try {
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

const pool = openPool({ url, size, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
const readTexts = textReader === undefined ? undefined : await importReadTexts(textReader);
serveOperations(parentPort!, pool, questionOperations(pool, readTexts));
parentPort!.postMessage({ ready: true } satisfies Readiness);
