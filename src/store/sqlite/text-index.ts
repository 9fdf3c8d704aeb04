/**
 * Asks the word index which logs a filter's texts can be in. It answers with candidates: whoever asks looks at their texts.
 * Logs that are not indexed yet are candidates, so that answers are as fresh as the database.
 */
import type { Statement } from 'better-sqlite3';
import type { Filter } from '../../model/filter.ts';
import { type Bits, countBits, descending, hasBit } from '../text/bits.ts';
import { SegmentSearch, type Wanted, wantedBy } from '../text/segment-search.ts';
import type { StoredSegment } from '../text/segment.ts';
import type { Connection } from './connection.ts';
import { fileIdentity, readTextFile, SEGMENT_COLUMNS, type SegmentRow } from './text-file.ts';

interface Opened {
  identity: number | undefined;
  connection: Connection;
  list: Statement;
  indexedUpTo: Statement;
  vocabulary: Statement;
  chunk: Statement;
}

export class TextIndex {
  readonly #path: string;
  #opened: Opened | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Runs a question with the candidates of a filter, in one snapshot of the index. Undefined where words say nothing about
   * the filter: every log is a candidate.
   */
  ask<Result>(filter: Filter, question: (candidates: TextCandidates | undefined) => Result): Result {
    const wanted = wantedBy(filter);
    if (wanted === null) return question(undefined);
    const opened = this.#open();
    if (opened === undefined) return question(undefined);
    opened.connection.exec('begin');
    try {
      return question(new TextCandidates(opened, wanted));
    } finally {
      opened.connection.exec('commit');
    }
  }

  close(): void {
    this.#opened?.connection.close();
    this.#opened = undefined;
  }

  #open(): Opened | undefined {
    const identity = fileIdentity(this.#path);
    if (this.#opened !== undefined && this.#opened.identity === identity) return this.#opened;
    this.close();
    const connection = readTextFile(this.#path);
    if (connection === undefined) return undefined;
    this.#opened = {
      identity,
      connection,
      list: connection.prepare(`select ${SEGMENT_COLUMNS} from segments order by first desc`),
      indexedUpTo: connection.prepare('select indexed_up_to from state').pluck(),
      vocabulary: connection.prepare('select vocabulary, marks from segments where id = ?'),
      chunk: connection.prepare(
        'select first_word as firstWord, bytes from chunks where segment = ? and first_word <= ? order by first_word desc limit 1',
      ),
    };
    return this.#opened;
  }
}

/** The candidates of one filter, found segment by segment as they are asked for. */
export class TextCandidates {
  /** Logs behind this number are all candidates. */
  readonly indexedUpTo: number;
  readonly #opened: Opened;
  readonly #wanted: Wanted;
  /** Newest first. */
  readonly #segments: SegmentRow[];
  readonly #found = new Map<number, Bits | undefined>();

  constructor(opened: Opened, wanted: Wanted) {
    this.#opened = opened;
    this.#wanted = wanted;
    this.#segments = opened.list.all() as SegmentRow[];
    this.indexedUpTo = opened.indexedUpTo.get() as number;
  }

  /** Whether a log may be wanted. */
  has(seq: number): boolean {
    if (seq > this.indexedUpTo) return true;
    const segment = this.#segmentOf(seq);
    if (segment === undefined) return false;
    const bits = this.#bitsOf(segment);
    return bits === undefined || hasBit(bits, seq - segment.first);
  }

  /** The indexed candidates, newest first, where there are no more than `limit`; undefined where there are more. */
  atMost(limit: number): number[] | undefined {
    const found: number[] = [];
    for (const segment of this.#segments) {
      const bits = this.#bitsOf(segment);
      if (bits === undefined || found.length + countBits(bits) > limit) return undefined;
      for (const at of descending(bits)) found.push(segment.first + at);
    }
    return found;
  }

  #bitsOf(segment: SegmentRow): Bits | undefined {
    if (!this.#found.has(segment.id))
      this.#found.set(segment.id, new SegmentSearch(this.#source(segment)).candidates(this.#wanted));
    return this.#found.get(segment.id);
  }

  #source(segment: SegmentRow): ConstructorParameters<typeof SegmentSearch>[0] {
    const { vocabulary, chunk } = this.#opened;
    return {
      ...segment,
      vocabulary: () => vocabulary.get(segment.id) as StoredSegment,
      chunkOf: (word) => chunk.get(segment.id, word) as StoredSegment['chunks'][number],
    };
  }

  #segmentOf(seq: number): SegmentRow | undefined {
    let [low, high] = [0, this.#segments.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#segments[middle]!.first <= seq) high = middle;
      else low = middle + 1;
    }
    const segment = this.#segments[low];
    return segment !== undefined && seq >= segment.first && seq < segment.first + segment.width ? segment : undefined;
  }
}
