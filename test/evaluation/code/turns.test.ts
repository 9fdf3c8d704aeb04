import { describe, expect, it } from 'vitest';
import { type Holder, Turns } from '../../../src/evaluation/kinds/code/turns.ts';

const who = (name: string, projectId = 'p'): Holder => ({ projectId, name });

/** Asks for turns in this order at once; answers in which order they begin, each ending when the next has begun. */
async function orderOf(size: number, asked: readonly (Holder & { most?: number })[]): Promise<string[]> {
  const turns = new Turns(size);
  const begun: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [turns.take(who('first', 'first'), () => first.promise, 1)];
  for (let held = 1; held < size; held += 1) all.push(turns.take(who('first', `first${held}`), () => first.promise));
  for (const { most, ...holder } of asked)
    all.push(
      turns.take(
        holder,
        async () => {
          begun.push(holder.name);
          await new Promise((resolve) => setImmediate(resolve));
        },
        most,
      ),
    );
  first.resolve();
  await Promise.all(all);
  return begun;
}

describe('turns', () => {
  it('go round among those that wait, however often each asks', async () => {
    const asked = ['a', 'a', 'a', 'a', 'b', 'b', 'c'].map((name) => who(name));
    expect(await orderOf(1, asked)).toEqual(['a', 'b', 'c', 'a', 'b', 'a', 'a']);
  });

  it('go first to the project that has fewest', async () => {
    const turns = new Turns(2);
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const take = (holder: Holder): void =>
      void turns.take(holder, () => {
        begun.push(holder.name);
        return new Promise<void>((resolve) => ends.set(holder.name, resolve));
      });
    take(who('a1', 'a'));
    take(who('a2', 'a'));
    take(who('a3', 'a'));
    take(who('b1', 'b'));
    await expect.poll(() => begun).toEqual(['a1', 'a2']);
    ends.get('a1')!();
    await expect.poll(() => begun).toEqual(['a1', 'a2', 'b1']);
    ends.get('b1')!();
    await expect.poll(() => begun).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  it('are no more at a time than the holder may have', async () => {
    const turns = new Turns(2);
    let now = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, (now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await Promise.all([1, 2, 3].map(() => turns.take(who('a'), work, 1)));
    expect(most).toBe(1);
    await Promise.all([1, 2, 3].map(() => turns.take(who('a'), work)));
    expect(most).toBe(2);
  });

  it('are given on when the work of one fails', async () => {
    const turns = new Turns(1);
    await expect(turns.take(who('a'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take(who('a'), () => Promise.resolve('yes'))).toBe('yes');
  });
});
