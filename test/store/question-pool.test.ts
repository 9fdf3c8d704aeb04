import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QuestionPool } from '../../src/store/question-pool.ts';

/** Answers a question with its name after some milliseconds; `end` ends the thread. */
const THREAD = `
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ id, name, parameters: [, ms] }) => {
    if (name === 'end') process.exit(0);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    parentPort.postMessage({ id, result: name });
  });
`;

describe('a pool of questions', () => {
  let pool: QuestionPool;
  let started: number;
  beforeEach(() => {
    started = 0;
    pool = new QuestionPool(
      async () => {
        started += 1;
        const thread = new Worker(THREAD, { eval: true });
        await once(thread, 'online');
        return thread;
      },
      async (thread) => void (await thread.terminate()),
    );
  });
  afterEach(() => pool.close());

  it('lets projects take turns, however much one of them asks', async () => {
    const order: string[] = [];
    const ask = async (project: string, name: string): Promise<void> => {
      await pool.call(name, [project, 20]);
      order.push(name);
    };
    const greedy = Array.from({ length: 30 }, (_, index) => ask('greedy', `greedy ${index}`));
    const modest = [ask('modest', 'modest 0'), ask('modest', 'modest 1')];
    await Promise.all(modest);
    // Two were under way, and in each turn there is one of the other.
    expect(order.length).toBeLessThanOrEqual(8);
    await Promise.all(greedy);
    expect(order).toHaveLength(32);
    expect(started).toBe(2);
  });

  it('knows the project of a question that is an object', async () => {
    const order: string[] = [];
    const ask = (projectId: string): Promise<unknown> =>
      pool.call('list', [{ projectId }, 20]).then(() => order.push(projectId));
    await Promise.all([...Array.from({ length: 10 }, () => ask('greedy')), ask('modest')]);
    expect(order.indexOf('modest')).toBeLessThan(6);
  });

  it('lets only so many of a project wait, and others ask on', async () => {
    const asked = Array.from({ length: 210 }, () => pool.call('slow', ['greedy', 1]));
    const settled = Promise.allSettled(asked);
    await expect(pool.call('quick', ['modest', 0])).resolves.toBe('quick');
    const refused = (await settled).filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(8);
    expect(refused[0]).toMatchObject({ reason: { code: 'too_many_open' } });
    await expect(pool.call('again', ['greedy', 0])).resolves.toBe('again');
  });

  it('asks another thread where one has ended or does not start', async () => {
    await expect(pool.call('end', ['a', 0])).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(pool.call('next', ['a', 0])).resolves.toBe('next');
    const none = new QuestionPool(
      async () => {
        throw new Error('no thread');
      },
      async () => {},
    );
    await expect(none.call('any', ['a', 0])).rejects.toThrow('no thread');
    await expect(none.call('any', ['a', 0])).rejects.toThrow('no thread');
  });

  it('answers what waits when it is closed', async () => {
    const asked = Promise.allSettled(Array.from({ length: 5 }, () => pool.call('slow', ['a', 50])));
    await pool.close();
    for (const one of await asked)
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    await expect(pool.call('late', ['a', 0])).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
