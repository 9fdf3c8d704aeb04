/**
 * Keeps the word index up with the logs: what is settled and new becomes a small segment, small ones are joined into larger ones. Every
 * step is one transaction, which does nothing where another replica has been here meanwhile.
 */
import type { Pool } from 'pg';
import { joinSegments, segmentOf, withoutLogs } from '../text/segment.ts';
import { joinable } from '../text/joinable.ts';
import { type ReadTexts, TEXT_COLUMNS, type TextRow, textsOf } from '../text/read-texts.ts';
import { WordTable } from '../text/word-table.ts';
import { type Session, sessionOf } from './connection.ts';
import { slotsOf } from './listed-logs.ts';
import { lockWords } from './locks.ts';
import { existingMonths, MONTH_STEP } from './partitions.ts';
import { Settled } from './settled.ts';
import { indexedUpTo, listSegments, putSegment, readSegment, removeSegments, setIndexedUpTo } from './text-segments.ts';
import { inTransaction } from './transaction.ts';

/** Numbers that one step takes: of logs, but for some that blocks have. */
const STEP = 4096;
/** Runs of removed logs that one round takes out. */
const REMOVALS = 10_000;
const LOGS = `select ${TEXT_COLUMNS} from unnest($1::int[]) as months (month)
  cross join lateral (
    select ${TEXT_COLUMNS} from logs
    where logs.seq > months.month::bigint * ${MONTH_STEP} + $2::bigint and logs.seq <= months.month::bigint * ${MONTH_STEP} + $3::bigint
    offset 0) found`;

export type Indexed = 'indexed' | 'overtaken' | 'nothing';

export class TextIndexer {
  readonly #pool: Pool;
  readonly #readTexts: ReadTexts;
  readonly #settled = new Settled('numbers');

  /** One connection is enough. */
  constructor(pool: Pool, readTexts: ReadTexts) {
    this.#pool = pool;
    this.#readTexts = readTexts;
  }

  /** Indexes up to `STEP` numbers, and joins what that makes joinable. */
  async step(): Promise<Indexed> {
    const session = sessionOf(this.#pool);
    const from = await indexedUpTo(session);
    const { settled } = await this.#settled.upTo(session);
    if (settled <= from) return 'nothing';
    const last = Math.min(settled, from + STEP);
    const rows = await session.rows<TextRow & Record<string, unknown>>(LOGS, [
      await existingMonths(session),
      from,
      last,
    ]);
    const partsOf = await slotsOf(session, rows);
    const words = new WordTable();
    const months = new Set<number>();
    for (const row of rows.toSorted((one, other) => numberOf(one.seq) - numberOf(other.seq))) {
      const { input, output } = textsOf(row, partsOf(row), this.#readTexts);
      words.add(numberOf(row.seq) - from, [input, output]);
      months.add(Math.floor(row.seq / MONTH_STEP));
    }
    const segment = { ...segmentOf(words, 1, last - from), first: from + 1 };
    const isStored = await inTransaction(this.#pool, async (writing) => {
      await lockWords(writing);
      if ((await indexedUpTo(writing)) !== from) return false;
      await putSegment(writing, segment, [...months]);
      await setIndexedUpTo(writing, last);
      return true;
    });
    if (!isStored) return 'overtaken';
    await this.#join();
    return 'indexed';
  }

  /**
   * Takes the words of removed logs out. Of those that are indexed only: what another replica has read just now may still come, and
   * is taken out in a later round.
   */
  async follow(): Promise<void> {
    const session = sessionOf(this.#pool);
    const indexed = await indexedUpTo(session);
    const rows = await session.rows<{ id: number; first: number; last: number }>(
      `select id, first, last from removals where last % ${MONTH_STEP} <= $1 order by id limit ${REMOVALS}`,
      [indexed],
    );
    if (rows.length === 0) return;
    await this.purge(
      rows.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index)),
    );
    await session.rows('delete from removals where id = any($1::bigint[])', [rows.map(({ id }) => id)]);
  }

  /** Writes the segments anew that hold words of removed logs. */
  async purge(removed: readonly number[]): Promise<void> {
    const gone = new Set(removed.map(numberOf));
    const session = sessionOf(this.#pool);
    for (const { id, first, width } of await listSegments(session)) {
      if (![...gone].some((number) => number >= first && number < first + width)) continue;
      await inTransaction(this.#pool, async (writing) => {
        await lockWords(writing);
        const row = (await listSegments(writing)).find((one) => one.id === id);
        if (row === undefined) return;
        const segment = withoutLogs(await readSegment(writing, row), (number) => gone.has(number));
        await removeSegments(writing, [id]);
        await putSegment(writing, segment, row.months);
      });
    }
  }

  async #join(): Promise<void> {
    for (;;) {
      const isDone = await inTransaction(this.#pool, async (session) => {
        await lockWords(session);
        return !(await joinOnce(session));
      });
      if (isDone) return;
    }
  }
}

/** The number of a log without its month: in this order logs come. */
export function numberOf(seq: number): number {
  return seq % MONTH_STEP;
}

async function joinOnce(session: Session): Promise<boolean> {
  const run = joinable(await listSegments(session));
  if (run.length === 0) return false;
  const segments = [];
  for (const row of run) segments.push(await readSegment(session, row));
  await removeSegments(
    session,
    run.map(({ id }) => id),
  );
  await putSegment(session, joinSegments(segments), [...new Set(run.flatMap(({ months }) => months))]);
  return true;
}
