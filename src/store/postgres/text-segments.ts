/** Segments of the word index as they are stored. */
import type { StoredSegment } from '../text/segment.ts';
import type { Session } from './connection.ts';

export interface SegmentRow {
  id: number;
  first: number;
  width: number;
  words: number;
  months: number[];
}

export async function indexedUpTo(session: Session): Promise<number> {
  const [row] = await session.rows<{ at: number }>('select indexed_up_to as at from text_state where id = 1');
  return row?.at ?? 0;
}

export async function setIndexedUpTo(session: Session, number: number): Promise<void> {
  await session.rows(
    `insert into text_state (id, indexed_up_to) values (1, $1)
     on conflict (id) do update set indexed_up_to = excluded.indexed_up_to`,
    [number],
  );
}

/** Ascending. */
export async function listSegments(session: Session): Promise<SegmentRow[]> {
  return session.rows<SegmentRow & Record<string, unknown>>(
    'select id, first, width, words, months from text_segments order by first',
  );
}

export async function readSegment(session: Session, row: SegmentRow): Promise<StoredSegment> {
  const [parts] = await session.rows<{ vocabulary: Buffer; marks: Buffer }>(
    'select vocabulary, marks from text_segments where id = $1',
    [row.id],
  );
  const chunks = await session.rows<StoredSegment['chunks'][number] & Record<string, unknown>>(
    'select first_word as "firstWord", bytes from text_chunks where segment = $1 order by first_word',
    [row.id],
  );
  const { first, width, words } = row;
  return { first, width, words, ...parts!, chunks };
}

export async function putSegment(session: Session, segment: StoredSegment, months: readonly number[]): Promise<void> {
  const { first, width, words, vocabulary, marks, chunks } = segment;
  const [row] = await session.rows<{ id: number }>(
    `insert into text_segments (first, width, words, months, vocabulary, marks) values ($1, $2, $3, $4, $5, $6)
     returning id`,
    [first, width, words, months, Buffer.from(vocabulary), Buffer.from(marks)],
  );
  for (const { firstWord, bytes } of chunks)
    await session.rows('insert into text_chunks (segment, first_word, bytes) values ($1, $2, $3)', [
      row!.id,
      firstWord,
      Buffer.from(bytes),
    ]);
}

export async function removeSegments(session: Session, ids: readonly number[]): Promise<void> {
  await session.rows('delete from text_chunks where segment = any($1::int[])', [ids]);
  await session.rows('delete from text_segments where id = any($1::int[])', [ids]);
}
