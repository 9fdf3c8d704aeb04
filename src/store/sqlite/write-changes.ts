/**
 * Writing down what landed, in the transaction in which it lands: rollups are folded from these entries, and who watches
 * reads them. Reading and folding them is left to others.
 */
import type { Statement } from 'better-sqlite3';
import type { Connection } from './connection.ts';

/** A score's value as it is stored. */
export interface StoredValue {
  number: number | null;
  category: string | null;
}

const NONE: StoredValue = { number: null, category: null };

export class WriteChanges {
  readonly #logs: Statement;
  readonly #value: Statement;

  constructor(connection: Connection) {
    this.#logs = connection.prepare(
      `insert into changes (project, log, what, at_ms) select project, seq, 'log', ? from logs where seq between ? and ?`,
    );
    this.#value = connection.prepare(
      `insert into changes (project, log, what, measure, origin, old_number, old_category, new_number, new_category, at_ms)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  /** New logs, by their numbers, which follow one another: one statement for all costs half of one for each. */
  logs(first: number, last: number, atMs: number): void {
    this.#logs.run(atMs, first, last);
  }

  /** A score that came, changed, or (`now` undefined) went. */
  score(
    of: { project: number; log: number; measure: number; origin: number },
    was: StoredValue | undefined,
    now: StoredValue | undefined,
    atMs: number,
  ): void {
    this.#write('score', of, was ?? NONE, now ?? NONE, atMs);
  }

  /** How an evaluator's look ended; `measure` is that of its outcomes. */
  evaluation(
    of: { project: number; log: number; measure: number; origin: number },
    was: string | undefined,
    now: string | undefined,
    atMs: number,
  ): void {
    this.#write(
      'evaluation',
      of,
      { number: null, category: was ?? null },
      { number: null, category: now ?? null },
      atMs,
    );
  }

  #write(
    what: 'score' | 'evaluation',
    of: { project: number; log: number; measure: number; origin: number },
    was: StoredValue,
    now: StoredValue,
    atMs: number,
  ): void {
    this.#value.run(
      of.project,
      of.log,
      what,
      of.measure,
      of.origin,
      was.number,
      was.category,
      now.number,
      now.category,
      atMs,
    );
  }
}
