/**
 * Runs evaluations in children until each has an outcome. When a child hangs or dies, exactly the evaluation that did it
 * fails, and the others run again:
 *
 *     together --died, one had the thread--> that one failed; the rest together again, those of its evaluator last
 *              --died, some were waiting---> the evaluators of those apart; the rest together again
 *              --died twice, none running--> all evaluators apart
 *     apart    (a child with one evaluator, one evaluation at a time) --died--> the one that ran failed; the rest again
 *
 * Of a resting evaluator none runs; of one whose rest is over a single one runs first, and the rest when that has ended.
 */
import { GatewayError } from '../../../errors.ts';
import type { FailureCode, Outcome } from '../../../model/outcome.ts';
import type { Death, Sandbox } from '../../../sandbox/sandbox.ts';
import type { OpenSlot } from '../../../sandbox/progress.ts';
import type { Rest } from '../../breaker.ts';
import { CONCURRENCY, type EvaluationResult, type FromChild, GRACE_MS } from './protocol.ts';
import { cutBytes, PRINTED_BYTES } from './printed.ts';

export interface Pending {
  id: number;
  evaluator: string;
  deadlineMs: number;
  subject: SubjectJson;
}

/** A subject as JSON, made once however often it is sent. */
export interface SubjectJson {
  log: string;
  /** Undefined on live logs. */
  datapoint: string | undefined;
}

export interface Children {
  /** A child with all evaluators. */
  together(work: (sandbox: Sandbox) => Promise<{ reusable: boolean }>): Promise<void>;
  /** A fresh child with one evaluator, or why it cannot be had. */
  apart(evaluator: string): Promise<Sandbox | { error: string }>;
  /** Whether an evaluation may run; `trial`: it, and no other before it has ended or was given up. */
  admit(evaluator: string): 'run' | 'trial' | Rest;
  giveUpTrial(evaluator: string): void;
}

export interface Settled {
  outcome: Outcome;
  trial: boolean;
  /** Set where it was not run; it may be at that time. */
  retryAtMs: number | undefined;
}

type Done = Extract<FromChild, { done: true }>;

export class Batch {
  readonly #children: Children;
  readonly #pending: Map<number, Pending>;
  readonly #printed = new Map<number, string>();
  readonly #settle: (pending: Pending, settled: Settled) => void;
  /** Evaluator -> the evaluation that runs before the others of it. */
  readonly #trials = new Map<string, number>();

  constructor(children: Children, evaluations: Pending[], settle: (pending: Pending, settled: Settled) => void) {
    this.#children = children;
    this.#pending = new Map(evaluations.map((one) => [one.id, one]));
    this.#settle = settle;
  }

  async run(): Promise<void> {
    try {
      await this.#run();
    } finally {
      for (const evaluator of this.#trials.keys()) this.#children.giveUpTrial(evaluator);
    }
  }

  async #run(): Promise<void> {
    const apart = new Set<string>();
    // Evaluators that held the thread until they were stopped: what they cost, the others need not wait for.
    const last = new Set<string>();
    for (let unexplained = 0; ;) {
      let admitted = this.#admitted(({ evaluator }) => !apart.has(evaluator) && !last.has(evaluator));
      if (admitted.length === 0) admitted = this.#admitted(({ evaluator }) => !apart.has(evaluator));
      if (admitted.length === 0) break;
      const death = await this.#together(admitted);
      if (!death) continue;
      const open = this.#stillOpen(death);
      const blocking = open.find((slot) => slot.blocking);
      if (blocking) {
        last.add(this.#pending.get(blocking.id)!.evaluator);
        this.#blame(blocking, death);
      } else if (open.length > 0) for (const { id } of open) apart.add(this.#pending.get(id)!.evaluator);
      else if ((unexplained += 1) > 1) for (const { evaluator } of this.#pending.values()) apart.add(evaluator);
    }
    for (const evaluator of apart) await this.#apart(evaluator);
  }

  async #together(evaluations: Pending[]): Promise<Death | undefined> {
    let death: Death | undefined;
    await this.#children.together(async (sandbox) => {
      const end = await this.#attempt(sandbox, evaluations, CONCURRENCY);
      if ('spent' in end) {
        this.#afterwards(evaluations, end);
        return { reusable: !end.spent };
      }
      death = end;
      return { reusable: false };
    });
    return death;
  }

  async #apart(evaluator: string): Promise<void> {
    for (;;) {
      const evaluations = this.#admitted((one) => one.evaluator === evaluator);
      if (evaluations.length === 0) return;
      const sandbox = await this.#children.apart(evaluator);
      if ('error' in sandbox) {
        for (const one of this.#pending.values())
          if (one.evaluator === evaluator) this.#fail(one, 'not_loaded', sandbox.error, 0);
        return;
      }
      const end = await this.#attempt(sandbox, evaluations, 1);
      await sandbox.close();
      if ('spent' in end) {
        this.#afterwards(evaluations, end);
        continue;
      }
      const left = evaluations.find((one) => this.#pending.has(one.id));
      const open = this.#stillOpen(end)[0] ?? (left && { id: left.id, killAtMs: end.atMs, blocking: false });
      if (open) this.#blame(open, end);
    }
  }

  async #attempt(sandbox: Sandbox, evaluations: Pending[], concurrency: number): Promise<Death | Done> {
    const done = Promise.withResolvers<Done>();
    sandbox.onFrame = (frame) => {
      const said = frame as FromChild;
      if ('printed' in said) this.#print(said.printed, said.text);
      if ('results' in said) for (const one of said.results) this.#take(one);
      if ('done' in said) done.resolve(said);
    };
    for (const { id } of evaluations) this.#printed.delete(id);
    sandbox.busy(true);
    sandbox.send(frameFor(evaluations, concurrency));
    const end = await Promise.race([done.promise, sandbox.died]);
    sandbox.busy(false);
    if ('why' in end && end.why === 'closed') throw new GatewayError('draining');
    return end;
  }

  #take({ id, durationMs, result }: EvaluationResult): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    const ran = { durationMs, printed: this.#printed.get(id) ?? '' };
    if (result.outcome !== 'failed') return this.#end(pending, { ...result, ...ran });
    const retryable = result.code === 'threw' || result.code === 'timeout';
    this.#end(pending, { ...result, retryable, ...ran });
  }

  #stillOpen(death: Death): OpenSlot[] {
    return death.open.filter((slot) => this.#pending.has(slot.id));
  }

  #blame(slot: OpenSlot, death: Death): void {
    const pending = this.#pending.get(slot.id)!;
    this.#print(slot.id, death.output);
    if (death.why === 'deadline')
      return this.#fail(
        pending,
        'timeout',
        `It ran longer than ${pending.deadlineMs} ms and was stopped.`,
        pending.deadlineMs,
      );
    const beganAtMs = slot.killAtMs - pending.deadlineMs - (slot.blocking ? 0 : GRACE_MS);
    this.#fail(pending, 'crashed', death.message, Math.max(0, Math.round(death.atMs - beganAtMs)));
  }

  /** Those that may run now; what must wait for the end of a rest is settled, what must wait for a trial is left. */
  #admitted(wanted: (pending: Pending) => boolean): Pending[] {
    const admitted: Pending[] = [];
    for (const [evaluator, group] of Map.groupBy([...this.#pending.values()].filter(wanted), (one) => one.evaluator)) {
      const trial = group.find(({ id }) => id === this.#trials.get(evaluator));
      const answer = trial ? 'trial' : this.#children.admit(evaluator);
      if (answer === 'run') admitted.push(...group);
      else if (answer === 'trial') {
        const one = trial ?? group[0]!;
        this.#trials.set(evaluator, one.id);
        admitted.push(one);
      } else
        for (const one of group)
          this.#end(one, { outcome: 'skipped', reason: answer.reason, durationMs: 0, printed: '' }, answer.untilMs);
    }
    // In the order they came, which is also the order in which they are tried.
    return admitted.toSorted((a, b) => a.id - b.id);
  }

  /** What was left is asked for again, where its evaluator does not rest by now. */
  #afterwards(evaluations: Pending[], { left }: Done): void {
    if (left) return;
    for (const one of evaluations)
      if (this.#pending.has(one.id)) this.#fail(one, 'crashed', 'Its process gave no answer for it.', 0);
  }

  #fail(pending: Pending, code: FailureCode, message: string, durationMs: number): void {
    const printed = this.#printed.get(pending.id) ?? '';
    const retryable = code === 'timeout' || code === 'crashed';
    this.#end(pending, { outcome: 'failed', code, message, retryable, durationMs, printed });
  }

  #end(pending: Pending, outcome: Outcome, retryAtMs?: number): void {
    this.#pending.delete(pending.id);
    this.#printed.delete(pending.id);
    const trial = this.#trials.get(pending.evaluator) === pending.id;
    if (trial) this.#trials.delete(pending.evaluator);
    this.#settle(pending, { outcome, trial, retryAtMs });
  }

  #print(id: number, text: string): void {
    if (this.#pending.has(id)) this.#printed.set(id, cutBytes((this.#printed.get(id) ?? '') + text, PRINTED_BYTES));
  }
}

/** A `BatchFrame`, put together from texts. */
function frameFor(evaluations: Pending[], concurrency: number): Buffer {
  const subjects = [...Map.groupBy(evaluations, (one) => one.subject)].map(([{ log, datapoint }, group]) => {
    const runs = JSON.stringify(group.map(({ id, evaluator }) => ({ id, evaluator })));
    return `{"log":${log},${datapoint === undefined ? '' : `"datapoint":${datapoint},`}"evaluations":${runs}}`;
  });
  return Buffer.from(`{"batch":[${subjects.join(',')}],"concurrency":${concurrency}}\n`, 'utf8');
}
