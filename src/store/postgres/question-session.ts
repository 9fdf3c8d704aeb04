/**
 * One question's statements, all of one snapshot, on one connection and within a time. Those whose texts are made for the question
 * are not kept prepared.
 */
import type { Pool, PoolClient, QueryResultRow } from 'pg';
import { GatewayError } from '../../errors.ts';
import { Sql, sql } from '../queries/sql.ts';
import { cleaned, coded, nameOf, type Session } from './connection.ts';

/** How the planner is held to the indexes: estimates of a filter's parts are guesses, and what can be walked is planned by us. */
const BY_INDEX = 'set local enable_seqscan = off; set local cursor_tuple_fraction = 1; set local jit = off;';
/** A walk in the order of an index, which ends with the page. */
const IN_ORDER = 'set local enable_bitmapscan = off; set local enable_sort = off;';
/** The server's answer where it has ended a statement by its time. */
const CANCELED = '57014';

export interface SnapshotOptions {
  timeLimitMs: number;
  /** Whether logs are asked for in the order of their start. */
  byStart: boolean;
}

export class QuestionSession implements Session {
  readonly #client: PoolClient;
  readonly #untilMs: number;

  constructor(client: PoolClient, timeLimitMs: number) {
    this.#client = client;
    this.#untilMs = performance.now() + timeLimitMs;
  }

  /** Throws `question_too_large` when the time is over. */
  checkTime(): void {
    if (performance.now() >= this.#untilMs) throw new GatewayError('question_too_large');
  }

  async all<Row extends QueryResultRow>(statement: Sql): Promise<Row[]> {
    this.checkTime();
    const { text, values } = rendered(statement);
    try {
      return (await this.#client.query<Row>(text, values)).rows;
    } catch (error) {
      throw inTime(error);
    }
  }

  /** Rows of a statement whose text is always the same: it is prepared once a connection. */
  async rows<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    this.checkTime();
    try {
      return (await this.#client.query<Row>({ name: nameOf(text), text, values: values.map(cleaned) })).rows;
    } catch (error) {
      throw inTime(error);
    }
  }

  /** The rows of a statement, so many at a time; others can be asked between two of them. One such statement at a time. */
  async *chunks<Row extends QueryResultRow>(statement: Sql, rows: number): AsyncIterable<Row[]> {
    await this.all(sql`declare chunked no scroll cursor for ${statement}`);
    for (;;) {
      const chunk = await this.all<Row>(new Sql(`fetch forward ${rows} from chunked`));
      yield chunk;
      if (chunk.length < rows) break;
    }
    await this.all(new Sql('close chunked'));
  }

  /**
   * Counts the rows of a statement, without reading them; as far as it has come where the time is over. Then nothing more can be
   * asked in this snapshot.
   */
  async count(statement: Sql): Promise<{ count: number; complete: boolean }> {
    let count = 0;
    try {
      const { text, values } = rendered(statement);
      await this.#client.query(`declare counted no scroll cursor for ${text}`, values);
      for (let rows = 1000; ; rows = Math.min(rows * 2, 64_000)) {
        const leftMs = Math.ceil(this.#untilMs - performance.now());
        if (leftMs <= 0) return { count, complete: false };
        const results = (await this.#client.query(
          `set local statement_timeout = ${leftMs}; move forward ${rows} in counted`,
        )) as unknown as { rowCount: number }[];
        count += results[1]!.rowCount;
        if (results[1]!.rowCount < rows) return { count, complete: true };
      }
    } catch (error) {
      if ((coded(error) as { code?: string }).code === CANCELED) return { count, complete: false };
      throw coded(error);
    }
  }
}

/** Answers in one snapshot. Rejects with `question_too_large` where a statement takes longer than the time. */
export async function inSnapshot<Result>(
  pool: Pool,
  { timeLimitMs, byStart }: SnapshotOptions,
  answer: (session: QuestionSession) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw coded(error);
  });
  const ignore = (): void => {};
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    // A timeout of 0 would be none.
    const limit = `set local statement_timeout = ${Math.max(1, Math.ceil(timeLimitMs))};`;
    await client.query(
      `begin isolation level repeatable read read only; ${limit} ${BY_INDEX} ${byStart ? IN_ORDER : ''}`,
    );
    return await answer(new QuestionSession(client, timeLimitMs));
  } catch (error) {
    throw inTime(error);
  } finally {
    // Nothing was written: whatever has happened, this ends it.
    await client.query('rollback').catch((error: unknown) => {
      broken = error as Error;
    });
    client.off('error', ignore);
    client.release(broken);
  }
}

/** The text with `$1` for each value, and the values as the server reads them. */
export function rendered({ text, values }: Sql): { text: string; values: unknown[] } {
  let index = 0;
  const numbered = text.replaceAll('?', () => {
    const value = values[index];
    index += 1;
    if (typeof value !== 'number') return `$${index}`;
    // Without a type it would take that of the column, which may hold no such number.
    return Number.isSafeInteger(value) ? `$${index}::bigint` : `$${index}::float8`;
  });
  return { text: numbered, values: values.map(cleaned) };
}

function inTime(error: unknown): Error {
  const known = coded(error);
  return (known as { code?: string }).code === CANCELED
    ? new GatewayError('question_too_large', { cause: error })
    : known;
}
