/**
 * The words of many logs while they are gathered: each distinct word once, and the logs that it is in. It makes no string of
 * a word that it knows already: a set of strings for each log takes three times as long (measured).
 */
import { eachWord, LONG_WORD, shortLength, WORD_LENGTH } from './words.ts';

const FIRST_WORDS = 1 << 11;
/** Shorter paragraphs are cut faster than they are looked up. */
const PARAGRAPH = 40;
/** The words of paragraphs are remembered until their texts have so many code units. */
const REMEMBERED = 1 << 21;

export class WordTable {
  /** Number of a word + 1 by its hash, 0 for none; open addressing, at most half full. */
  #slots = new Uint32Array(FIRST_WORDS * 2);
  /** Code units of all words, one after another. */
  #units = new Uint16Array(FIRST_WORDS * 8);
  /** By word: where its units end, its hash, the last log that has it. */
  #ends = new Uint32Array(FIRST_WORDS);
  #hashes = new Int32Array(FIRST_WORDS);
  #lastLogs = new Uint32Array(FIRST_WORDS);
  #count = 0;
  readonly #logsOf: number[][] = [];
  readonly #paragraphs = new Map<string, Uint32Array>();
  #remembered = 0;
  /** The present log, and its place among all, from 1. */
  #log = 0;
  #place = 0;

  /** How many logs were added. */
  get logs(): number {
    return this.#place;
  }

  /** The words of some texts of a log. Logs come in ascending order, each once. */
  add(log: number, texts: readonly string[]): void {
    this.#log = log;
    this.#place += 1;
    for (const text of texts) {
      this.#remembered += text.length;
      if (this.#remembered > REMEMBERED) {
        this.#remembered = text.length;
        this.#paragraphs.clear();
      }
      for (const paragraph of text.split('\n\n')) this.#addParagraph(paragraph);
    }
  }

  /** Instructions and earlier turns of a conversation come again with each call: they are cut once. */
  #addParagraph(paragraph: string): void {
    const known = this.#paragraphs.get(paragraph);
    if (known !== undefined) {
      for (const number of known) this.#note(number);
      return;
    }
    const lower = paragraph.toLowerCase();
    const words: number[] = [];
    eachWord(lower, (from, to) => {
      if (to - from <= WORD_LENGTH) words.push(this.#numberOf(lower, from, to));
      else
        words.push(
          this.#numberOf(LONG_WORD, 0, LONG_WORD.length),
          this.#numberOf(lower, from, from + shortLength(lower, from)),
        );
    });
    for (const number of words) this.#note(number);
    if (paragraph.length >= PARAGRAPH) this.#paragraphs.set(paragraph, Uint32Array.from(new Set(words)));
  }

  /** The present log has this word. */
  #note(number: number): void {
    if (this.#lastLogs[number] === this.#place) return;
    this.#lastLogs[number] = this.#place;
    this.#logsOf[number]!.push(this.#log);
  }

  /** All words in order, with the logs that each is in, ascending. */
  *words(): Iterable<[word: string, logs: readonly number[]]> {
    const words = Array.from({ length: this.#count }, (_, number): [string, number[]] => [
      this.#wordOf(number),
      this.#logsOf[number]!,
    ]);
    yield* words.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The number of a word; of a new one, a new number. */
  #numberOf(text: string, from: number, to: number): number {
    let hash = 0;
    for (let at = from; at < to; at += 1) hash = ((hash << 5) - hash + text.charCodeAt(at)) | 0;
    const mask = this.#slots.length - 1;
    let slot = slotOf(hash) & mask;
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number === -1) return this.#addNew(text, from, to, hash, slot);
      if (this.#hashes[number] === hash && this.#is(number, text, from, to)) return number;
      slot = (slot + 1) & mask;
    }
  }

  #is(number: number, text: string, from: number, to: number): boolean {
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    if (this.#ends[number]! - start !== to - from) return false;
    for (let at = from; at < to; at += 1) if (this.#units[start + at - from] !== text.charCodeAt(at)) return false;
    return true;
  }

  #addNew(text: string, from: number, to: number, hash: number, slot: number): number {
    const number = this.#count;
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    if (start + to - from > this.#units.length) this.#units = grown(this.#units);
    for (let at = from; at < to; at += 1) this.#units[start + at - from] = text.charCodeAt(at);
    this.#ends[number] = start + to - from;
    this.#hashes[number] = hash;
    this.#logsOf.push([]);
    this.#slots[slot] = number + 1;
    this.#count += 1;
    if (this.#count === this.#ends.length) this.#growWords();
    return number;
  }

  #growWords(): void {
    this.#ends = grown(this.#ends);
    this.#hashes = grown(this.#hashes);
    this.#lastLogs = grown(this.#lastLogs);
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number += 1) {
      const hash = this.#hashes[number]!;
      let slot = slotOf(hash) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }

  #wordOf(number: number): string {
    return String.fromCharCode(...this.#units.subarray(number === 0 ? 0 : this.#ends[number - 1]!, this.#ends[number]));
  }
}

/** Spreads what the lower bits of a hash have in common. */
function slotOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 7;
}

function grown<Values extends Uint16Array | Uint32Array | Int32Array>(values: Values): Values {
  const larger = new (values.constructor as new (length: number) => Values)(values.length * 2);
  larger.set(values);
  return larger;
}
