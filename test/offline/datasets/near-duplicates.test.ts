import { describe, expect, it } from 'vitest';
import { nearDuplicates, type Numbered } from '../../../src/offline/datasets/near-duplicates.ts';
import { seededRandom } from '../../fakes/random.ts';

const asking = (id: string, question: unknown): Numbered => ({ id, inputs: { question }, messages: null });

describe('near-duplicates', () => {
  it('are those that differ in a few words, in inputs or messages, whatever their case and marks', () => {
    const text = 'How do I change the address on my account when I have moved to another country this year';
    const groups = nearDuplicates(
      [
        asking('a', text),
        asking('b', 'Something else entirely that has nothing to do with what the others want to know'),
        asking('c', `${text.toUpperCase()}?!`),
        { id: 'd', inputs: {}, messages: [{ role: 'user', content: `${text} please` }] },
      ],
      0.7,
    );
    expect(groups.map(({ ids }) => ids)).toEqual([['a', 'c', 'd']]);
    expect(groups[0]!.similarity).toBeGreaterThan(0.7);
    expect(groups[0]!.similarity).toBeLessThan(1);
  });

  it('of the same words have similarity 1', () => {
    expect(nearDuplicates([asking('a', 'one two three four'), asking('b', 'One, two; three four')], 1)).toEqual([
      { ids: ['a', 'b'], similarity: 1 },
    ]);
  });

  it('are none in an empty dataset and in one of one', () => {
    expect(nearDuplicates([], 0.8)).toEqual([]);
    expect(nearDuplicates([asking('a', 'x')], 0.8)).toEqual([]);
  });

  it('are all found among thousands', () => {
    const random = seededRandom(7);
    const word = (): string => `w${random.between(0, 399)}`;
    const all: Numbered[] = [];
    const planted: string[] = [];
    for (let index = 0; index < 1500; index += 1) {
      const words = Array.from({ length: 40 }, word);
      all.push(asking(`o${index}`, words.join(' ')));
      if (index % 50 !== 0) continue;
      const copy = words.with(5, 'changed');
      all.push(asking(`c${index}`, copy.join(' ')));
      planted.push(`o${index} c${index}`);
    }
    const pairs = nearDuplicates(all, 0.8).map(({ ids }) => ids.join(' '));
    expect(new Set(pairs)).toEqual(new Set(planted));
    expect(pairs).toHaveLength(planted.length);
  });
});
