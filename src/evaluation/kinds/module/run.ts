/**
 * Runs a batch of evaluations in the child: those that answer at once in turn, those that wait side by side. Says in the
 * progress file which one has the thread, and ends waiting ones at their deadline; one that holds the thread can only
 * be ended by the parent. An evaluator that makes others wait has its turn after them.
 *
 *     begun (slot 0) -> ended                        it returned a value or threw
 *                    -> waiting (slot 1..) -> ended   its promise settled, its deadline passed, or a callback of its threw
 */
import { monotonicMs } from '../../../sandbox/progress.ts';
import type { Parent } from '../../../sandbox/child.ts';
import type { EvaluatorDefinition } from '../../define.ts';
import { describeError, readResult } from '../../result.ts';
import {
  type BatchFrame,
  CONCURRENCY_OF_ONE,
  DEADLINES_IN_A_ROW,
  DEFAULT_DEADLINE_MS,
  type EvaluationResult,
  GRACE_MS,
} from './protocol.ts';
import { type Running, runAs } from './running.ts';
import { sealed } from './subject.ts';

/** Results are sent together, so that the parent wakes up rarely, but not so late that much is lost with a crash. */
const SEND_AFTER_MS = 10;
const SEND_AFTER_COUNT = 128;

type Result = EvaluationResult['result'];
type Call = (definition: EvaluatorDefinition) => unknown;

export class BatchRunner {
  readonly #parent: Parent;
  readonly #evaluators: ReadonlyMap<string, EvaluatorDefinition | string>;
  readonly #flushPrints: (running: Running) => void;
  readonly #freeSlots: number[] = [];
  #waiting = 0;
  #oneEnded = Promise.withResolvers<void>();
  #results: EvaluationResult[] = [];
  #sentAtMs = 0;
  #spent = false;
  #yieldedAtMs = 0;
  /** Of each evaluator of the batch: how many wait, and how many ended at their deadline since one ended otherwise. */
  readonly #ofOne = new Map<string, { waiting: number; deadlines: number }>();

  constructor(
    parent: Parent,
    evaluators: ReadonlyMap<string, EvaluatorDefinition | string>,
    flushPrints: (running: Running) => void,
    slots: number,
  ) {
    this.#parent = parent;
    this.#evaluators = evaluators;
    this.#flushPrints = flushPrints;
    for (let slot = slots - 1; slot > 0; slot -= 1) this.#freeSlots.push(slot);
  }

  /** Runs a batch to its end and reports it. */
  async run({ batch, concurrency }: BatchFrame): Promise<void> {
    this.#sentAtMs = performance.now();
    this.#yieldedAtMs = this.#sentAtMs;
    this.#ofOne.clear();
    const later: (() => Promise<boolean>)[] = [];
    let left = false;
    for (const subject of batch) {
      const log = sealed(subject.log);
      for (const { id, evaluator } of subject.evaluations) {
        const run = (): Promise<boolean> =>
          this.#whenThereIsRoom(id, evaluator, concurrency, (one) => one.evaluate(log, subject.datapoint));
        if (this.#countOf(evaluator).waiting >= CONCURRENCY_OF_ONE) later.push(run);
        else if (!(await run())) left = true;
      }
    }
    for (const run of later) if (!(await run())) left = true;
    while (this.#waiting > 0) await this.#untilOneEnded();
    this.#send();
    this.#parent.send({ done: true, spent: this.#spent, left });
  }

  /** Whether it was begun. */
  async #whenThereIsRoom(id: number, evaluator: string, concurrency: number, call: Call): Promise<boolean> {
    while (this.#waiting >= concurrency) await this.#untilOneEnded();
    if (this.#countOf(evaluator).deadlines >= DEADLINES_IN_A_ROW) return false;
    this.#begin(id, evaluator, call);
    if (this.#waiting > 0 && performance.now() - this.#yieldedAtMs > SEND_AFTER_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#yieldedAtMs = performance.now();
    }
    return true;
  }

  #countOf(evaluator: string): { waiting: number; deadlines: number } {
    let count = this.#ofOne.get(evaluator);
    if (!count) this.#ofOne.set(evaluator, (count = { waiting: 0, deadlines: 0 }));
    return count;
  }

  #begin(id: number, name: string, call: Call): void {
    const definition = this.#evaluators.get(name);
    if (typeof definition !== 'object')
      return this.#end(id, 0, { outcome: 'failed', code: 'not_loaded', message: definition ?? 'It was not loaded.' });
    const deadlineMs = definition.deadlineMs ?? DEFAULT_DEADLINE_MS;
    const count = this.#countOf(name);
    const beganAtMs = performance.now();
    let ended = false;
    let afterwards = (): void => this.#parent.progress.clear(0);
    const end = (result: Result): void => {
      if (ended) return;
      ended = true;
      afterwards();
      count.deadlines = result.outcome === 'failed' && result.code === 'timeout' ? count.deadlines + 1 : 0;
      this.#flushPrints(running);
      this.#end(id, performance.now() - beganAtMs, running.missed ? skipped(running.missed) : result);
    };
    const settle = (returned: unknown): void => {
      const reading = readResult(returned, definition.returns, name);
      end(reading.outcome === 'invalid' ? failed('invalid_result', reading.message) : reading);
    };
    const running: Running = {
      id,
      printed: 0,
      unsent: '',
      missed: undefined,
      fail: (error) => end(failed('threw', describeError(error))),
    };
    this.#parent.progress.open(0, id, monotonicMs() + deadlineMs);
    runAs(running, () => {
      let returned: unknown;
      try {
        returned = call(definition);
        if (!isThenable(returned)) return settle(returned);
      } catch (error) {
        return running.fail(error);
      }
      const slot = this.#freeSlots.pop()!;
      const leftMs = Math.max(0, deadlineMs - (performance.now() - beganAtMs));
      this.#parent.progress.open(slot, id, monotonicMs() + leftMs + GRACE_MS);
      this.#parent.progress.clear(0);
      this.#waiting += 1;
      count.waiting += 1;
      const timer = setTimeout(() => {
        this.#spent = true;
        end(failed('timeout', `It ran longer than ${deadlineMs} ms and was stopped.`));
      }, leftMs);
      afterwards = () => {
        clearTimeout(timer);
        this.#parent.progress.clear(slot);
        this.#freeSlots.push(slot);
        this.#waiting -= 1;
        count.waiting -= 1;
        this.#oneEnded.resolve();
      };
      awaited(returned).then(settle, running.fail);
    });
  }

  #end(id: number, durationMs: number, result: Result): void {
    this.#results.push({ id, durationMs: Math.round(durationMs * 1000) / 1000, result });
    if (this.#results.length >= SEND_AFTER_COUNT || performance.now() - this.#sentAtMs > SEND_AFTER_MS) this.#send();
  }

  #send(): void {
    if (this.#results.length > 0) this.#parent.send({ results: this.#results });
    this.#results = [];
    this.#sentAtMs = performance.now();
  }

  async #untilOneEnded(): Promise<void> {
    this.#send();
    this.#oneEnded = Promise.withResolvers<void>();
    await this.#oneEnded.promise;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && 'then' in value
    ? typeof value.then === 'function'
    : false;
}

/** `await` and not `.then`: what an object calls `then` may lie, throw or answer twice. */
async function awaited(value: PromiseLike<unknown>): Promise<unknown> {
  return await value;
}

function failed(code: 'threw' | 'timeout' | 'invalid_result', message: string): Result {
  return { outcome: 'failed', code, message };
}

function skipped(reason: string): Result {
  return { outcome: 'skipped', reason };
}
