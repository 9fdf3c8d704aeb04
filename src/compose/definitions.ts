/**
 * Evaluators of the store on the serving side: looks every two seconds whether some were put or deleted, for other processes
 * do that too, and then hands all of them on. What they are is the business of evaluation.
 */
import type { EvaluationParts } from '../api/route.ts';
import type { Logger } from '../diagnostics.ts';
import type { DefinedEvaluator } from '../store/definitions.ts';
import type { Store } from '../store/store.ts';
import type { Evaluation } from './evaluation.ts';

const REFRESH_MS = 2000;

/** What the API asks of the thread of evaluation. */
export function evaluationParts(evaluation: Evaluation, watch: DefinitionWatch): EvaluationParts {
  return {
    problems: () => evaluation.problems,
    check: (proposed) => evaluation.check(proposed),
    attempt: (attempt) => evaluation.attempt(attempt),
    changed: () => watch.refresh(),
    wake: () => evaluation.wake(),
  };
}

export interface DefinitionWatchOptions {
  store: Pick<Store, 'definitions'>;
  /** Told of all evaluators whenever one has changed; resolves when they are in use. */
  onChange(all: DefinedEvaluator[]): Promise<void>;
  logger: Pick<Logger, 'warn'>;
}

export class DefinitionWatch {
  readonly #options: DefinitionWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** Of what was handed on last; an installation without any begins at 0. */
  #revision = 0;
  #reading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: DefinitionWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  /** Reads them now; resolves when they are in use. Never rejects. */
  refresh(): Promise<void> {
    // One after another: an old answer must not replace a newer one.
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const { store, logger } = this.#options;
    try {
      // The number first: what changes between the two is read again.
      const revision = await store.definitions.revision();
      if (revision === this.#revision || this.#isClosed) return;
      await this.#options.onChange(await store.definitions.all());
      this.#revision = revision;
    } catch (error) {
      if (!this.#isClosed) logger.warn({ err: error }, 'evaluators could not be read; those known so far are run');
    }
  }
}
