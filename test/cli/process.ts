/** Runs the command line as a real process, in a folder and with an environment of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../bin/gradeway.js');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  /** Waits for a text on standard output; rejects with all output where the process ends first. */
  says: (pattern: RegExp) => Promise<RegExpExecArray>;
  finished: Promise<Finished>;
}

/** A folder to run in, with an empty folder of evaluators. */
export function workplace(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-cli-'));
  mkdirSync(join(folder, 'evaluators'));
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

export function start(folder: string, given: string[], env: Record<string, string> = {}, node: string[] = []): Running {
  const child = spawn(process.execPath, [...node, BIN, ...given], {
    cwd: folder,
    // What V8 makes of the files is kept, as for the tests themselves.
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    child,
    finished,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(stdout);
          if (found) resolve(found);
        };
        look();
        child.stdout.on('data', look);
        void finished.then(({ code }) => reject(new Error(`ended with ${code}: ${stdout}${stderr}`)));
      }),
  };
}

export function run(folder: string, given: string[], env: Record<string, string> = {}): Promise<Finished> {
  return start(folder, given, env).finished;
}
