/** The thread of the word index: follows the logs at the lowest priority. Every replica has one; where another was faster it pauses. */
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { importReadTexts } from '../text/read-texts.ts';
import { openPool } from './connection.ts';
import { TextIndexer } from './text-indexer.ts';

const { url, size, textReader, everyMs } = workerData as {
  url: string;
  size: number;
  textReader: string;
  everyMs: number;
};
const STATEMENT_TIMEOUT_MS = 60_000;
/** Looks that are left to a replica that was faster, about. */
const LOOKS_LEFT = 10;

try {
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

const ending = new AbortController();
parentPort!.on('message', () => ending.abort());
const pool = openPool({ url, size, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
const indexer = new TextIndexer(pool, await importReadTexts(textReader));

while (!ending.signal.aborted) {
  let waitMs = everyMs;
  try {
    const indexed = await indexer.step();
    await indexer.follow();
    if (indexed === 'indexed') waitMs = 0;
    if (indexed === 'overtaken') waitMs = everyMs * LOOKS_LEFT * (1 + Math.random());
  } catch {
    // The server is away: until then logs that are not indexed are read.
  }
  await pause(waitMs, undefined, { signal: ending.signal }).catch(() => {});
}
await pool.end().catch(() => {});
process.exit(0);
