/**
 * Rules on the serving side: keeps the recorder told of them (again every two seconds, for other processes change them too),
 * and holds what the API shows of them. Those of gradeway.yaml are this process's, and stand in no store.
 */
import { type Problem, settingsError } from '../config/problem.ts';
import type { Logger } from '../diagnostics.ts';
import { attachProblem } from '../evaluation/attach.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Rule, RuleSpec } from '../model/rule.ts';
import type { Store } from '../store/store.ts';

export interface RuleWatchOptions {
  store: Pick<Store, 'rules'>;
  /** Of gradeway.yaml. */
  configured: readonly RuleSpec[];
  /** Told of all rules whenever they have changed. */
  onRules(rules: Rule[]): void;
  logger: Pick<Logger, 'warn'>;
}

const REFRESH_MS = 2000;

/** Throws `invalid_setting` for a rule of gradeway.yaml that may not be; one whose evaluator is not there (yet) is only warned of. */
export function checkConfigured(
  rules: readonly RuleSpec[],
  evaluators: readonly Evaluator[],
  logger: Pick<Logger, 'warn'>,
): void {
  const problems = rules.flatMap((spec): Problem[] => {
    const problem = attachProblem(spec, evaluators);
    if (problem === undefined) return [];
    const at = `gradeway.yaml, rule ${spec.name}`;
    if (evaluators.some(({ name }) => name === spec.evaluator)) return [{ at, message: problem }];
    logger.warn(`${at}: ${problem}`);
    return [];
  });
  if (problems.length > 0) throw settingsError(problems);
}

export class RuleWatch {
  readonly #options: RuleWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** Those that stand in gradeway.yaml, which hold for every project. */
  readonly configured: readonly Rule[];
  /** All of all projects. */
  rules: Rule[];
  #told: string | undefined;
  #reading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: RuleWatchOptions) {
    this.#options = options;
    this.configured = options.configured.map((spec): Rule => ({ projectId: null, managedBy: 'config', spec }));
    this.rules = [...this.configured];
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
  }

  /** Reads them now; what the recorder is sent afterwards it decides by these. Never rejects. */
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
      this.rules = [...this.configured, ...(await store.rules.all())];
    } catch (error) {
      if (!this.#isClosed) logger.warn({ err: error }, 'rules could not be read; those known so far are told');
    }
    const text = JSON.stringify(this.rules);
    if (text === this.#told || this.#isClosed) return;
    this.#told = text;
    this.#options.onRules(this.rules);
  }
}
