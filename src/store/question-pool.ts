/**
 * Threads for questions about many logs, started when they are first needed: one that is slow holds up neither lookups nor the
 * next question. Which thread it is that answers, and on which engine, is said by whoever makes the pool.
 */
import type { Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import { Caller } from './calls.ts';

/** More would compete with the proxy for the processor. */
const MOST_THREADS = 2;

interface Place {
  thread: Promise<Worker>;
  caller: Promise<Caller>;
  open: number;
}

export class QuestionPool {
  readonly #start: () => Promise<Worker>;
  readonly #stop: (thread: Worker) => Promise<void>;
  #places: Place[] = [];
  #closed = false;

  constructor(start: () => Promise<Worker>, stop: (thread: Worker) => Promise<void>) {
    this.#start = start;
    this.#stop = stop;
  }

  /** Asks the thread that has the least to do. */
  async call<Result>(name: string, parameters: unknown[]): Promise<Result> {
    if (this.#closed) throw new GatewayError('store_unavailable', { message: 'The store is closed.' });
    const place = this.#leastBusy();
    place.open += 1;
    try {
      return await (await place.caller).call<Result>(name, parameters);
    } finally {
      place.open -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { thread } of this.#places) {
      const started = await thread.catch(() => undefined);
      if (started) await this.#stop(started);
    }
  }

  #leastBusy(): Place {
    const least = this.#places.toSorted((a, b) => a.open - b.open)[0];
    if (least && (least.open === 0 || this.#places.length >= MOST_THREADS)) return least;
    const thread = this.#start();
    const place: Place = { thread, caller: thread.then((started) => new Caller(started)), open: 0 };
    this.#places.push(place);
    const leave = (): void => {
      this.#places = this.#places.filter((one) => one !== place);
    };
    // One that did not start, or has ended, is not asked again.
    thread.then((started) => started.once('exit', leave), leave);
    return place;
  }
}
