/**
 * The calls that are running. One interval serves them all: it reports those that pass one second, and asks each whether
 * the upstream has been silent for too long (a timer per call costs two to three microseconds, undici's three more).
 */

/** Calls that run longer are reported as started. */
const STARTED_AFTER_MS = 1000;

export interface Running {
  /** Monotonic. */
  readonly startedMs: number;
  /** Its place in the list, kept by the list. */
  place: number;
  isReportedStarted: boolean;
  reportStarted(): void;
  /** Called on every tick with the monotonic time. */
  checkSilence(nowMs: number): void;
  /** Gradeway itself stops. */
  interrupt(): void;
}

export class InFlight {
  /**
   * A plain array in no order, the last one moving into the place of one that leaves. A Set would keep the dead alive: its
   * table is replaced every few calls, each old table points to the next, and once one is promoted the collector carries
   * all that follow along (a third of the CPU per call went there).
   */
  readonly #running: Running[] = [];
  readonly #timer: NodeJS.Timeout;
  #whenIdle: (() => void) | undefined = undefined;

  constructor(now: () => number, tickMs: number) {
    this.#timer = setInterval(() => this.#tick(now()), tickMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#running.length;
  }

  add(call: Running): void {
    call.place = this.#running.length;
    this.#running.push(call);
  }

  /** Each call leaves once. */
  delete(call: Running): void {
    const last = this.#running.pop()!;
    if (last !== call) {
      this.#running[call.place] = last;
      last.place = call.place;
    }
    if (this.#running.length === 0) this.#whenIdle?.();
  }

  /** Interrupts what still runs, and resolves when every call is recorded. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const call of this.#running.slice()) call.interrupt();
    if (this.#running.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  #tick(nowMs: number): void {
    // A copy: a call that is found silent leaves at once.
    for (const call of this.#running.slice()) {
      if (!call.isReportedStarted && nowMs - call.startedMs >= STARTED_AFTER_MS) {
        call.isReportedStarted = true;
        call.reportStarted();
      }
      call.checkSilence(nowMs);
    }
  }
}
