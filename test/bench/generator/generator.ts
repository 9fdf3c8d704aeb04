/** The load generator as the bench holds it. One command runs at a time. */
import { join } from 'node:path';
import { type Child, startFork } from '../child.ts';
import type { Command, Reply, Results } from './program.ts';

export interface Generator {
  run<Given extends Command>(command: Given): Promise<Results[Given['kind']]>;
  close(): Promise<void>;
}

export async function startGenerator(): Promise<Generator> {
  const child: Child = startFork(join(import.meta.dirname, 'program.ts'));
  return {
    run<Given extends Command>(command: Given): Promise<Results[Given['kind']]> {
      return new Promise((resolve, reject) => {
        const gone = (): void => reject(new Error('the load generator ended'));
        child.process.once('exit', gone);
        child.process.once('message', (reply: Reply) => {
          child.process.off('exit', gone);
          if ('failure' in reply) reject(new Error(reply.failure));
          else resolve(reply.result as Results[Given['kind']]);
        });
        child.process.send(command);
      });
    },
    close: () => child.stop(),
  };
}
