/** A clock that stands still until a test moves it. */
import type { Clock } from '../../src/queue/clock.ts';

export class FakeClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<{ atMs: number; call: () => void }>();

  constructor(nowMs = 1_790_000_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, call: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Moves on, calling timers in their order and letting what they start settle. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settled();
    for (;;) {
      const next = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.call();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  /** The process slept: time has passed and nothing was called. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }
}

/** All that can go on without time has gone on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
