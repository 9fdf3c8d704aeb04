/**
 * Threads for questions about many logs, started when they are first needed: one that is slow holds up neither lookups nor the
 * next question. What has to wait does so by project, and projects take turns: who asks a thousand questions waits for them alone.
 * Which thread it is that answers, and on which engine, is said by whoever makes the pool.
 */
import type { Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import { Caller } from './calls.ts';

/** More would compete with the proxy for the processor. */
const MOST_THREADS = 2;
/** Of a project. Each may take seconds; nobody who asks for so much is still there when it comes. */
const MOST_WAITING = 200;

interface Question {
  name: string;
  parameters: unknown[];
  resolve: (answer: never) => void;
  reject: (error: unknown) => void;
}

interface Place {
  thread: Promise<Worker>;
  caller: Promise<Caller>;
  isBusy: boolean;
}

export class QuestionPool {
  readonly #start: () => Promise<Worker>;
  readonly #stop: (thread: Worker) => Promise<void>;
  #places: Place[] = [];
  /** By project; the project whose turn it is comes first. */
  readonly #waiting = new Map<string, Question[]>();
  #closed = false;

  constructor(start: () => Promise<Worker>, stop: (thread: Worker) => Promise<void>) {
    this.#start = start;
    this.#stop = stop;
  }

  /** Asks a thread that has nothing to do, or waits for one. Rejects with `too_many_open` where too many of the project wait. */
  call<Result>(name: string, parameters: unknown[]): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw closed();
      const project = projectOf(parameters);
      const waiting = this.#waiting.get(project) ?? [];
      if (waiting.length >= MOST_WAITING)
        throw new GatewayError('too_many_open', {
          message: `${waiting.length} questions of this project wait for their answers. Ask again when they have come.`,
        });
      waiting.push({ name, parameters, resolve, reject });
      this.#waiting.set(project, waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of [...this.#waiting.values()].flat()) reject(closed());
    this.#waiting.clear();
    for (const { thread } of this.#places) {
      const started = await thread.catch(() => undefined);
      if (started) await this.#stop(started);
    }
  }

  /** Gives free threads what waits. */
  #next(): void {
    for (const [project, questions] of this.#waiting) {
      const place = this.#free();
      if (place === undefined) return;
      const question = questions.shift()!;
      this.#waiting.delete(project);
      // Behind all others; the walk comes to it again.
      if (questions.length > 0) this.#waiting.set(project, questions);
      void this.#ask(place, question);
    }
  }

  async #ask(place: Place, { name, parameters, resolve, reject }: Question): Promise<void> {
    place.isBusy = true;
    try {
      resolve(await (await place.caller).call<never>(name, parameters));
    } catch (error) {
      reject(error);
    } finally {
      place.isBusy = false;
      this.#next();
    }
  }

  /** A thread that has nothing to do, a new one where there may be more, or none. */
  #free(): Place | undefined {
    const free = this.#places.find(({ isBusy }) => !isBusy);
    if (free !== undefined || this.#places.length >= MOST_THREADS) return free;
    const thread = this.#start();
    const place: Place = { thread, caller: thread.then((started) => new Caller(started)), isBusy: false };
    this.#places.push(place);
    const leave = (): void => {
      this.#places = this.#places.filter((one) => one !== place);
    };
    // One that did not start, or has ended, is not asked again.
    thread.then((started) => started.once('exit', leave), leave);
    return place;
  }
}

/** Questions name their project first, or are an object that does. */
function projectOf([first]: readonly unknown[]): string {
  return typeof first === 'string' ? first : ((first as { projectId?: string } | undefined)?.projectId ?? '');
}

function closed(): GatewayError {
  return new GatewayError('store_unavailable', { message: 'The store is closed.' });
}
