/**
 * When keys were used, to the minute: noted in memory with every call, written at most once a minute for each key, so that no
 * call costs a write. What becomes of it is said by the store (the first use of a day is in the audit).
 */
import type { Logger } from '../diagnostics.ts';
import type { KeyStore, KeyUse } from '../store/store.ts';

const EVERY_MS = 60_000;

export class KeyUses {
  readonly #store: Pick<KeyStore, 'used'>;
  readonly #logger: Pick<Logger, 'warn'> | undefined;
  readonly #now: () => number;
  /** By key: the use that was written last, or waits for it. */
  readonly #noted = new Map<string, number>();
  #waiting = new Map<string, KeyUse>();
  #isFailing = false;

  constructor(store: Pick<KeyStore, 'used'>, logger?: Pick<Logger, 'warn'>, now: () => number = Date.now) {
    this.#store = store;
    this.#logger = logger;
    this.#now = now;
  }

  /** A call has shown this key. */
  note(id: string): void {
    const atMs = this.#now();
    const noted = this.#noted.get(id);
    if (noted !== undefined && atMs - noted < EVERY_MS) return;
    this.#noted.set(id, atMs);
    this.#waiting.set(id, { id, atMs });
  }

  /** Writes what is to be written. Never rejects: what the store does not take now it is given again. */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const uses = this.#waiting;
    this.#waiting = new Map();
    try {
      await this.#store.used([...uses.values()]);
      this.#isFailing = false;
    } catch (error) {
      for (const [id, use] of uses) if (!this.#waiting.has(id)) this.#waiting.set(id, use);
      if (!this.#isFailing) this.#logger?.warn({ err: error }, 'the use of keys could not be noted; it is tried again');
      this.#isFailing = true;
    }
  }
}
