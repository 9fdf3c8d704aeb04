/** What a torture plays in: a folder with a database and evaluators, and a far end in a process of its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Every one looks at every log. */
const EVALUATORS: Record<string, string> = {
  'answer-length.mjs': `export default { returns: 'number', evaluate: (log) => log.output.text.length };`,
  'ended.mjs': `export default { returns: 'boolean', evaluate: async (log) => log.ending === 'ended' };`,
  'ending.mjs': `export default { returns: 'category', evaluate: (log) => ({ value: log.ending, reason: log.method }) };`,
};
export const EVALUATOR_NAMES = Object.keys(EVALUATORS).map((name) => name.replace('.mjs', ''));

export interface Scene {
  folder: string;
  evaluators: string;
  upstream: string;
  /** Path of a database in the folder. */
  database(name?: string): string;
  /** Ends the far end. The folder stays where `keepFolder` says so. */
  close(options?: { keepFolder?: boolean }): Promise<void>;
}

/** `evaluators`: files of the evaluators' folder; three quick ones where it is not given. */
export async function openScene(options: { evaluators?: Record<string, string> } = {}): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-torture-'));
  const evaluators = join(folder, 'evaluators');
  mkdirSync(evaluators);
  for (const [name, source] of Object.entries(options.evaluators ?? EVALUATORS))
    writeFileSync(join(evaluators, name), source);
  const far = fork(join(import.meta.dirname, 'upstream.ts'), { execArgv: [] });
  const port = await portOf(far);
  return {
    folder,
    evaluators,
    upstream: `http://127.0.0.1:${port}`,
    database: (name = 'a') => join(folder, `${name}.db`),
    async close({ keepFolder = false } = {}) {
      const gone = once(far, 'exit');
      far.disconnect();
      await gone;
      if (!keepFolder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function portOf(far: ChildProcess): Promise<number> {
  const [message] = (await once(far, 'message')) as [{ port: number }];
  return message.port;
}
