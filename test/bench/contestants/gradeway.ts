/** Gradeway as its users start it: the command line, a database file of its own, settings from the environment. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProgram, whenListening } from '../child.ts';
import type { Contestant } from './contestant.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface GradewayOptions {
  name: string;
  folder: string;
  upstreamPort: number;
  durability: 'durable' | 'fast';
  /** The evaluators that come with it; none otherwise. */
  evaluators: boolean;
  /** A database to start with; a new one otherwise. */
  database?: string;
}

/** The file that a Gradeway in this folder keeps its logs in. */
export function databaseIn(folder: string): string {
  return join(folder, 'gradeway.db');
}

export async function startGradeway(options: GradewayOptions): Promise<Contestant> {
  const { name, folder, upstreamPort, durability } = options;
  const none = join(folder, 'no-evaluators');
  mkdirSync(none, { recursive: true });
  const [port, output] = [await freePort(), join(folder, 'output.log')];
  const child = startProgram({
    command: process.execPath,
    arguments: [join(ROOT, 'bin', 'gradeway.js'), 'serve'],
    folder,
    environment: {
      PATH: process.env.PATH ?? '',
      GRADEWAY_PORT: String(port),
      GRADEWAY_DATABASE_URL: `sqlite:${options.database ?? databaseIn(folder)}`,
      GRADEWAY_UPSTREAM_OPENAI_URL: `http://127.0.0.1:${upstreamPort}`,
      GRADEWAY_EVALUATORS: options.evaluators ? join(ROOT, 'evaluators') : none,
      GRADEWAY_DURABILITY: durability,
    },
    output,
  });
  await whenListening(child, port, output);
  return { name, port, pid: child.pid, headers: [], close: () => child.stop() };
}
