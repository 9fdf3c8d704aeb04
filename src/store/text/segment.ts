/**
 * Segments: the words of a range of logs, each with the logs that it is in. They are written once, joined into larger ones,
 * and written anew without logs that were removed. How they are kept, and which logs are in them, the engine decides.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ChunkReader, ChunkWriter, CHUNK_BYTES } from './postings.ts';
import type { WordTable } from './word-table.ts';

/** A segment as it is stored. */
export interface StoredSegment {
  /** Number of the first log that it may hold, and how many numbers from there. */
  first: number;
  width: number;
  /** How many words there are. */
  words: number;
  /** The words in order, each between line feeds, compressed. */
  vocabulary: Uint8Array;
  /** Where in that text each `MARK_EVERY`th word begins: uint32, little-endian. */
  marks: Uint8Array;
  /** Postings in the order of the words, compressed; `firstWord` counts the words before. */
  chunks: { firstWord: number; bytes: Uint8Array }[];
}

export const MARK_EVERY = 64;
const LEVEL = 6;

/** The segment of the words of logs, numbered from `first` on, of all numbers up to and including `last`. */
export function segmentOf(table: WordTable, first: number, last: number): StoredSegment {
  const writer = new SegmentWriter(first, last - first + 1);
  for (const [word, logs] of table.words())
    writer.add(
      word,
      logs.map((log) => log - first),
    );
  return writer.finish();
}

/** One segment of neighbours, in ascending order. */
export function joinSegments(segments: readonly StoredSegment[]): StoredSegment {
  const first = segments[0]!.first;
  const end = segments.at(-1)!;
  const writer = new SegmentWriter(first, end.first + end.width - first);
  const cursors = segments.map((segment) => new SegmentCursor(segment, segment.first - first));
  for (;;) {
    let least: string | undefined;
    for (const { word } of cursors) if (word !== undefined && (least === undefined || word < least)) least = word;
    if (least === undefined) return writer.finish();
    const logs: number[] = [];
    for (const cursor of cursors) if (cursor.word === least) cursor.take(logs);
    writer.add(least, logs);
  }
}

/** The segment without some logs, and without words that only they had. */
export function withoutLogs(segment: StoredSegment, removed: (log: number) => boolean): StoredSegment {
  const writer = new SegmentWriter(segment.first, segment.width);
  const cursor = new SegmentCursor(segment, segment.first);
  for (let { word } = cursor; word !== undefined; { word } = cursor) {
    const logs: number[] = [];
    cursor.take(logs);
    const left = logs.filter((log) => !removed(log)).map((log) => log - segment.first);
    if (left.length > 0) writer.add(word, left);
  }
  return writer.finish();
}

export function vocabularyText(segment: Pick<StoredSegment, 'vocabulary'>): string {
  return zstdDecompressSync(segment.vocabulary).toString();
}

export function unpackChunk(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes);
}

class SegmentWriter {
  readonly #first: number;
  readonly #width: number;
  readonly #postings: ChunkWriter;
  readonly #chunks: StoredSegment['chunks'] = [];
  readonly #words: string[] = [];
  readonly #marks: number[] = [];
  #length = 1;
  #chunkWord = 0;

  constructor(first: number, width: number) {
    this.#first = first;
    this.#width = width;
    this.#postings = new ChunkWriter(width);
  }

  /** Words come in order. */
  add(word: string, logs: readonly number[]): void {
    if (this.#words.length % MARK_EVERY === 0) this.#marks.push(this.#length);
    this.#length += word.length + 1;
    this.#words.push(word);
    this.#postings.add(logs);
    if (this.#postings.size >= CHUNK_BYTES) this.#endChunk();
  }

  finish(): StoredSegment {
    if (this.#postings.size > 0) this.#endChunk();
    const marks = Buffer.from(Uint32Array.from(this.#marks).buffer);
    return {
      first: this.#first,
      width: this.#width,
      words: this.#words.length,
      vocabulary: compress(Buffer.from(`\n${this.#words.join('\n')}\n`)),
      marks,
      chunks: this.#chunks,
    };
  }

  #endChunk(): void {
    this.#chunks.push({ firstWord: this.#chunkWord, bytes: compress(this.#postings.take()) });
    this.#chunkWord = this.#words.length;
  }
}

/** Walks a segment word by word. */
class SegmentCursor {
  readonly #segment: StoredSegment;
  readonly #shift: number;
  readonly #words: string[];
  #at = 0;
  #chunk = 0;
  #reader: ChunkReader | undefined;

  constructor(segment: StoredSegment, shift: number) {
    this.#segment = segment;
    this.#shift = shift;
    this.#words = segment.words === 0 ? [] : vocabularyText(segment).slice(1, -1).split('\n');
  }

  get word(): string | undefined {
    return this.#words[this.#at];
  }

  /** Appends the logs of the word, and goes on to the next. */
  take(into: number[]): void {
    if (this.#reader === undefined || this.#reader.isAtEnd)
      this.#reader = new ChunkReader(unpackChunk(this.#segment.chunks[this.#chunk++]!.bytes), this.#segment.width);
    this.#reader.logs(this.#shift, into);
    this.#at += 1;
  }
}

function compress(bytes: Uint8Array): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}
