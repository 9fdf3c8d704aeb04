/**
 * The time that a question may take. SQLite's own interrupt needs a second thread, so statements call `gw_clock` for every row
 * that they look at: it counts, and throws when the time is over.
 */
import { GatewayError } from '../../errors.ts';
import type { Connection } from './connection.ts';

/** Rows between two looks at the clock: a look costs as much as a row. */
const ROWS_A_LOOK = 32;

export class QueryClock {
  #untilMs = Infinity;
  #rows = 0;

  constructor(connection: Connection) {
    // With the row as its argument, or SQLite would call it once for all of them.
    connection.function('gw_clock', (_row: unknown) => {
      this.row();
      return 1;
    });
  }

  /** Rows looked at since the start. */
  get rows(): number {
    return this.#rows;
  }

  start(timeLimitMs: number): void {
    this.#untilMs = performance.now() + timeLimitMs;
    this.#rows = 0;
  }

  /** Notes a row. Throws `question_too_large` when the time is over. */
  row(): void {
    this.#rows += 1;
    if (this.#rows % ROWS_A_LOOK === 0 && performance.now() > this.#untilMs)
      throw new GatewayError('question_too_large');
  }
}
