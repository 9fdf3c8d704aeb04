/** How much is asked of each upstream at once, and when it wants to be left alone. Apart by project: each has limits of its own. */

/** Calls under way for one project and upstream; what comes more waits, and costs no more than its prompt. */
const AT_ONCE = 1024;

export class Upstream {
  /** Models that refused to be asked for structured output. */
  readonly plainModels = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #pausedUntilMs = 0;

  async enter(): Promise<void> {
    if (this.#running < AT_ONCE) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place on to who waits longest. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }

  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs);
  }

  pausedUntilMs(nowMs: number): number | undefined {
    return this.#pausedUntilMs > nowMs ? this.#pausedUntilMs : undefined;
  }
}

export class Upstreams {
  readonly #known = new Map<string, Upstream>();

  of(projectId: string, name: string): Upstream {
    const key = `${projectId}\0${name}`;
    const known = this.#known.get(key) ?? new Upstream();
    this.#known.set(key, known);
    return known;
  }
}
