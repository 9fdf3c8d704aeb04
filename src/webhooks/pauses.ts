/**
 * Receivers that are down, so that what waits for them is not sent in vain one by one: after some failures in a row a
 * webhook is left alone for a while, longer each time, until one delivery gets through.
 */

/** Failures in a row after which there is a pause. */
const PATIENCE = 5;
const FIRST_MS = 2000;
const LONGEST_MS = 5 * 60_000;

export class Pauses {
  readonly #failing = new Map<string, { failures: number; untilMs: number }>();

  /** Until when the webhook is left alone; undefined where it is not. */
  until(webhookId: string, nowMs: number): number | undefined {
    const untilMs = this.#failing.get(webhookId)?.untilMs ?? 0;
    return untilMs > nowMs ? untilMs : undefined;
  }

  failed(webhookId: string, nowMs: number): void {
    const failures = (this.#failing.get(webhookId)?.failures ?? 0) + 1;
    const pauseMs = failures < PATIENCE ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - PATIENCE, 20));
    this.#failing.set(webhookId, { failures, untilMs: nowMs + pauseMs });
  }

  worked(webhookId: string): void {
    this.#failing.delete(webhookId);
  }
}
