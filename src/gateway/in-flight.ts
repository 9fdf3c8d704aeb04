/**
 * The calls that are running. One interval serves them all: it reports those that pass one second, and asks each whether
 * the upstream has been silent for too long (a timer per call costs two to three microseconds, undici's three more).
 */

/** Calls that run longer are reported as started. */
const STARTED_AFTER_MS = 1000;

export interface Running {
  /** Monotonic. */
  readonly startedMs: number;
  reportStarted(): void;
  /** Called on every tick with the monotonic time. */
  checkSilence(nowMs: number): void;
  /** Gradeway itself stops. */
  interrupt(): void;
}

export class InFlight {
  readonly #running = new Set<Running>();
  /** Not yet reported as started, oldest first. */
  readonly #young = new Set<Running>();
  readonly #timer: NodeJS.Timeout;
  #whenIdle: (() => void) | undefined;

  constructor(now: () => number, tickMs: number) {
    this.#timer = setInterval(() => this.#tick(now()), tickMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#running.size;
  }

  add(call: Running): void {
    this.#running.add(call);
    this.#young.add(call);
  }

  delete(call: Running): void {
    this.#running.delete(call);
    this.#young.delete(call);
    if (this.#running.size === 0) this.#whenIdle?.();
  }

  /** Interrupts what still runs, and resolves when every call is recorded. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const call of this.#running) call.interrupt();
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  #tick(nowMs: number): void {
    for (const call of this.#young) {
      if (nowMs - call.startedMs < STARTED_AFTER_MS) break;
      this.#young.delete(call);
      call.reportStarted();
    }
    for (const call of this.#running) call.checkSilence(nowMs);
  }
}
