import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isRunning, program, sandboxOf } from './programs.ts';

const FOREVER = 'Number.MAX_SAFE_INTEGER';

describe('a sandbox', () => {
  it('takes frames in and gives frames out', async () => {
    const { sandbox, next } = sandboxOf(program('send({ echoed: frame })'));
    sandbox.send({ a: 'x\ny' });
    sandbox.send([1, 2]);
    expect(await next()).toEqual({ echoed: { a: 'x\ny' } });
    expect(await next()).toEqual({ echoed: [1, 2] });
  });

  it('has the environment it is given, a folder of its own and a low priority', async () => {
    const { sandbox, next } = sandboxOf(
      program('send([process.env, process.cwd(), os.getPriority()])', "import os from 'node:os';"),
      { environment: { A: 'b' } },
    );
    sandbox.send(0);
    const [environment, folder, priority] = (await next()) as [object, string, number];
    expect(environment).toEqual({ A: 'b' });
    expect(folder).toContain('gradeway-');
    expect(priority).toBe(19);
    await sandbox.close();
    expect(existsSync(folder)).toBe(false);
  });

  it('refuses to send a frame that is too large', () => {
    const { sandbox } = sandboxOf(program(''), { frameBytes: 100 });
    expect(() => sandbox.send('x'.repeat(100))).toThrow(/larger than 100/);
  });

  it('can be closed again and again, and sending after that does nothing', async () => {
    const { sandbox } = sandboxOf(program('send(1)'));
    await Promise.all([sandbox.close(), sandbox.close()]);
    sandbox.send(1);
    sandbox.busy(true);
    expect(await sandbox.died).toMatchObject({ why: 'closed' });
    expect(sandbox.alive).toBe(false);
    expect(isRunning(sandbox.pid!)).toBe(false);
  });
});

describe('a sandbox that dies', () => {
  const deaths = [
    {
      name: 'by exiting',
      body: 'progress.open(0, 7, ENDLESS); process.exit(5)',
      why: 'exited',
      message: /exited with code 5/,
    },
    {
      name: 'by an error',
      body: "progress.open(0, 7, ENDLESS); throw new Error('oops')",
      why: 'exited',
      message: /code 1/,
    },
    {
      name: 'by a signal',
      body: "progress.open(0, 7, ENDLESS); process.kill(process.pid, 'SIGTERM')",
      why: 'exited',
      message: /SIGTERM/,
    },
    {
      name: 'at its deadline',
      body: 'progress.open(0, 7, monotonicMs() + 100); for (;;);',
      why: 'deadline',
      message: /deadline/,
    },
    {
      name: 'at its deadline although it was stopped',
      body: "progress.open(0, 7, monotonicMs() + 100); process.kill(process.pid, 'SIGSTOP')",
      why: 'deadline',
      message: /deadline/,
    },
    {
      name: 'of its heap',
      body: 'progress.open(0, 7, ENDLESS); const a = []; for (;;) a.push({ a })',
      why: 'exited',
      message: /out of memory/,
    },
    {
      name: 'of its memory',
      body: 'progress.open(0, 7, ENDLESS); const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))',
      why: 'memory',
      message: /more than 300 MB/,
    },
    {
      name: 'of what it says',
      body: 'progress.open(0, 7, ENDLESS); writeSync(4, "what?\\n"); for (;;);',
      why: 'protocol',
      message: /unreadable/,
    },
    {
      name: 'of saying too much',
      body: 'progress.open(0, 7, ENDLESS); for (;;) writeSync(4, "x".repeat(1e5))',
      why: 'protocol',
      message: /larger than/,
    },
  ];

  it.each(deaths)('tells how and in what: $name', async ({ body, why, message }) => {
    const { sandbox } = sandboxOf(program(body, `import { writeSync } from 'node:fs'; const ENDLESS = ${FOREVER};`), {
      heapMb: 64,
      rssMb: 300,
      frameBytes: 1_000_000,
    });
    sandbox.busy(true);
    sandbox.send('go');
    const death = await sandbox.died;
    expect(death).toMatchObject({ why, message: expect.stringMatching(message) });
    expect(death.open).toMatchObject([{ id: 7, blocking: true }]);
    expect(isRunning(sandbox.pid!)).toBe(false);
  });

  it('has said what it said before', async () => {
    const { sandbox, next } = sandboxOf(program('for (let i = 0; i < 2000; i += 1) send(i); process.exit(0)'));
    sandbox.send('go');
    for (let index = 0; index < 2000; index += 1) expect(await next()).toBe(index);
    expect(await sandbox.died).toMatchObject({ why: 'exited', open: [] });
  });

  it('takes what it started with it', async () => {
    const { sandbox, next } = sandboxOf(
      program(
        "send(spawn('sleep', ['60'], { stdio: 'inherit' }).pid); for (;;);",
        "import { spawn } from 'node:child_process';",
      ),
    );
    sandbox.send('go');
    const grandchild = (await next()) as number;
    expect(isRunning(grandchild)).toBe(true);
    await sandbox.close();
    await expect.poll(() => isRunning(grandchild)).toBe(false);
  });

  it('keeps 64 kB of its output', async () => {
    const { sandbox } = sandboxOf(
      program(
        "progress.open(0, 1, monotonicMs() + 300); for (;;) try { writeSync(2, 'é'.repeat(500)) } catch {}",
        "import { writeSync } from 'node:fs';",
      ),
    );
    sandbox.busy(true);
    sandbox.send('go');
    const { output } = await sandbox.died;
    expect(Buffer.byteLength(output)).toBeGreaterThan(60 * 1024);
    expect(Buffer.byteLength(output)).toBeLessThanOrEqual(64 * 1024 + 3);
  });

  it('says so where it could not be started at all', async () => {
    const { sandbox } = sandboxOf('/nowhere/program.js');
    expect(await sandbox.died).toMatchObject({ why: 'exited', output: expect.stringMatching(/Cannot find module/) });
  });
});

describe('a sandbox whose parent is gone', () => {
  it.each([
    { name: 'idle', body: 'send(process.pid)' },
    { name: 'in an endless loop', body: 'send(process.pid); for (;;);' },
  ])('ends: $name', async ({ body }) => {
    const file = program(body);
    const sandbox = pathToFileURL(join(import.meta.dirname, '../../src/sandbox/sandbox.ts')).href;
    const parentFile = join(dirname(file), 'parent.mjs');
    const pidFile = join(dirname(file), 'pid');
    writeFileSync(
      parentFile,
      `import { writeFileSync } from 'node:fs'; import { Sandbox } from '${sandbox}';
       const one = new Sandbox({ program: '${file}' });
       one.onFrame = (pid) => { writeFileSync('${pidFile}', String(pid)); process.kill(process.pid, 'SIGKILL'); };
       one.send('go');`,
    );
    const parent = spawn(process.execPath, [parentFile], { stdio: 'ignore' });
    await new Promise((resolve) => parent.once('exit', resolve));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});
