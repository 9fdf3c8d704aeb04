/**
 * Words: what the word index of an engine holds of a text, and which words a part of a text can only come from. Both are
 * made here from lower-cased texts, so that the index never misses a log that `containsText` of model/filter-match.ts
 * finds; it may name logs that are not found, and whoever asks it looks at their texts. Pure; engines store and look up.
 *
 * A word is a longest run of letters, digits, marks and `_`. Scripts that write no blanks between words (Han, kana, Thai
 * and their like) would make a word of each sentence: there, each character is one.
 */

/** Longer words are cut; a text with one of them also has `LONG_WORD`. A SHA-256 in hex is not cut. */
export const WORD_LENGTH = 64;
/** No text has it: it is no letter. */
export const LONG_WORD = '\u0001';

/** A word of a part that is looked for. Open: in the text, the word may go on there. */
export interface PartWord {
  word: string;
  openStart: boolean;
  openEnd: boolean;
}

const SEPARATOR = 0;
const IN_WORD = 1;
const WORD_ALONE = 2;

const WORD_CHARACTER = /^[\p{L}\p{N}\p{M}_]$/u;
const ALONE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]$/u;

/** Classes of all code units, so that a text is cut by table: a regular expression takes four times as long. */
const UNIT_CLASSES = Uint8Array.from({ length: 0x10000 }, (_, unit) => classOf(String.fromCharCode(unit)));

/** The words that every text has which contains this part; of none, the index knows nothing of it. */
export function wordsOfPart(part: string): PartWord[] {
  // Half of a pair at an end may be the half of any character.
  const lower = part.toLowerCase();
  const whole = lower.replace(/^[\udc00-\udfff]+/, '').replace(/[\ud800-\udbff]+$/, '');
  const words: PartWord[] = [];
  eachWord(whole, (from, to, alone) => {
    words.push({
      word: whole.slice(from, to),
      openStart: !alone && from === 0,
      openEnd: !alone && to === whole.length,
    });
  });
  return words;
}

/** How a part's word is looked up among the words of texts. */
export interface WordLookup {
  how: 'equals' | 'startsWith' | 'endsWith' | 'contains';
  word: string;
  /** Whether texts with `LONG_WORD` may have it, too: it may be in what was cut off. */
  orLong: boolean;
}

export function lookupOf({ word, openStart, openEnd }: PartWord): WordLookup {
  const short = word.slice(0, shortLength(word, 0));
  if (openStart) return { how: openEnd ? 'contains' : 'endsWith', word, orLong: true };
  return { how: openEnd ? 'startsWith' : 'equals', word: short, orLong: false };
}

/** How many code units of a word that begins there are kept. */
export function shortLength(text: string, from: number): number {
  if (text.length - from <= WORD_LENGTH) return text.length - from;
  // Not between the halves of a pair: what is stored is UTF-8.
  const last = text.charCodeAt(from + WORD_LENGTH - 1);
  return last >= 0xd800 && last < 0xdc00 ? WORD_LENGTH - 1 : WORD_LENGTH;
}

/** Tells of each word of a lower-cased text where it begins and ends, and whether it is a character by itself. */
export function eachWord(text: string, tell: (from: number, to: number, alone: boolean) => void): void {
  let from = -1;
  let at = 0;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    const isPair = unit >= 0xd800 && unit < 0xdc00 && isLowHalf(text.charCodeAt(at + 1));
    const kind = isPair ? classOf(text.slice(at, at + 2)) : UNIT_CLASSES[unit]!;
    const next = at + (isPair ? 2 : 1);
    if (kind === IN_WORD) {
      if (from === -1) from = at;
    } else {
      if (from !== -1) tell(from, at, false);
      from = -1;
      if (kind === WORD_ALONE) tell(at, next, true);
    }
    at = next;
  }
  if (from !== -1) tell(from, text.length, false);
}

/** Of one character; halves of pairs by themselves are separators. */
function classOf(character: string): number {
  if (ALONE.test(character)) return WORD_ALONE;
  return WORD_CHARACTER.test(character) ? IN_WORD : SEPARATOR;
}

function isLowHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
