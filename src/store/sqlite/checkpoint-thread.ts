/**
 * Moves what the write-ahead log holds into the database file, on a thread and a connection of its own: in a commit it
 * would stall it (measured: 45-350 ms). Tells its parent when so much was moved that the log can start again.
 */
import { statSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { openConnection } from './connection.ts';

const { path, everyMs, fromBytes, restartBytes } = workerData as {
  path: string;
  everyMs: number;
  /** Write-ahead logs smaller than this are left alone. */
  fromBytes: number;
  /** From this size on, the writer is asked to finish the rest, so that the file stops growing. */
  restartBytes: number;
};

try {
  if (process.platform === 'linux') setPriority(0, 5);
} catch {
  // Not allowed here: the thread keeps its priority.
}

const connection = openConnection(path, { once: true });

function walBytes(): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last removal whose bytes are known to be out of the write-ahead log. */
let removal = 0;

/** Empties the write-ahead log once something was removed: it still has the pages as they were. Waits for nobody: there is a next round. */
function forgetRemoved(): void {
  const last = connection.prepare('select coalesce(max(id), 0) from removals').pluck().get() as number;
  if (last === removal) return;
  connection.pragma('wal_checkpoint(PASSIVE)');
  connection.pragma('busy_timeout = 20');
  const [{ busy }] = connection.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
  if (busy === 0) removal = last;
}

setInterval(() => {
  try {
    forgetRemoved();
    const bytes = walBytes();
    if (bytes < fromBytes) return;
    connection.pragma('wal_checkpoint(PASSIVE)');
    if (bytes >= restartBytes) parentPort!.postMessage('restart');
  } catch {
    // Locked or full: the next round tries again, and the writer reports such faults for what they hold up.
  }
}, everyMs);

parentPort!.on('message', () => {
  connection.close();
  process.exit(0);
});
