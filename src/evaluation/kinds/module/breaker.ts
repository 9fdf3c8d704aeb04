/**
 * Keeps an evaluator that always hangs or crashes from using up everybody's time: after some such failures in a row it
 * is paused, tried again with a single evaluation when the pause is over, and paused for longer when that fails too.
 *
 *     closed --5 failures in a row--> paused --time--> on trial --success--> closed
 *                                        ^----------failure----------|
 */
import type { FailureCode } from '../../../model/outcome.ts';

const FAILURES_IN_A_ROW = 5;
const PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

interface State {
  failures: number;
  pauses: number;
  pausedUntilMs: number;
  code: FailureCode;
}

export class Breaker {
  readonly #states = new Map<string, State>();

  /** Counts an ended evaluation; only what costs time or a process counts as a failure. */
  count(evaluator: string, code: FailureCode | undefined, nowMs: number): void {
    if (code !== 'timeout' && code !== 'crashed') {
      this.#states.delete(evaluator);
      return;
    }
    const state = this.#states.get(evaluator) ?? { failures: 0, pauses: 0, pausedUntilMs: 0, code };
    this.#states.set(evaluator, state);
    state.code = code;
    state.failures += 1;
    if (state.failures < FAILURES_IN_A_ROW) return;
    state.pausedUntilMs = nowMs + Math.min(PAUSE_MS * 2 ** state.pauses, LONGEST_PAUSE_MS);
    state.pauses += 1;
    state.failures = FAILURES_IN_A_ROW - 1;
  }

  /** Why an evaluator is not to be run now; undefined where it is. */
  paused(evaluator: string, nowMs: number): { code: FailureCode; message: string } | undefined {
    const state = this.#states.get(evaluator);
    if (!state || state.pausedUntilMs <= nowMs) return undefined;
    const until = new Date(state.pausedUntilMs).toISOString();
    return {
      code: state.code,
      message: `Not run: it hung or crashed ${FAILURES_IN_A_ROW} times in a row and is paused until ${until}.`,
    };
  }
}
