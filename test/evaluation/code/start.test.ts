import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CallsFrame } from '../../../src/evaluation/kinds/code/protocol.ts';
import { runCalls } from '../../../src/evaluation/kinds/code/calls.ts';
import { type NotStarted, Starter } from '../../../src/evaluation/kinds/code/start.ts';
import { Turns } from '../../../src/evaluation/kinds/code/turns.ts';
import { guestFiles } from '../../../src/sandbox/guest-files.ts';
import { SandboxPool } from '../../../src/sandbox/pool.ts';
import { evaluatorFolder } from '../evaluator-folder.ts';

const never = new AbortController().signal;

/** A starter whose program does this. */
function starterOf(source: string): { starter: Starter; clock: { ms: number } } {
  const program = join(evaluatorFolder({}), 'program.mjs');
  writeFileSync(program, source);
  const clock = { ms: 1_000_000 };
  const read = [...guestFiles(), program];
  return { starter: new Starter([], { program, read, now: () => clock.ms }), clock };
}

describe('a child that does not start', () => {
  it('is tried again after a pause that doubles, and not before', async () => {
    const { starter, clock } = starterOf('console.error("no such thing"); process.exit(3)');
    const fail = (): Promise<NotStarted> =>
      starter.start(never).catch((error: NotStarted) => error) as Promise<NotStarted>;
    const first = await fail();
    expect(first.message).toMatch(/did not start\. Its process exited with code 3\. It said: no such thing$/);
    expect(first.untilMs).toBe(clock.ms + 1000);
    clock.ms += 999;
    expect(await fail()).toBe(first);
    clock.ms += 1;
    expect((await fail()).untilMs).toBe(clock.ms + 2000);
    for (let time = 0; time < 6; time += 1) {
      clock.ms += 60_000;
      await fail();
    }
    clock.ms += 60_000;
    expect((await fail()).untilMs).toBe(clock.ms + 60_000);
  });

  it('leaves the calls not run, to come back when it is tried again', async () => {
    const { starter, clock } = starterOf('process.exit(1)');
    const pool = new SandboxPool({ size: 2, spare: true, start: (signal) => starter.start(signal) });
    onTestFinished(() => pool.close());
    const frame: CallsFrame = {
      language: 'javascript',
      source: '',
      name: 'x',
      returns: 'boolean',
      bounds: {},
      deadlineMs: 100,
      memoryMb: 64,
      calls: [7, 8].map((id) => ({ id, call: '{}' })),
    };
    const said: unknown[] = [];
    const options = { pool, turns: new Turns(2), holder: { projectId: null, name: 'x' } };
    await runCalls(frame, (...one) => said.push(one), options);
    const skipped: unknown = expect.objectContaining({
      outcome: 'skipped',
      reason: expect.stringMatching(/^Not run yet/) as unknown,
    });
    expect(said).toEqual([
      [7, skipped, clock.ms + 1000],
      [8, skipped, clock.ms + 1000],
    ]);
  });

  it('is given up when nobody waits for it any more', async () => {
    const { starter } = starterOf('setInterval(() => {}, 1000)');
    const pool = new SandboxPool({ size: 1, start: (signal) => starter.start(signal) });
    const work = pool.use(async () => ({ reusable: true })).catch((error: { code: string }) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await pool.close();
    expect(await work).toBe('draining');
  });
});
