/** The evaluation thread as the serving thread holds it. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import type { Problem } from '../evaluation/evaluators.ts';
import type { CallModel } from '../evaluation/model-call.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { DeliverySettings } from './webhooks.ts';
import type { EvaluationThreadData, FromEvaluationThread, ToEvaluationThread } from './evaluation-thread.ts';

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

  private constructor(thread: Worker) {
    this.#thread = thread;
  }

  /** Resolves when the evaluators are loaded. Rejects with `invalid_evaluator` where there is no such folder. */
  static async start({ folder, environment, upstreams, ...options }: EvaluationOptions): Promise<Evaluation> {
    const workerData: EvaluationThreadData = { folder, environment, upstreams };
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
    callModel: CallModel,
  ): void {
    this.#callModel = callModel;
    const [writer, reader] = [new MessageChannel(), new MessageChannel()];
    serve.writer(writer.port1);
    serve.reader(reader.port1);
    const message: ToEvaluationThread = { consume: { writer: writer.port2, reader: reader.port2 }, deliveries };
    this.#thread.postMessage(message, [writer.port2, reader.port2]);
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
