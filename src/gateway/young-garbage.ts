/**
 * Keeps memory flat while large bodies pass. Each 64 kB chunk lives for a moment, but to V8 it is one small object: the young
 * generation is collected only after tens of megabytes of such buffers have piled up (65 MB in a 100 MB upload). So a young
 * collection is asked for after a few megabytes, which costs a third of a millisecond.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Smaller chunks come with enough other garbage. */
const LARGE_CHUNK_BYTES = 16 * 1024;
const BETWEEN_BYTES = 8 * 1024 * 1024;

let passed = 0;
let collect: ((options: { type: 'minor' }) => void) | undefined = undefined;

/** Takes note of a chunk that passed. */
export function chunkPassed(bytes: number): void {
  if (bytes < LARGE_CHUNK_BYTES) return;
  passed += bytes;
  if (passed < BETWEEN_BYTES) return;
  passed = 0;
  collect ??= exposeCollector();
  collect({ type: 'minor' });
}

function exposeCollector(): (options: { type: 'minor' }) => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as (options: { type: 'minor' }) => void;
}
