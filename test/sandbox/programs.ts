/** Small programs to run in a sandbox, written to a folder for one test. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts';

const SOURCE = join(import.meta.dirname, '../../src/sandbox');
const url = (file: string) => pathToFileURL(join(SOURCE, file)).href;

/** A program that runs `body` for each frame; `frame`, `send`, `progress` and `monotonicMs` are at hand. */
export function program(body: string, before = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'program.mjs');
  writeFileSync(
    file,
    `import { connectParent } from '${url('child.ts')}';
     import { monotonicMs } from '${url('progress.ts')}';
     ${before}
     connectParent(1e6, async (frame, { send, progress }) => { ${body} });`,
  );
  return file;
}

/** A sandbox, and the frames that come out of it. */
export function sandboxOf(
  file: string,
  options: Partial<SandboxOptions> = {},
): { sandbox: Sandbox; next: () => Promise<unknown> } {
  const sandbox = new Sandbox({ program: file, ...options });
  onTestFinished(() => sandbox.close());
  const frames: unknown[] = [];
  let arrived = Promise.withResolvers<void>();
  sandbox.onFrame = (frame) => {
    frames.push(frame);
    arrived.resolve();
  };
  const next = async (): Promise<unknown> => {
    while (frames.length === 0) {
      await arrived.promise;
      arrived = Promise.withResolvers();
    }
    return frames.shift();
  };
  return { sandbox, next };
}

/** Whether a process runs; one that has ended and waits to be collected by its parent does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
