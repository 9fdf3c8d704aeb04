import { describe, expect, it } from 'vitest';
import { splitOf } from '../../../src/offline/datasets/split.ts';

const asking = (question: unknown) => ({ inputs: { question, more: 1 }, messages: null });

describe('the split of a dataset', () => {
  const many = Array.from({ length: 4000 }, (_, index) => asking(index));

  it('has about the share that was asked for, and a larger share holds all of a smaller one', () => {
    const small = many.filter((one) => splitOf(one, 0.2) === 'test');
    expect(small.length / many.length).toBeGreaterThan(0.17);
    expect(small.length / many.length).toBeLessThan(0.23);
    expect(small.every((one) => splitOf(one, 0.3) === 'test')).toBe(true);
  });

  it('is the same whatever the order of members', () => {
    for (const { inputs } of many.slice(0, 200))
      expect(splitOf({ messages: null, inputs: { more: inputs.more, question: inputs.question } }, 0.5)).toBe(
        splitOf({ inputs, messages: null }, 0.5),
      );
  });

  it('does not change from one release to the next', () => {
    expect(
      many
        .slice(0, 12)
        .map((one) => (splitOf(one, 0.5) === 'test' ? 1 : 0))
        .join(''),
    ).toMatchInlineSnapshot(`"110111011000"`);
  });
});
