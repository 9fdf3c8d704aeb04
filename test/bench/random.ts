/** A seeded generator of numbers and of texts that compress like prose, so that two runs measure the same bytes. */

const SYLLABLES = 'ka ro mi ten sol var de lun pra gi no bel chu set or fa win dor ex ma'.split(' ');
const WORDS = Array.from(
  { length: 800 },
  (_, index) =>
    SYLLABLES[index % 20]! + SYLLABLES[(index * 7 + 3) % 20]! + (index % 3 ? SYLLABLES[(index >> 4) % 20]! : ''),
);

export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** Words and blanks, exactly so many characters. */
  text(length: number): string;
}

/** Mulberry32: 32 bits of state are enough to make payloads differ. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    text(length) {
      let text = '';
      // The square makes some words frequent and most rare, as in prose.
      while (text.length < length) text += `${WORDS[Math.floor(next() ** 2 * WORDS.length)]!} `;
      return text.slice(0, length);
    },
  };
}
