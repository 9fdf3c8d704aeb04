/**
 * Which logs of a segment may satisfy a filter, by its words. Never leaves out one that does; of what words do not tell
 * (all that is no text, and everything below a `not`) it assumes the best.
 */
import type { Filter } from '../../model/filter.ts';
import { type Bits, intersect, noBits, unite } from './bits.ts';
import { uniteAt } from './postings.ts';
import { MARK_EVERY, type StoredSegment, unpackChunk, vocabularyText } from './segment.ts';
import { LONG_WORD, lookupOf, type PartWord, type WordLookup, wordsOfPart } from './words.ts';

/** A part that so many words of a segment contain tells nothing: most logs have one of them. */
const MATCHES = 2000;

/** A segment whose parts are loaded when they are needed. */
export interface SegmentSource extends Pick<StoredSegment, 'first' | 'width' | 'words'> {
  vocabulary(): Pick<StoredSegment, 'vocabulary' | 'marks'>;
  /** The chunk with the posting of a word. */
  chunkOf(word: number): StoredSegment['chunks'][number];
}

/** What a filter says about words: a part's words, all of which a log must have; null where it says nothing. */
export type Wanted = { all: Wanted[] } | { any: Wanted[] } | { word: PartWord } | null;

export function wantedBy(filter: Filter): Wanted {
  if ('and' in filter) return allOf(filter.and.map(wantedBy));
  if ('or' in filter) {
    const parts = filter.or.map(wantedBy);
    return parts.includes(null) ? null : { any: parts };
  }
  if (!('text' in filter) || filter.contains === undefined || filter.present === false) return null;
  return allOf(wordsOfPart(filter.contains).map((word) => ({ word })));
}

function allOf(parts: Wanted[]): Wanted {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : { all: known };
}

export class SegmentSearch {
  readonly #source: SegmentSource;
  readonly #known = new Map<string, Bits | undefined>();
  readonly #words = new Map<string, number[] | undefined>();
  #text: string | undefined;
  #marks: Uint32Array | undefined;

  constructor(source: SegmentSource) {
    this.#source = source;
  }

  /** The logs that may be wanted, as bits from the segment's first number; undefined for all. */
  candidates(wanted: Wanted): Bits | undefined {
    if (wanted === null) return undefined;
    if ('word' in wanted) return this.#withWord(wanted.word);
    if ('all' in wanted) {
      let found: Bits | undefined;
      for (const part of wanted.all) {
        const bits = this.candidates(part);
        if (bits === undefined) continue;
        if (found === undefined) found = bits.slice();
        else intersect(found, bits);
      }
      return found;
    }
    const found = noBits(this.#source.width);
    for (const part of wanted.any) {
      const bits = this.candidates(part);
      if (bits === undefined) return undefined;
      unite(found, bits);
    }
    return found;
  }

  /** The words whose postings `candidates` reads, ascending: for those who have to load them first. */
  words(wanted: Wanted): number[] {
    const found = new Set<number>();
    const look = (part: Wanted): void => {
      if (part === null) return;
      if ('word' in part) for (const word of this.#wordsOf(lookupOf(part.word)) ?? []) found.add(word);
      else for (const one of 'all' in part ? part.all : part.any) look(one);
    };
    look(wanted);
    return [...found].sort((a, b) => a - b);
  }

  #withWord(word: PartWord): Bits | undefined {
    const lookup = lookupOf(word);
    const key = keyOf(lookup);
    if (!this.#known.has(key)) this.#known.set(key, this.#lookUp(lookup));
    return this.#known.get(key);
  }

  #lookUp(lookup: WordLookup): Bits | undefined {
    const words = this.#wordsOf(lookup);
    return words && this.#logsOf(words);
  }

  /** Ascending; undefined where there are so many that they tell nothing. */
  #wordsOf(lookup: WordLookup): number[] | undefined {
    const key = keyOf(lookup);
    if (this.#words.has(key)) return this.#words.get(key);
    const words = new Set(this.#matches(lookup));
    if (lookup.orLong)
      for (const word of this.#matches({ how: 'equals', word: LONG_WORD, orLong: false })) words.add(word);
    const list = words.size > MATCHES ? undefined : [...words].sort((a, b) => a - b);
    this.#words.set(key, list);
    return list;
  }

  #logsOf(words: readonly number[]): Bits {
    const bits = noBits(this.#source.width);
    let index = 0;
    while (index < words.length) {
      const chunk = this.#source.chunkOf(words[index]!);
      const bytes = unpackChunk(chunk.bytes);
      // A chunk's end is where the next word's chunk begins another.
      const places: number[] = [];
      for (; index < words.length; index += 1) {
        if (places.length > 0 && this.#source.chunkOf(words[index]!).firstWord !== chunk.firstWord) break;
        places.push(words[index]! - chunk.firstWord);
      }
      uniteAt(bytes, this.#source.width, places, bits);
    }
    return bits;
  }

  /** Numbers of the words that a lookup finds, at most one more than `MATCHES`. */
  #matches({ how, word }: WordLookup): number[] {
    this.#text ??= vocabularyText(this.#source.vocabulary());
    const text = this.#text;
    const start = how === 'equals' || how === 'startsWith' ? '\n' : '';
    const end = how === 'equals' || how === 'endsWith' ? '\n' : '';
    const sought = `${start}${word}${end}`;
    const found: number[] = [];
    for (let at = text.indexOf(sought); at !== -1 && found.length <= MATCHES;) {
      const first = start === '\n' ? at + 1 : text.lastIndexOf('\n', at) + 1;
      found.push(this.#numberOf(first));
      if (how === 'equals') break;
      // From the end of this word on: it counts once.
      const next = text.indexOf('\n', at + Math.max(1, sought.length - 1));
      at = next === -1 ? -1 : text.indexOf(sought, next);
    }
    return found;
  }

  /** Which word begins there. */
  #numberOf(at: number): number {
    this.#marks ??= marksOf(this.#source.vocabulary().marks);
    let [low, high] = [0, this.#marks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#marks[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    let number = low * MARK_EVERY;
    for (let next = this.#marks[low]!; next < at; number += 1) next = this.#text!.indexOf('\n', next) + 1;
    return number;
  }
}

function keyOf({ how, word }: WordLookup): string {
  return `${how} ${word}`;
}

function marksOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
