/**
 * The thread that folds, on a connection of its own and at low priority. Every replica has one; where another was faster it leaves the
 * work to that one for a while, and takes it up again when that one is no more.
 */
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openPool } from './connection.ts';
import { FoldBatch } from './fold-batch.ts';

const { url, size, everyMs, keepMs } = workerData as {
  url: string;
  size: number;
  /** How often it looks for entries. */
  everyMs: number;
  /** For so long entries stay after they were folded, for those who watch. */
  keepMs: number;
};

const STATEMENT_TIMEOUT_MS = 60_000;
/** Fewer entries than these wait for a few rounds: rows are written anew with every fold, however little is added. */
const WORTH_FOLDING = 1000;
const MOST_ROUNDS = 4;
/** Rounds that are left to a replica that was faster, about. */
const ROUNDS_LEFT = 20;

try {
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

const ending = new AbortController();
parentPort!.on('message', () => ending.abort());

const pool = openPool({ url, size, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
const batch = new FoldBatch(pool);
let rounds = 0;
/** Marks as they were, oldest first: entries up to the one of `keepMs` ago are watched by nobody. */
const marks: { seq: number; atMs: number }[] = [];

async function round(): Promise<void> {
  const { waiting, mark } = await batch.waiting();
  rounds += 1;
  if (waiting > 0 && (waiting >= WORTH_FOLDING || rounds >= MOST_ROUNDS)) {
    rounds = 0;
    while (!ending.signal.aborted) {
      const folded = await batch.step();
      if (folded === 'nothing') break;
      if (folded === 'folded' || folded === 'rebuilt') continue;
      rounds = -Math.round(ROUNDS_LEFT * (1 + Math.random()));
      break;
    }
    await batch.sweep(() => ending.signal.aborted);
  }
  await forget(mark);
}

async function forget(mark: number): Promise<void> {
  const nowMs = performance.now();
  if (mark > (marks.at(-1)?.seq ?? 0)) marks.push({ seq: mark, atMs: nowMs });
  let unwatched: number | undefined;
  while (marks[0] !== undefined && marks[0].atMs <= nowMs - keepMs) unwatched = marks.shift()!.seq;
  if (unwatched !== undefined) await batch.forget(unwatched);
}

while (!ending.signal.aborted) {
  try {
    await round();
  } catch {
    // The server is away or full: what waits is folded in a later round, and questions read it until then.
  }
  await pause(everyMs, undefined, { signal: ending.signal }).catch(() => {});
}
await pool.end().catch(() => {});
process.exit(0);
