/**
 * Keeps an evaluator that always hangs or crashes from using up everybody's time: after some such failures in a row it
 * rests, is tried again with a single evaluation when the rest is over, and rests for longer when that fails too.
 * Only evaluations that ran are counted, and while it rests or is on trial only the trial is: what began before the
 * rest and fails during it says nothing new. This is the process's own; what is paused for good: store/pauses.ts.
 *
 *     running --5 failures in a row--> resting --time, and one is admitted--> on trial --ended otherwise--> running
 *                                        ^----------------failure---------------|
 *                                        (given up without an end: the next one admitted is the trial)
 */
import type { FailureCode } from '../model/outcome.ts';

const FAILURES_IN_A_ROW = 5;
const REST_MS = 30_000;
const LONGEST_REST_MS = 600_000;
/** After this, those that a trial keeps waiting ask again. */
const TRIAL_MS = 5000;

interface State {
  failures: number;
  rests: number;
  /** 0: does not rest. */
  restsUntilMs: number;
  onTrial: boolean;
}

/** Why an evaluator is not to be run now, and when to ask again. */
export interface Rest {
  reason: string;
  untilMs: number;
}

export class Breaker {
  readonly #states = new Map<string, State>();

  /** Whether an evaluation may run; `trial`: it, and no other before it has ended or was given up. */
  admit(evaluator: string, nowMs: number): 'run' | 'trial' | Rest {
    const state = this.#states.get(evaluator);
    if (!state || state.restsUntilMs === 0) return 'run';
    const why = `Not run yet: it hung or crashed ${FAILURES_IN_A_ROW} times in a row`;
    if (state.restsUntilMs > nowMs) {
      const until = new Date(state.restsUntilMs).toISOString();
      return { reason: `${why} and rests until ${until}.`, untilMs: state.restsUntilMs };
    }
    if (state.onTrial) return { reason: `${why} and is being tried on another log.`, untilMs: nowMs + TRIAL_MS };
    state.onTrial = true;
    return 'trial';
  }

  /** How often in a row it has failed by now. */
  failuresOf(evaluator: string): number {
    return this.#states.get(evaluator)?.failures ?? 0;
  }

  /** Counts an evaluation that ran; only what costs time or a process counts as a failure. */
  count(evaluator: string, code: FailureCode | undefined, trial: boolean, nowMs: number): void {
    const state = this.#states.get(evaluator) ?? { failures: 0, rests: 0, restsUntilMs: 0, onTrial: false };
    if (state.restsUntilMs !== 0 && !trial) return;
    if (code !== 'timeout' && code !== 'crashed') {
      this.#states.delete(evaluator);
      return;
    }
    this.#states.set(evaluator, state);
    state.failures += 1;
    if (state.failures < FAILURES_IN_A_ROW) return;
    state.restsUntilMs = nowMs + Math.min(REST_MS * 2 ** state.rests, LONGEST_REST_MS);
    state.rests += 1;
    state.onTrial = false;
  }

  /** A trial that did not come to an end. */
  giveUpTrial(evaluator: string): void {
    const state = this.#states.get(evaluator);
    if (state) state.onTrial = false;
  }
}
