/** Keeps what is known of days of rules in step with other replicas: tells the store what matched here, and learns what did elsewhere. */
import { DayNumbers } from '../evaluation/day-numbers.ts';
import type { StoreWriter } from '../store/open-writer.ts';
import type { RuleDayStore } from '../store/rule-days.ts';

const SHARE_MS = 2000;

export class ReplicatedDays {
  /** What rules go by. */
  readonly numbers: DayNumbers;
  readonly #store: Pick<RuleDayStore, 'count' | 'since'>;
  readonly #timer: NodeJS.Timeout;
  #sharing: Promise<void> = Promise.resolve();

  constructor(writer: Pick<StoreWriter, 'call'>) {
    this.#store = {
      count: (seen, nowMs) => writer.call('countRuleDays', seen, nowMs),
      since: (date) => writer.call('ruleDaysSince', date),
    };
    // A day that nothing is known of is asked for at once: another replica may have begun it.
    this.numbers = new DayNumbers(() => void this.#share());
    this.#timer = setInterval(() => void this.#share(), SHARE_MS).unref();
  }

  /** What there was before this process. While the store does not answer, rules go by what comes. */
  async begin(): Promise<void> {
    await this.numbers.begin(this.#store, Date.now()).catch(() => {});
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#share();
  }

  /** One after another. What could not be told is told next time. */
  #share(): Promise<void> {
    this.#sharing = this.#sharing.then(() => this.numbers.share(this.#store, Date.now())).catch(() => {});
    return this.#sharing;
  }
}
