import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { containsText } from '../../../src/model/filter-match.ts';
import { WordTable } from '../../../src/store/text/word-table.ts';
import { LONG_WORD, lookupOf, WORD_LENGTH, wordsOfPart } from '../../../src/store/text/words.ts';

const wordsOf = (text: string): string[] => {
  const table = new WordTable();
  table.add(1, [text]);
  return [...table.words()].map(([word]) => word);
};

/** Whether a text with these words may contain a part, as an index decides it. */
function mayContain(words: readonly string[], part: string): boolean {
  return wordsOfPart(part).every((one) => {
    const { how, word, orLong } = lookupOf(one);
    if (orLong && words.includes(LONG_WORD)) return true;
    return words.some((other) =>
      how === 'equals'
        ? other === word
        : how === 'startsWith'
          ? other.startsWith(word)
          : how === 'endsWith'
            ? other.endsWith(word)
            : other.includes(word),
    );
  });
}

describe('the words of a text', () => {
  it.each([
    { name: 'letters, digits and underscores', text: 'Hello, user_42!', words: ['hello', 'user_42'] },
    { name: 'accents, kept', text: 'Café naïve', words: ['café', 'naïve'] },
    { name: 'combining marks', text: 'cafe\u0301', words: ['cafe\u0301'] },
    { name: 'scripts without blanks, character by character', text: '東京tower', words: ['tower', '京', '東'] },
    { name: 'characters beyond the first plane', text: 'a𝒜b 😀', words: ['a𝒜b'] },
    { name: 'no words in punctuation', text: '… -- \ud800 \0', words: [] },
    { name: 'the same word once', text: 'no No NO', words: ['no'] },
  ])('are $name', ({ text, words }) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('are cut where they are longer than what is kept, and say so', () => {
    const long = 'x'.repeat(WORD_LENGTH + 1);
    expect(wordsOf(long)).toEqual([LONG_WORD, 'x'.repeat(WORD_LENGTH)]);
    expect(wordsOf(long.slice(1))).toEqual([long.slice(1)]);
    expect(wordsOf(`${'x'.repeat(WORD_LENGTH - 1)}𝒜`)).toEqual([LONG_WORD, 'x'.repeat(WORD_LENGTH - 1)]);
  });
});

describe('a table of words', () => {
  it('knows of thousands of words which logs have them, each once', () => {
    const table = new WordTable();
    const expected = new Map<string, number[]>();
    for (let log = 1; log <= 400; log += 1) {
      const words = Array.from({ length: 40 }, (_, index) => `w${(log * 37 + index * index) % 9001}`);
      for (const word of new Set(words)) expected.set(word, [...(expected.get(word) ?? []), log]);
      table.add(log, [words.join(' '), words.slice(0, 5).join(', ').toUpperCase()]);
    }
    expect(expected.size).toBeGreaterThan(5000);
    expect([...table.words()]).toEqual([...expected].sort(([a], [b]) => (a < b ? -1 : 1)));
  });
});

describe('paragraphs that come again', () => {
  it.each([
    { name: 'short ones', paragraph: 'be brief', logs: 50 },
    { name: 'long ones', paragraph: 'You are a helpful assistant who answers in three sentences.', logs: 50 },
    { name: 'more than are remembered', paragraph: 'word '.repeat(20_000), logs: 50 },
  ])('have their words in each log: $name', ({ paragraph, logs }) => {
    const table = new WordTable();
    for (let log = 1; log <= logs; log += 1) table.add(log, [`${paragraph}\n\nquestion${log}`, `${paragraph}\n\n`]);
    const every = Array.from({ length: logs }, (_, index) => index + 1);
    for (const [word, found] of table.words())
      expect(found).toEqual(word.startsWith('question') ? [Number(word.slice(8))] : every);
    expect([...table.words()]).toHaveLength(logs + new Set(paragraph.toLowerCase().match(/\w+/g)).size);
  });
});

describe('the words of a part', () => {
  it.each([
    { name: 'a word alone is open on both sides', part: 'ell', words: [['ell', true, true]] },
    {
      name: 'a phrase is open at its ends',
      part: 'lo, wor',
      words: [
        ['lo', true, false],
        ['wor', false, true],
      ],
    },
    {
      name: 'words in the middle are whole',
      part: 'a b c',
      words: [
        ['a', true, false],
        ['b', false, false],
        ['c', false, true],
      ],
    },
    { name: 'a blank closes a word', part: ' hello ', words: [['hello', false, false]] },
    {
      name: 'characters that are words are never open',
      part: '京t',
      words: [
        ['京', false, false],
        ['t', false, true],
      ],
    },
    { name: 'half a pair at an end may be of any character', part: '\udc9cab\ud835', words: [['ab', true, true]] },
    { name: 'punctuation tells nothing', part: '?!', words: [] },
  ])('$name', ({ part, words }) => {
    expect(wordsOfPart(part).map(({ word, openStart, openEnd }) => [word, openStart, openEnd])).toEqual(words);
  });

  it('are in every text that contains the part', () => {
    const unit = fc.constantFrom(
      ...'a,A,b,B,ß,_,1, ,.,\n'.split(','),
      ',',
      'x'.repeat(40),
      'İ',
      'Σ',
      'ς',
      '京',
      '都',
      'ก',
      '\u0301',
      '𝒜',
      '😀',
      '\ud835',
      '\udc9c',
    );
    const text = fc.array(unit, { minLength: 20, maxLength: 90 }).map((units) => units.join(''));
    let found = 0;
    fc.assert(
      fc.property(text, fc.nat(19), fc.integer({ min: 1, max: 80 }), fc.boolean(), (whole, from, length, upper) => {
        const slice = whole.slice(from, from + length);
        const part = upper ? slice.toUpperCase() : slice;
        if (part === '' || !containsText(whole, part)) return;
        found += 1;
        expect(mayContain(wordsOf(whole), part)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
    expect(found).toBeGreaterThan(5000);
  });

  it('are not in a text without one of them', () => {
    expect(mayContain(wordsOf('the quick brown fox'), 'quick red')).toBe(false);
    expect(mayContain(wordsOf('the quick brown fox'), 'uickly')).toBe(false);
    expect(mayContain(wordsOf('the quick brown fox'), 'rown f')).toBe(true);
  });
});
