/** How a thread of the store says that it can be used, or why not: an error's own class and code do not survive the way. */
import type { MessagePort } from 'node:worker_threads';

export type Readiness = { ready: true } | { failure: { code: string; message: string } };

/** Runs a thread's start; what it throws reaches whoever started the thread as a failure. */
export function reportFailure(port: MessagePort, start: () => void): void {
  try {
    start();
  } catch (error) {
    const { code = 'store_unusable', message } = error as { code?: string; message: string };
    port.postMessage({ failure: { code, message } } satisfies Readiness);
  }
}
