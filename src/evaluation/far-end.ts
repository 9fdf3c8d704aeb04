/** How much is asked of one far end at once, and when it wants to be left alone. */

export class FarEnd {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #pausedUntilMs = 0;

  /** What comes beyond `atOnce` waits. */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async enter(): Promise<void> {
    if (this.#running < this.#atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on to who waits longest. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  /** Nobody is there, nobody waits and nothing is to be remembered. */
  isIdle(nowMs: number): boolean {
    return this.#running === 0 && this.pausedUntilMs(nowMs) === undefined;
  }

  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  pausedUntilMs(nowMs: number): number | undefined {
    return this.#pausedUntilMs > nowMs ? this.#pausedUntilMs : undefined;
  }
}
