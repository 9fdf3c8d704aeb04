import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Filter } from '../../../src/model/filter.ts';
import { descending } from '../../../src/store/text/bits.ts';
import { type SegmentSource, SegmentSearch, wantedBy } from '../../../src/store/text/segment-search.ts';
import { joinSegments, segmentOf, type StoredSegment, withoutLogs } from '../../../src/store/text/segment.ts';
import { WordTable } from '../../../src/store/text/word-table.ts';

function segmentWith(first: number, logs: Record<number, string[]>, last: number): StoredSegment {
  const table = new WordTable();
  for (const [log, words] of Object.entries(logs)) table.add(Number(log), words);
  return segmentOf(table, first, last);
}

function sourceOf(segment: StoredSegment): SegmentSource {
  return {
    ...segment,
    vocabulary: () => segment,
    chunkOf: (word) => segment.chunks.findLast(({ firstWord }) => firstWord <= word)!,
  };
}

/** Numbers of the candidates, ascending; undefined for all. */
function candidates(segment: StoredSegment, filter: Filter): number[] | undefined {
  const bits = new SegmentSearch(sourceOf(segment)).candidates(wantedBy(filter));
  return bits && [...descending(bits)].map((at) => at + segment.first).reverse();
}

const contains = (part: string): Filter => ({ text: 'any', contains: part });
const LOGS = { 11: ['apple', 'pie'], 12: ['apple', 'tree'], 14: ['pine', 'tree'], 15: ['pineapple'] };

describe('a segment', () => {
  const segment = segmentWith(11, LOGS, 20);

  it.each<{ name: string; filter: Filter; found: number[] | undefined }>([
    { name: 'a whole word and parts of words', filter: contains('apple'), found: [11, 12, 15] },
    { name: 'the ends and beginnings of a phrase', filter: contains('ple tr'), found: [12] },
    { name: 'a whole word between blanks', filter: contains(' apple '), found: [11, 12] },
    { name: 'nothing for a word that no log has', filter: contains('plum'), found: [] },
    { name: 'both of two parts', filter: { and: [contains('pine'), contains('tree')] }, found: [14] },
    { name: 'either of two parts', filter: { or: [contains('pie'), contains('pineapple')] }, found: [11, 15] },
    {
      name: 'what stands beside another condition',
      filter: { and: [{ field: 'status', gte: 400 }, contains('pie')] },
      found: [11],
    },
    { name: 'all for a part without words', filter: contains('?'), found: undefined },
    {
      name: 'all where another condition may hold instead',
      filter: { or: [{ field: 'status', gte: 400 }, contains('pie')] },
      found: undefined,
    },
    { name: 'all for what must not be', filter: { not: contains('apple') }, found: undefined },
    { name: 'all for a text that must be there', filter: { text: 'output', present: true }, found: undefined },
  ])('finds $name', ({ filter, found }) => {
    expect(candidates(segment, filter)).toEqual(found);
  });

  it('forgets the words that only removed logs had', () => {
    const less = withoutLogs(segment, (log) => log === 14 || log === 15);
    expect(candidates(less, contains('tree'))).toEqual([12]);
    expect(less.words).toBe(3);
    expect(withoutLogs(segment, () => true).words).toBe(0);
    expect(
      candidates(
        withoutLogs(segment, () => true),
        contains('tree'),
      ),
    ).toEqual([]);
  });

  it('finds in joined segments what it finds in each, and in what is left of them after a removal', () => {
    const words = fc.uniqueArray(fc.constantFrom(...Array.from({ length: 300 }, (_, index) => `w${index}`)), {
      maxLength: 40,
    });
    const segments = fc.array(fc.array(words, { minLength: 1, maxLength: 70 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(segments, fc.integer({ min: 2, max: 9 }), (contents, every) => {
        const logs = new Map<number, string[]>();
        let next = 1;
        const parts = contents.map((part) => {
          const [table, first] = [new WordTable(), next];
          for (const own of part) {
            // Every seventh number is of no log.
            if (next % 7 !== 0) {
              table.add(next, own);
              logs.set(next, own);
            }
            next += 1;
          }
          return segmentOf(table, first, next - 1);
        });
        const joined = withoutLogs(joinSegments(parts), (log) => log % every === 0);
        for (const word of ['w0', 'w7', 'w299', 'w12']) {
          const expected = [...logs]
            .filter(([log, own]) => log % every !== 0 && own.includes(word))
            .map(([log]) => log);
          expect(candidates(joined, contains(` ${word} `))).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('holds words in more than one chunk', () => {
    const table = new WordTable();
    for (let log = 1; log <= 3000; log += 1)
      table.add(
        log,
        Array.from({ length: 12 }, (_, index) => `w${(log * 31 + index * 97) % 2500}x${index}`),
      );
    const large = segmentOf(table, 1, 3000);
    expect(large.chunks.length).toBeGreaterThan(1);
    for (const log of [1, 777, 2999]) {
      const word = `w${(log * 31) % 2500}x0`;
      expect(candidates(large, contains(` ${word} `))).toContain(log);
    }
    expect(candidates(large, contains('x'))).toBeUndefined();
  });
});
