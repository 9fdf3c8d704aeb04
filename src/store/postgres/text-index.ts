/**
 * Asks the word index which logs a filter's texts can be in. It answers with candidates: whoever asks looks at their texts. Logs that
 * are not indexed yet are candidates, so that answers are as fresh as the snapshot that they are of.
 */
import type { Filter } from '../../model/filter.ts';
import { Sql, sql } from '../queries/sql.ts';
import { type Bits, countBits, descending, hasBit } from '../text/bits.ts';
import { SegmentSearch, type Wanted, wantedBy } from '../text/segment-search.ts';
import type { StoredSegment } from '../text/segment.ts';
import { existingMonths, MONTH_STEP } from './partitions.ts';
import type { QuestionSession } from './question-session.ts';
import { numberOf } from './text-indexer.ts';
import { indexedUpTo, listSegments, type SegmentRow } from './text-segments.ts';

/** Segments that are searched at a time: their vocabularies are a few megabytes each. */
const SEGMENTS = 8;

type Chunk = StoredSegment['chunks'][number];

interface Searched extends SegmentRow {
  /** Undefined where every log is a candidate. */
  bits: Bits | undefined;
}

/** The candidates of a filter; undefined where words say nothing about it: every log is one. */
export async function textCandidates(session: QuestionSession, filter: Filter): Promise<TextCandidates | undefined> {
  const wanted = wantedBy(filter);
  if (wanted === null) return undefined;
  const upTo = await indexedUpTo(session);
  const segments = (await listSegments(session)).reverse();
  const searched: Searched[] = [];
  for (let from = 0; from < segments.length; from += SEGMENTS) {
    searched.push(...(await search(session, segments.slice(from, from + SEGMENTS), wanted)));
    session.checkTime();
  }
  return new TextCandidates(searched, upTo, await existingMonths(session));
}

export class TextCandidates {
  /** Newest first. */
  readonly #segments: Searched[];
  /** Logs behind this number, without its month, are all candidates. */
  readonly indexedUpTo: number;
  readonly #months: readonly number[];

  constructor(segments: Searched[], indexedUpTo: number, months: readonly number[]) {
    this.#segments = segments;
    this.indexedUpTo = indexedUpTo;
    this.#months = months;
  }

  /** Whether a log may be wanted. */
  has(seq: number): boolean {
    const number = numberOf(seq);
    if (number > this.indexedUpTo) return true;
    const segment = this.#segmentOf(number);
    return segment !== undefined && (segment.bits === undefined || hasBit(segment.bits, number - segment.first));
  }

  /** All candidates, as a query of one column, where no more than `limit` of them are indexed. */
  atMost(limit: number): Sql | undefined {
    const found: number[] = [];
    let count = 0;
    for (const { bits, first, months } of this.#segments) {
      count += bits === undefined ? Infinity : countBits(bits);
      if (count > limit) return undefined;
      for (const at of descending(bits!)) for (const month of months) found.push(month * MONTH_STEP + first + at);
    }
    return sql`select log from unnest(${found}::bigint[]) as given (log)
      union all select behind.seq from unnest(${this.#months}::int[]) as months (month) cross join lateral (
        select logs.seq from logs where logs.seq > months.month::bigint * ${MONTH_STEP} + ${this.indexedUpTo}
          and logs.seq < (months.month::bigint + 1) * ${MONTH_STEP} offset 0) behind`;
  }

  #segmentOf(number: number): Searched | undefined {
    let [low, high] = [0, this.#segments.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#segments[middle]!.first <= number) high = middle;
      else low = middle + 1;
    }
    const segment = this.#segments[low];
    const isIn = segment !== undefined && number >= segment.first && number < segment.first + segment.width;
    return isIn ? segment : undefined;
  }
}

/** Vocabularies first, and of the postings those chunks that the words are in. */
async function search(session: QuestionSession, segments: readonly SegmentRow[], wanted: Wanted): Promise<Searched[]> {
  const ids = segments.map(({ id }) => id);
  const rows = await session.rows<{ id: number; vocabulary: Buffer; marks: Buffer }>(
    'select id, vocabulary, marks from text_segments where id = any($1::int[])',
    [ids],
  );
  const chunkStarts = await session.rows<{ segment: number; starts: number[] }>(
    `select segment, array_agg(first_word order by first_word) as starts from text_chunks
     where segment = any($1::int[]) group by segment`,
    [ids],
  );
  const parts = new Map(rows.map((row) => [row.id, row]));
  const starts = new Map(chunkStarts.map((row) => [row.segment, row.starts]));
  const chunks = new Map<string, Chunk>();
  const searches = segments.map((segment) => {
    const startOf = (word: number): number => lastUpTo(starts.get(segment.id) ?? [], word);
    const chunkOf = (word: number): Chunk => chunks.get(`${segment.id} ${startOf(word)}`)!;
    const searching = new SegmentSearch({ ...segment, vocabulary: () => parts.get(segment.id)!, chunkOf });
    return { segment, searching, needed: new Set(searching.words(wanted).map(startOf)) };
  });
  const needed = searches.flatMap(({ segment, needed: list }) => [...list].map((start) => ({ id: segment.id, start })));
  const loaded = await session.rows<{ segment: number; firstWord: number; bytes: Buffer }>(
    `select c.segment, c.first_word as "firstWord", c.bytes from unnest($1::int[], $2::int[]) as g (segment, first_word)
     join text_chunks c on c.segment = g.segment and c.first_word = g.first_word`,
    [needed.map(({ id }) => id), needed.map(({ start }) => start)],
  );
  for (const { segment, ...chunk } of loaded) chunks.set(`${segment} ${chunk.firstWord}`, chunk);
  return searches.map(({ segment, searching }) => ({ ...segment, bits: searching.candidates(wanted) }));
}

/** The last of ascending numbers that is not above one. */
function lastUpTo(numbers: readonly number[], most: number): number {
  let [low, high] = [0, numbers.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (numbers[middle]! <= most) low = middle;
    else high = middle - 1;
  }
  return numbers[low]!;
}
