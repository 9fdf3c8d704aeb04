/** Writing down what landed, in the transaction in which it lands. Gathered first, and written with one statement. */
import type { Session } from './connection.ts';

/** A score's value as it is stored. */
export interface StoredValue {
  number: number | null;
  category: string | null;
}

/** What a change is about. */
export interface Changed {
  project: number;
  log: number;
  measure: number;
  origin: number;
}

type Row = [
  project: number,
  log: number,
  what: string,
  measure: number | null,
  origin: number | null,
  oldNumber: number | null,
  oldCategory: string | null,
  newNumber: number | null,
  newCategory: string | null,
  atMs: number,
];

const TYPES = ['int', 'bigint', 'text', 'int', 'int', 'float8', 'text', 'float8', 'text', 'bigint'];
const INSERT = `insert into changes
    (project, log, what, measure, origin, old_number, old_category, new_number, new_category, at_ms)
  select * from unnest(${TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})`;

export class WriteChanges {
  readonly #rows: Row[] = [];

  /** A new log. */
  log(project: number, log: number, atMs: number): void {
    this.#rows.push([project, log, 'log', null, null, null, null, null, null, atMs]);
  }

  /** A score that came, changed, or (`now` undefined) went. */
  score(of: Changed, was: StoredValue | undefined, now: StoredValue | undefined, atMs: number): void {
    const values = [was?.number ?? null, was?.category ?? null, now?.number ?? null, now?.category ?? null] as const;
    this.#rows.push([of.project, of.log, 'score', of.measure, of.origin, ...values, atMs]);
  }

  /** How an evaluator's look ended; `measure` is that of its outcomes. */
  evaluation(of: Changed, was: string | undefined, now: string | undefined, atMs: number): void {
    const values = [null, was ?? null, null, now ?? null] as const;
    this.#rows.push([of.project, of.log, 'evaluation', of.measure, of.origin, ...values, atMs]);
  }

  /** To be called when rows have been written: the transaction has its number by then, before it draws any (see settled.ts). */
  async write(session: Session): Promise<void> {
    if (this.#rows.length === 0) return;
    await session.rows(
      INSERT,
      TYPES.map((_, column) => this.#rows.map((row) => row[column])),
    );
  }
}
