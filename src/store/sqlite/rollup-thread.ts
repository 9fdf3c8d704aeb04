/**
 * The thread that folds: it makes steps ready on its own reading connection and at low priority, so that adding up costs the writer
 * nothing, and asks the writer to store them. After a restart it goes on behind the mark; of a database of an earlier version
 * everything waits behind it.
 */
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Caller } from '../calls.ts';
import { DamagedRollup } from '../rollups/row-blob.ts';
import { readMark } from './change-rows.ts';
import { type Connection, openConnection } from './connection.ts';
import { FoldBatch } from './fold-batch.ts';
import { FoldDays } from './fold-days.ts';
import { sweepDropped } from './sweep-dropped.ts';

const { path, writer, everyMs, keepMs } = workerData as {
  path: string;
  writer: MessagePort;
  /** How often it looks for entries. */
  everyMs: number;
  /** For so long entries stay after they were folded, for those who watch. */
  keepMs: number;
};

/** Fewer entries than these wait for a few rounds: rows are written anew with every fold, however little is added. */
const WORTH_FOLDING = 1000;
const MOST_ROUNDS = 4;
/** For so long days are put together before it is seen to what has come since. */
const DAYS_A_ROUND_MS = 300;

try {
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

const store = new Caller(writer);
const ending = new AbortController();
parentPort!.on('message', () => ending.abort());

let connection: Connection | undefined;
let batch: FoldBatch | undefined;
let days: FoldDays | undefined;
let rounds = 0;
/** Marks as they were, oldest first: entries up to the one of `keepMs` ago are watched by nobody. */
const marks: { seq: number; atMs: number }[] = [];
let unwatched = 0;

async function round(): Promise<void> {
  connection ??= openConnection(path, { readonly: true, once: true });
  const last = connection.prepare('select max(seq) from changes').pluck().get() as number | null;
  const { seq } = readMark(connection);
  const waiting = (last ?? 0) - seq;
  rounds += 1;
  if (waiting > 0 && (waiting >= WORTH_FOLDING || rounds >= MOST_ROUNDS)) {
    rounds = 0;
    batch ??= new FoldBatch(connection);
    for (let more = true; more && !ending.signal.aborted;) {
      const step = batch.next();
      if (step === undefined) break;
      if (!(await store.call<boolean>('applyRollups', [step]))) continue;
      more = step.more;
      await forget(step.seq);
    }
    await sweepDropped(connection, store, () => ending.signal.aborted);
  }
  await forget(seq);
  await foldDays(connection);
}

async function foldDays(reading: Connection): Promise<void> {
  days ??= new FoldDays(reading);
  const untilMs = performance.now() + DAYS_A_ROUND_MS;
  while (!ending.signal.aborted && performance.now() < untilMs) {
    const day = days.next(performance.now());
    if (day === undefined) break;
    await store.call('applyDay', [day]);
  }
}

async function forget(seq: number): Promise<void> {
  const nowMs = performance.now();
  if (seq > (marks.at(-1)?.seq ?? 0)) marks.push({ seq, atMs: nowMs });
  while (marks[0] !== undefined && marks[0].atMs <= nowMs - keepMs) unwatched = marks.shift()!.seq;
  const first = connection!.prepare('select min(seq) from changes').pluck().get() as number | null;
  if (first !== null && first <= unwatched) await store.call('forgetChanges', [unwatched]);
}

while (!ending.signal.aborted) {
  try {
    await round();
  } catch (error) {
    // A later round folds into what was made anew; where that cannot be done either, questions read rows.
    if (error instanceof DamagedRollup) await store.call('rebuildRollups', [error.measure, error.hour]).catch(() => {});
    // Else the writer is gone or the disk is full: what waits is folded in a later round, and questions read it until then.
  }
  await pause(everyMs, undefined, { signal: ending.signal }).catch(() => {});
}
connection?.close();
process.exit(0);
