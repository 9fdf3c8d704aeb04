/**
 * Which evaluation is running, across awaits, and what it prints: `console` and the two streams of the process write
 * through here. What a module prints while it loads goes to the process's own stderr.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writeSync } from 'node:fs';
import { cutBytes, PRINTED_BYTES } from './printed.ts';

/** The first prints are sent at once, so that they survive a hang; a flood is sent in larger pieces. */
const AT_ONCE = 4 * 1024;
const PIECE = 4 * 1024;

export interface Running {
  id: number;
  /** Bytes printed so far, and what of them is not sent yet. */
  printed: number;
  unsent: string;
  /** What it asked for although it was not stored. */
  missed: string | undefined;
  /** Ends the evaluation as failed; does nothing where it has ended. */
  fail: (error: unknown) => void;
}

const current = new AsyncLocalStorage<Running>();

/** Runs `work`, and all that it starts, as part of an evaluation. */
export function runAs<Value>(running: Running, work: () => Value): Value {
  return current.run(running, work);
}

/** Whose code is running. */
export function runningNow(): Running | undefined {
  return current.getStore();
}

/** Takes over the process's output; `send` hands on what an evaluation printed. */
export function capturePrints(send: (id: number, text: string) => void): { flush: (running: Running) => void } {
  const flush = (running: Running): void => {
    if (running.unsent !== '') send(running.id, running.unsent);
    running.unsent = '';
  };
  const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString('utf8');
    const running = current.getStore();
    if (!running) writeRaw(text);
    else if (running.printed < PRINTED_BYTES) {
      running.unsent += cutBytes(text, PRINTED_BYTES - running.printed);
      running.printed += Buffer.byteLength(text);
      if (running.printed <= AT_ONCE || running.unsent.length >= PIECE) flush(running);
    }
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') queueMicrotask(callback as () => void);
    return true;
  };
  process.stdout.write = write;
  process.stderr.write = write;
  return { flush };
}

function writeRaw(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads any more.
  }
}
