/**
 * Makes of the log that came in a frame the object that evaluators see: frozen, so that none can change what the next
 * one sees, and with a tripwire where the client asked that a body be not stored.
 */
import type { Log } from '../../../model/log.ts';
import { runningNow } from './running.ts';

const OF_REQUEST = ['input', 'requestBody'] as const;
const OF_RESPONSE = ['output', 'toolCalls', 'responseBody'] as const;

/** Freezes a log that was just parsed. */
export function sealed(log: Log): Log {
  if (log.requestOmitted) for (const key of OF_REQUEST) forbid(log, key, 'request');
  if (log.responseOmitted) for (const key of OF_RESPONSE) forbid(log, key, 'response');
  freeze(log);
  return log;
}

function forbid(log: Log, key: keyof Log, side: string): void {
  Object.defineProperty(log, key, {
    enumerable: true,
    get(): never {
      const reason = `The client asked that the ${side} body be not stored, and the evaluator reads log.${key}.`;
      const running = runningNow();
      if (running) running.missed = reason;
      throw new Error(reason);
    },
  });
}

/** Without recursion: bodies may be nested more deeply than the stack is high. */
function freeze(root: object): void {
  const open: object[] = [root];
  for (let one = open.pop(); one; one = open.pop()) {
    Object.freeze(one);
    const isRoot = one === root;
    for (const key in one) {
      if (isRoot && Object.getOwnPropertyDescriptor(one, key)?.get) continue;
      const value = (one as Record<string, unknown>)[key];
      if (typeof value === 'object' && value !== null) open.push(value);
    }
  }
}
