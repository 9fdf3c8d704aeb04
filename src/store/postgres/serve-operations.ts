/** Serves operations on a pool through a port, and through the ports that come on it; when it is told to close, the thread ends. */
import type { MessagePort } from 'node:worker_threads';
import type { Pool } from 'pg';
import { answer, type Call } from '../calls.ts';
import { coded } from './connection.ts';
import { notThere } from './not-there.ts';

type Message = Call | { port: MessagePort } | { close: true };

export function serveOperations(port: MessagePort, pool: Pool, given: object): void {
  const operations = given as Record<string, (...parameters: unknown[]) => Promise<unknown>>;
  port.on('message', (message: Message) => {
    if ('port' in message) return serveOperations(message.port, pool, given);
    if ('close' in message) return void pool.end().finally(() => process.exit(0));
    void answer(port, message, () => {
      if (!Object.hasOwn(operations, message.name)) throw notThere();
      return operations[message.name]!(...message.parameters).catch((error: unknown) => {
        throw coded(error);
      });
    });
  });
}
