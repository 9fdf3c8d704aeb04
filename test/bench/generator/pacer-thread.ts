/**
 * Says when the next request is due. A thread that sleeps in `Atomics.wait` wakes within a tenth of a millisecond; timers
 * of the event loop count in whole ones, and polling for the moment would take a core from the contestants.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { nowUs } from '../clock.ts';

const { startUs, intervalUs, count } = workerData as { startUs: number; intervalUs: number; count: number };
const never = new Int32Array(new SharedArrayBuffer(4));

for (let index = 0; index < count; index += 1) {
  const waitMs = (startUs + index * intervalUs - nowUs()) / 1000;
  if (waitMs > 0) Atomics.wait(never, 0, 0, waitMs);
  parentPort!.postMessage(index);
}
