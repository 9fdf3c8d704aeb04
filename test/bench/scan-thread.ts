/**
 * Asks one question about all logs of a database again and again, as a dashboard would, at the low priority of the
 * product's own reader threads. The store has no operation of its own yet that reads so much.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const QUESTION = `select model, count(*), avg(duration_ms), sum(cost_usd) from logs
  where path like '%completions%' and started_at_ms > ? group by model`;

const { path } = workerData as { path: string };
if (process.platform === 'linux') setPriority(0, 10);
const database = new Database(path, { readonly: true });
database.pragma('mmap_size = 0');
database.pragma('cache_size = -65536');
const question = database.prepare(QUESTION);
let scans = 0;
let stopped = false;

function ask(): void {
  if (stopped) {
    database.close();
    parentPort!.postMessage({ scans });
    parentPort!.close();
    return;
  }
  question.all(scans);
  scans += 1;
  setImmediate(ask);
}

parentPort!.on('message', () => {
  stopped = true;
});
parentPort!.postMessage({ ready: true });
ask();
