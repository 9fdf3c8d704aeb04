/** The evaluation thread as the serving thread holds it. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import type { Attempt } from '../evaluation/attempt.ts';
import type { Proposed } from '../evaluation/check.ts';
import type { Problem } from '../evaluation/evaluators.ts';
import type { Fault, Result } from '../evaluation/kind.ts';
import type { CallModel } from '../evaluation/model-call.ts';
import type { Definition } from '../model/definition.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Rule } from '../model/rule.ts';
import type { Capture, Exchange } from '../model/exchange.ts';
import type { DefinedEvaluator } from '../store/definitions.ts';
import type { Look, Looked } from './inline-looks.ts';
import type { DeliverySettings } from './webhooks.ts';
import type {
  EvaluationAnswer,
  EvaluationQuestion,
  EvaluationThreadData,
  FromEvaluationThread,
  ToEvaluationThread,
} from './evaluation-messages.ts';

export interface EvaluationOptions extends EvaluationThreadData {
  onChange(evaluators: Evaluator[], problems: Problem[]): void;
  onEnded(ended: [evaluator: string, outcome: string, count: number][], fenced: number): void;
  onTried(outcome: string, count: number): void;
  onTrouble(step: string, message: string): void;
  /** The thread died, which only a fault of ours can do. */
  onFault(error: Error): void;
}

export class Evaluation {
  readonly #thread: Worker;
  evaluators: Evaluator[] = [];
  problems: Problem[] = [];
  /** When it last claimed or completed, milliseconds since the epoch; undefined where it does not consume. */
  lastProgressAtMs: number | undefined;
  #closing = false;
  #callModel: CallModel | undefined;
  #whenDefined: (() => void)[] = [];
  readonly #asked = new Map<number, { resolve: (answer: EvaluationAnswer) => void; reject: (error: Error) => void }>();
  #count = 0;
  readonly #looks = new Map<number, (place: number, evaluation: Looked['evaluation']) => void>();
  #guarding: PromiseWithResolvers<void> | undefined;

  private constructor(thread: Worker) {
    this.#thread = thread;
  }

  /** Resolves when the evaluators are loaded. Rejects with `invalid_evaluator` where there is no such folder. */
  static async start({
    folder,
    environment,
    upstreams,
    replica,
    allowedNetworks,
    ...options
  }: EvaluationOptions): Promise<Evaluation> {
    const workerData: EvaluationThreadData = { folder, environment, upstreams, replica, allowedNetworks };
    const thread = new Worker(new URL(`./evaluation-thread${import.meta.filename.slice(-3)}`, import.meta.url), {
      workerData,
      name: 'evaluation',
    });
    const evaluation = new Evaluation(thread);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let loaded = false;
    thread.on('message', (message: FromEvaluationThread) => {
      if ('loaded' in message) {
        evaluation.evaluators = message.loaded.evaluators;
        evaluation.problems = message.loaded.problems;
        if (loaded) options.onChange(evaluation.evaluators, evaluation.problems);
        loaded = true;
        resolve();
      } else if ('failure' in message)
        reject(new GatewayError('invalid_evaluator', { message: message.failure.message }));
      else if ('defined' in message) evaluation.#whenDefined.shift()?.();
      else if ('looked' in message) evaluation.#looked(message.looked);
      else if ('guarding' in message) evaluation.#guards(message.guarding);
      else if ('answer' in message) evaluation.#answered(message.answer);
      else if ('call' in message) void evaluation.#call(message.call);
      else if ('ended' in message) options.onEnded(message.ended, message.fenced);
      else if ('tried' in message)
        for (const [outcome, count] of Object.entries(message.tried)) options.onTried(outcome, count);
      else if ('trouble' in message) options.onTrouble(message.trouble.step, message.trouble.message);
      else evaluation.lastProgressAtMs = message.progress.lastProgressAtMs;
    });
    thread.on('error', (error: Error) => {
      reject(error);
      options.onFault(error);
    });
    thread.on('exit', () => {
      if (loaded && !evaluation.#closing) options.onFault(new Error('The evaluation thread ended'));
    });
    try {
      await promise;
    } catch (error) {
      await thread.terminate();
      throw error;
    }
    return evaluation;
  }

  /** Begins to claim jobs. The ports are to be served by the store's writer and a reader. */
  consume(
    serve: {
      writer: (port: MessageChannel['port1']) => void;
      reader: (port: MessageChannel['port1']) => void;
    },
    deliveries: DeliverySettings,
  ): void {
    const [writer, reader] = [new MessageChannel(), new MessageChannel()];
    serve.writer(writer.port1);
    serve.reader(reader.port1);
    const message: ToEvaluationThread = { consume: { writer: writer.port2, reader: reader.port2 }, deliveries };
    this.#thread.postMessage(message, [writer.port2, reader.port2]);
  }

  /** Judges call their models so. */
  useModels(callModel: CallModel): void {
    this.#callModel = callModel;
  }

  /** From now on what the jobs of these rules cost is limited as they say. */
  useRules(rules: Rule[]): void {
    this.#thread.postMessage({ rules } satisfies ToEvaluationThread);
  }

  /** From now on these are the evaluators that the store has; resolves when whoever hears of evaluators has heard of them. */
  useDefinitions(all: DefinedEvaluator[]): Promise<void> {
    this.#thread.postMessage({ definitions: all } satisfies ToEvaluationThread);
    return new Promise((resolve) => this.#whenDefined.push(resolve));
  }

  /** Makes ready for `look`. Resolves when evaluators stand by for it. Rejects with `invalid_evaluator`, as `start` does. */
  guard(): Promise<void> {
    if (this.#guarding === undefined) {
      this.#guarding = Promise.withResolvers();
      this.#thread.postMessage({ guard: true } satisfies ToEvaluationThread);
    }
    return this.#guarding.promise;
  }

  /** Has guardrails look at a call that is under way. Answers how to listen no longer. */
  look(
    call: Exchange,
    guardrails: Look['guardrails'],
    onAnswer: (place: number, evaluation: Looked['evaluation']) => void,
  ): () => void {
    const number = ++this.#count;
    this.#looks.set(number, onAnswer);
    const [request, response] = [copyOf(call.request), copyOf(call.response)];
    const message: ToEvaluationThread = { look: { number, call: { ...call, request, response }, guardrails } };
    this.#thread.postMessage(
      message,
      [request, response].map(({ parts: [bytes] }) => bytes.buffer),
    );
    return () => this.#looks.delete(number);
  }

  /** The definition as it is to be stored, or what is wrong with it. */
  async check(proposed: Proposed): Promise<Definition | Fault> {
    return ((await this.#ask({ check: proposed })) as Extract<EvaluationAnswer, { checked: unknown }>).checked;
  }

  /** What comes of each subject. Nothing is stored. */
  async attempt(attempt: Attempt): Promise<Result[]> {
    const answer = await this.#ask({ attempt });
    return (answer as Extract<EvaluationAnswer, { attempted: unknown }>).attempted;
  }

  #ask(question: EvaluationQuestion): Promise<EvaluationAnswer> {
    const number = ++this.#count;
    this.#thread.postMessage({ ask: { number, question } } satisfies ToEvaluationThread);
    return new Promise((resolve, reject) => this.#asked.set(number, { resolve, reject }));
  }

  #guards({ error }: { error: string | undefined }): void {
    if (error === undefined) this.#guarding?.resolve();
    else this.#guarding?.reject(new GatewayError('invalid_evaluator', { message: error }));
  }

  #looked({ number, place, evaluation }: Looked): void {
    this.#looks.get(number)?.(place, evaluation);
  }

  #answered(message: Extract<FromEvaluationThread, { answer: unknown }>['answer']): void {
    const waiting = this.#asked.get(message.number);
    this.#asked.delete(message.number);
    if ('error' in message) waiting?.reject(new GatewayError('draining', { message: message.error }));
    else waiting?.resolve(message.answer);
  }

  async #call({ number, request }: Extract<FromEvaluationThread, { call: unknown }>['call']): Promise<void> {
    const answer = await this.#callModel?.(request);
    this.#thread.postMessage({ answered: { call: number, answer } } satisfies ToEvaluationThread);
  }

  /** New jobs were committed. */
  wake(): void {
    this.#thread.postMessage({ wake: true } satisfies ToEvaluationThread);
  }

  /** Finishes or gives back the jobs it holds. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const gone = new Promise((resolve) => this.#thread.once('exit', resolve));
    this.#thread.postMessage({ close: { graceMs } } satisfies ToEvaluationThread);
    await gone;
  }
}

/** Its bytes in memory of their own: the rest of a pool or a slab would be copied along with a view of it. */
function copyOf(capture: Capture): Capture & { parts: [Uint8Array<ArrayBuffer>] } {
  const bytes = new Uint8Array(capture.kept);
  let offset = 0;
  for (const part of capture.parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return { ...capture, parts: [bytes] };
}
