/**
 * The words of many logs while they are gathered: each distinct word once, and the logs that it is in. It makes no string of
 * a word that it knows already: a set of strings for each log takes three times as long (measured).
 */
import { eachWord, LONG_WORD, shortLength, WORD_LENGTH } from './words.ts';

const FIRST_WORDS = 1 << 11;

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
      const lower = text.toLowerCase();
      eachWord(lower, (from, to) => {
        if (to - from <= WORD_LENGTH) this.#addWord(lower, from, to);
        else {
          this.#addWord(LONG_WORD, 0, LONG_WORD.length);
          this.#addWord(lower, from, from + shortLength(lower, from));
        }
      });
    }
  }

  /** All words in order, with the logs that each is in, ascending. */
  *words(): Iterable<[word: string, logs: readonly number[]]> {
    const words = Array.from({ length: this.#count }, (_, number): [string, number[]] => [
      this.#wordOf(number),
      this.#logsOf[number]!,
    ]);
    yield* words.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #addWord(text: string, from: number, to: number): void {
    let hash = 0;
    for (let at = from; at < to; at += 1) hash = ((hash << 5) - hash + text.charCodeAt(at)) | 0;
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(hash, 0x9e3779b1) >>> 7) & mask;
    for (;;) {
      const number = this.#slots[slot]! - 1;
      if (number === -1) break;
      if (this.#hashes[number] === hash && this.#is(number, text, from, to)) {
        if (this.#lastLogs[number] === this.#place) return;
        this.#lastLogs[number] = this.#place;
        this.#logsOf[number]!.push(this.#log);
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.#addNew(text, from, to, hash, slot);
  }

  #is(number: number, text: string, from: number, to: number): boolean {
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    if (this.#ends[number]! - start !== to - from) return false;
    for (let at = from; at < to; at += 1) if (this.#units[start + at - from] !== text.charCodeAt(at)) return false;
    return true;
  }

  #addNew(text: string, from: number, to: number, hash: number, slot: number): void {
    const number = this.#count;
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    if (start + to - from > this.#units.length) this.#units = grown(this.#units);
    for (let at = from; at < to; at += 1) this.#units[start + at - from] = text.charCodeAt(at);
    this.#ends[number] = start + to - from;
    this.#hashes[number] = hash;
    this.#lastLogs[number] = this.#place;
    this.#logsOf.push([this.#log]);
    this.#slots[slot] = number + 1;
    this.#count += 1;
    if (this.#count === this.#ends.length) this.#growWords();
  }

  #growWords(): void {
    this.#ends = grown(this.#ends);
    this.#hashes = grown(this.#hashes);
    this.#lastLogs = grown(this.#lastLogs);
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.#count; number += 1) {
      const hash = this.#hashes[number]!;
      let slot = (Math.imul(hash, 0x9e3779b1) >>> 7) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }

  #wordOf(number: number): string {
    return String.fromCharCode(...this.#units.subarray(number === 0 ? 0 : this.#ends[number - 1]!, this.#ends[number]));
  }
}

function grown<Values extends Uint16Array | Uint32Array | Int32Array>(values: Values): Values {
  const larger = new (values.constructor as new (length: number) => Values)(values.length * 2);
  larger.set(values);
  return larger;
}
