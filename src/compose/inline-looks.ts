/**
 * Guardrails on the thread of evaluation: makes a subject of a call that is still under way, and has evaluators look at it. They
 * are evaluators of their own, with their own processes, so that no call waits for jobs. Deadlines, and what follows from what
 * they find, are left to who asks.
 *
 *     asked --does not concern it--------------------------------------------------------> answered: null
 *           --by a call to elsewhere----------------------------------------------------> answered, when it is
 *           --in a process--> gathered with others of its evaluator, while enough are under way --> answered
 */
import { filterable } from '../evaluation/filterable.ts';
import type { Evaluated, EvaluationRequest, Evaluators } from '../evaluation/evaluators.ts';
import { EXECUTES } from '../evaluation/kinds.ts';
import { subjectOf } from '../evaluation/subject.ts';
import type { Exchange } from '../model/exchange.ts';
import type { Filter } from '../model/filter.ts';
import { matches } from '../model/filter-match.ts';
import type { Outcome } from '../model/outcome.ts';
import { assemble } from '../recording/assemble.ts';
import type { DefinedEvaluator } from '../store/definitions.ts';

export interface Look {
  number: number;
  call: Exchange;
  guardrails: { evaluator: string; filter: Filter | undefined }[];
}

/** The answer to one guardrail of a look, by its place there. */
export interface Looked {
  number: number;
  place: number;
  /** Null where the call does not concern it. */
  evaluation: Pick<Evaluated, 'version' | 'outcome'> | null;
}

/** Batches of one evaluator that are under way at once: one that hangs leaves processes to the others. */
const AT_ONCE = 2;
/** Processes at most. */
const PROCESSES = 4;
const MOST_TOGETHER = 64;

interface Waiting {
  request: EvaluationRequest;
  answer: (evaluated: Pick<Evaluated, 'version' | 'outcome'>) => void;
}

export class InlineLooks {
  readonly #start: (options: { processes: number }) => Promise<Evaluators>;
  readonly #post: (looked: Looked) => void;
  #definitions: readonly DefinedEvaluator[] = [];
  /** Undefined until they are needed: most installations have no guardrails. */
  #evaluators: Evaluators | undefined;
  readonly #queues = new Map<string, { waiting: Waiting[]; running: number }>();

  constructor(start: (options: { processes: number }) => Promise<Evaluators>, post: (looked: Looked) => void) {
    this.#start = start;
    this.#post = post;
  }

  /** Makes evaluators stand by. Resolves with the reason where there are none. */
  async open(): Promise<string | undefined> {
    try {
      this.#evaluators = await this.#start({ processes: PROCESSES });
      this.#evaluators.useDefinitions(this.#definitions);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** From now on these are what the store has. */
  useDefinitions(all: readonly DefinedEvaluator[]): void {
    this.#definitions = all;
    this.#evaluators?.useDefinitions(all);
  }

  look({ number, call, guardrails }: Look): void {
    const { directives } = call;
    // What shall not be stored may be looked at.
    const log = assemble({ ...call, directives: { ...directives, omitRequest: false, omitResponse: false } });
    const concerned = new Map<string, number[]>();
    for (const [place, { evaluator, filter }] of guardrails.entries()) {
      if (filter !== undefined && !matches(filter, filterable(log))) this.#post({ number, place, evaluation: null });
      else concerned.set(evaluator, [...(concerned.get(evaluator) ?? []), place]);
    }
    if (concerned.size === 0) return;
    const { omitRequest: requestOmitted, omitResponse: responseOmitted } = directives;
    const subject = { ...subjectOf(log), requestOmitted, responseOmitted };
    for (const [evaluator, places] of concerned)
      this.#enqueue({
        request: { id: `${number}`, subject, evaluators: [evaluator] },
        answer: (evaluation) => {
          for (const place of places) this.#post({ number, place, evaluation });
        },
      });
  }

  async close(): Promise<void> {
    await this.#evaluators?.close();
  }

  #enqueue(one: Waiting): void {
    const { subject, evaluators } = one.request;
    const [name] = evaluators as [string];
    if (this.#isCall(name, subject.projectId)) {
      void this.#evaluate([one]);
      return;
    }
    const queue = this.#queues.get(name) ?? { waiting: [], running: 0 };
    this.#queues.set(name, queue);
    queue.waiting.push(one);
    void this.#work(name, queue);
  }

  async #work(name: string, queue: { waiting: Waiting[]; running: number }): Promise<void> {
    if (queue.running >= AT_ONCE) return;
    queue.running += 1;
    while (queue.waiting.length > 0) await this.#evaluate(queue.waiting.splice(0, MOST_TOGETHER));
    queue.running -= 1;
    // Names come and go with what the store has.
    if (queue.running === 0) this.#queues.delete(name);
  }

  #isCall(name: string, projectId: string): boolean {
    const known = this.#evaluators!.known.find(
      (one) => one.name === name && (one.projectId === null || one.projectId === projectId),
    );
    return known !== undefined && EXECUTES[known.kind] === 'call';
  }

  /** Never rejects. */
  async #evaluate(some: Waiting[]): Promise<void> {
    const open = new Set(some.keys());
    const tell = (index: number, evaluated: Pick<Evaluated, 'version' | 'outcome'>): void => {
      if (open.delete(index)) some[index]!.answer({ version: evaluated.version, outcome: evaluated.outcome });
    };
    try {
      const requests = some.map(({ request }) => request);
      const answers = await this.#evaluators!.evaluate(requests, (answer, index) => tell(index, answer));
      for (const [index, answer] of answers.entries()) tell(index, answer);
    } catch (error) {
      for (const index of open) tell(index, { version: '', outcome: broken((error as Error).message) });
    }
  }
}

function broken(message: string): Outcome {
  return { outcome: 'failed', code: 'crashed', message, retryable: false, durationMs: 0, printed: '' };
}
