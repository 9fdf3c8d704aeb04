/**
 * Checks alerts: every so often, by one process of those that share the database, one question after another. Questions run on
 * the store's threads; what is done here is to judge their answers and to commit what follows, with the message of it. Sending is
 * notices.ts's.
 */
import { find, type WatchedStore } from '../alerts/find.ts';
import { messageOf, typeOf } from '../alerts/message.ts';
import { failedStep, type Step, stepOf } from '../alerts/transition.ts';
import type { Logger } from '../diagnostics.ts';
import type { Alert, AlertEvent, Finding } from '../model/alert.ts';
import { newId } from '../model/id.ts';
import type { Store } from '../store/store.ts';

export interface AlertChecksOptions {
  store: WatchedStore & Pick<Store, 'alerts' | 'turns'>;
  everyMs: number;
  /** Names this process among those that share the database. */
  holder: string;
  /** Where this gateway can be reached; undefined where that is not known. */
  publicUrl: string | undefined;
  /** There are messages to be sent. */
  wake: () => void;
  logger: Pick<Logger, 'warn'>;
  now?: () => number;
  /** How long things take, milliseconds. */
  stopwatch?: () => number;
}

const TURN = 'alerts';
/** What a process that died may hold up, beside the time between checks. */
const LEASE_MS = 60_000;
const QUESTION_MS = 5000;
/** A question that took a second is not asked again for so many: alerts take a tenth of one thread at most. */
const REST_FACTOR = 10;
const KEPT_MS = 30 * 24 * 3600 * 1000;
const KEPT_EVENTS = 1000;
const SWEEP_EVERY_MS = 3_600_000;
/** Removed in one commit. */
const SWEEP_LIMIT = 500;

export class AlertChecks {
  readonly #options: AlertChecksOptions;
  readonly #now: () => number;
  readonly #stopwatch: () => number;
  readonly #timer: NodeJS.Timeout;
  /** By alert: before then it is not asked for again. */
  readonly #restsUntilMs = new Map<string, number>();
  #running: Promise<void> | undefined;
  #isClosing = false;
  #leaseUntilMs = 0;
  #sweptAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: AlertChecksOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#stopwatch = options.stopwatch ?? (() => performance.now());
    // Oftener than they are due, for they are due from the end of the last round on.
    this.#timer = setInterval(() => void this.look(), Math.ceil(options.everyMs / 3)).unref();
  }

  /** Checks all that are due, if this process gets the turn. Never rejects; what fails is tried again by whoever has the next turn. */
  look(): Promise<void> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends after the check that is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #take(): Promise<void> {
    const { store, everyMs, holder, logger } = this.#options;
    this.#leaseUntilMs = 0;
    try {
      // Where there are none, nothing is written.
      const alerts = await store.alerts.enabled();
      if (alerts.length === 0 || !(await this.#holds())) return;
      for (const alert of alerts) {
        if (!(await this.#holds())) return;
        if ((this.#restsUntilMs.get(alert.id) ?? 0) <= this.#now()) await this.#check(alert);
      }
      await this.#sweep();
      await store.turns.end(TURN, holder, this.#now() + everyMs);
    } catch (error) {
      if (!this.#isClosing) logger.warn({ err: error }, 'alerts could not be checked; they are tried again');
    }
  }

  async #check(alert: Alert): Promise<void> {
    const { store, wake } = this.#options;
    const nowMs = this.#now();
    const startedMs = this.#stopwatch();
    const step = await this.#stepOf(alert, nowMs);
    this.#restsUntilMs.set(alert.id, nowMs + (this.#stopwatch() - startedMs) * REST_FACTOR);
    const event = step.event && this.#eventOf(alert, step, step.event, nowMs);
    const { id: alertId, revision } = alert;
    const settled = await store.alerts.settle([{ alertId, revision, standing: step.standing, event }]);
    if (settled > 0 && event !== undefined && event.message !== null) wake();
  }

  async #stepOf(alert: Alert, nowMs: number): Promise<Step> {
    const { standing, spec } = alert;
    let finding: Finding;
    try {
      finding = await find(alert, this.#options.store, { nowMs, timeLimitMs: QUESTION_MS });
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      // The store itself is away: that is nothing about this alert.
      if (code === 'store_unavailable') throw error;
      return failedStep(standing, message, nowMs);
    }
    return stepOf(standing, finding, spec, nowMs);
  }

  #eventOf(
    alert: Alert,
    { standing }: Step,
    { state, isRepeat, isTold }: NonNullable<Step['event']>,
    atMs: number,
  ): AlertEvent {
    const finding = standing.finding!;
    const message = isTold
      ? messageOf({
          type: typeOf({ state }),
          alert,
          finding,
          firingSinceMs: alert.standing.openSinceMs ?? atMs,
          isRepeat,
          atMs,
          publicUrl: this.#options.publicUrl,
        })
      : null;
    return { id: newId(atMs), alertId: alert.id, state, isRepeat, atMs, finding, message };
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#now();
    if (nowMs - this.#sweptAtMs < SWEEP_EVERY_MS) return;
    const { alerts } = this.#options.store;
    while ((await alerts.sweep(nowMs - KEPT_MS, KEPT_EVENTS, SWEEP_LIMIT)) === SWEEP_LIMIT);
    this.#sweptAtMs = nowMs;
  }

  /** Whether it is still, or now, the turn of this process; asked for anew when half of the lease is over. */
  async #holds(): Promise<boolean> {
    if (this.#isClosing) return false;
    const nowMs = this.#now();
    if (this.#leaseUntilMs - nowMs > LEASE_MS / 2) return true;
    const { store, holder } = this.#options;
    const holds = await store.turns.take(TURN, holder, nowMs, nowMs + LEASE_MS);
    this.#leaseUntilMs = holds ? nowMs + LEASE_MS : 0;
    return holds;
  }
}
