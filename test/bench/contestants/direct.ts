/** Nothing in between: the far end itself, which also shows how much the generator and the machine can do. */
import { join } from 'node:path';
import { startFork } from '../child.ts';
import type { Contestant } from './contestant.ts';

/** Starts the fake upstream. */
export async function startUpstream(): Promise<Contestant> {
  const child = startFork(join(import.meta.dirname, '..', 'upstream.ts'));
  const port = await new Promise<number>((resolve, reject) => {
    child.process.once('message', (message: { port: number }) => resolve(message.port));
    child.process.once('exit', () => reject(new Error('the fake upstream ended')));
  });
  return { name: 'direct', port, pid: child.pid, headers: [], close: () => child.stop() };
}
