import { describe, expect, it, onTestFinished } from 'vitest';
import { SandboxPool } from '../../src/sandbox/pool.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { isRunning, program } from './programs.ts';

function poolOf(
  size: number,
  starting: () => Promise<void> = () => Promise.resolve(),
  spare = false,
): { pool: SandboxPool; pids: number[] } {
  const file = program('send(1)');
  const pids: number[] = [];
  const pool = new SandboxPool({
    size,
    spare,
    async start() {
      await starting();
      const sandbox = new Sandbox({ program: file });
      pids.push(sandbox.pid!);
      return sandbox;
    },
  });
  onTestFinished(() => pool.close());
  return { pool, pids };
}

describe('a pool of sandboxes', () => {
  it('uses a sandbox again', async () => {
    const { pool, pids } = poolOf(2);
    for (let round = 0; round < 3; round += 1) await pool.use(async () => ({ reusable: true }));
    expect(pids).toHaveLength(1);
  });

  it('starts no more than its size, and gives each to one at a time', async () => {
    const { pool, pids } = poolOf(2);
    let most = 0;
    let now = 0;
    const inUse = new Set<Sandbox>();
    await Promise.all(
      Array.from({ length: 10 }, () =>
        pool.use(async (sandbox) => {
          expect(inUse.has(sandbox)).toBe(false);
          inUse.add(sandbox);
          most = Math.max(most, (now += 1));
          await new Promise((resolve) => setTimeout(resolve, 5));
          now -= 1;
          inUse.delete(sandbox);
          return { reusable: true };
        }),
      ),
    );
    expect([most, pids.length]).toEqual([2, 2]);
  });

  it('has another ready from the first loss on, so that no loss after it is waited for', async () => {
    const { pool, pids } = poolOf(2, undefined, true);
    const use = async (reusable: boolean): Promise<number> => {
      let pid = 0;
      await pool.use(async (sandbox) => {
        pid = sandbox.pid!;
        return { reusable };
      });
      return pid;
    };
    await use(true);
    expect(pids).toHaveLength(1);
    await use(false);
    await expect.poll(() => pids.length).toBe(2);
    await pool.use(async () => {
      await expect.poll(() => pids.length).toBe(3);
      return { reusable: false };
    });
    expect(await use(true)).toBe(pids[2]);
  });

  it.each([
    { name: 'is spent', work: async () => ({ reusable: false }) },
    {
      name: 'died at work',
      work: async (sandbox: Sandbox) => {
        await sandbox.close();
        return { reusable: true };
      },
    },
    {
      name: 'died afterwards',
      work: async (sandbox: Sandbox) => {
        setTimeout(() => process.kill(sandbox.pid!, 'SIGKILL'), 10);
        return { reusable: true };
      },
    },
  ])('replaces a sandbox that $name', async ({ work }) => {
    const { pool, pids } = poolOf(1);
    await pool.use(work);
    await expect.poll(() => isRunning(pids[0]!)).toBe(false);
    await expect
      .poll(async () => {
        await pool.use(async (sandbox) => ({ reusable: sandbox.alive }));
        return pids.length;
      })
      .toBe(2);
  });

  it('goes on after work that threw and sandboxes that did not start', async () => {
    let starts = 0;
    const { pool } = poolOf(1, async () => {
      if ((starts += 1) === 1) throw new Error('no memory');
    });
    await expect(pool.use(async () => ({ reusable: true }))).rejects.toThrow('no memory');
    await expect(pool.use(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    await pool.use(async (sandbox) => ({ reusable: sandbox.alive }));
    expect(starts).toBe(3);
  });

  it('ends all children when it is closed, and refuses who waits', async () => {
    const { pool, pids } = poolOf(1);
    const working = pool.use(async (sandbox) => {
      await sandbox.died;
      return { reusable: true };
    });
    const waiting = pool.use(async () => ({ reusable: true }));
    await expect.poll(() => pids.length).toBe(1);
    const [closed, , refused] = await Promise.allSettled([pool.close(), working, waiting]);
    expect(closed.status).toBe('fulfilled');
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'draining' } });
    expect(isRunning(pids[0]!)).toBe(false);
  });
});
