/** How many things are done at once, and begun in a minute: whoever comes waits for a place. */
import { setTimeout as sleep } from 'node:timers/promises';

export class Pool {
  readonly #most: number;
  /** Between two beginnings, milliseconds. */
  readonly #gapMs: number;
  #nextMs = 0;
  #busy = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  #failure: unknown;

  constructor(most: number, perMinute?: number) {
    this.#most = most;
    this.#gapMs = perMinute === undefined ? 0 : 60_000 / perMinute;
  }

  /** Resolves when `work` has begun. Rejects with what earlier work failed with, or the reason of the signal where there is one. */
  async begin(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    while (this.#busy >= this.#most) await new Promise<void>((proceed) => this.#waiting.push(proceed));
    this.#busy += 1;
    try {
      await this.#turn(signal);
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      this.#leave();
      throw error;
    }
    const running = work()
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running.delete(running);
        this.#leave();
      });
    this.#running.add(running);
  }

  get busy(): number {
    return this.#busy;
  }

  /** Resolves when nothing is under way. Rejects with the first failure. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#gapMs === 0) return;
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = atMs + this.#gapMs;
    if (atMs > nowMs) await sleep(atMs - nowMs, undefined, signal && { signal });
  }

  #leave(): void {
    this.#busy -= 1;
    this.#waiting.shift()?.();
  }
}
