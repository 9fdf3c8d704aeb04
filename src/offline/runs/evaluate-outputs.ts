/**
 * Outputs of a run on their way to results: gathered into batches, their logs loaded, shown to the evaluators that have not seen them,
 * and what came of it kept. Several batches are under way at once, since some evaluators wait for others.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Datapoint as Shown } from '../../evaluation/define.ts';
import type { Evaluated, EvaluationRequest } from '../../evaluation/evaluators.ts';
import { subjectOf } from '../../evaluation/subject.ts';
import type { Datapoint } from '../../model/datapoint.ts';
import type { Log } from '../../model/log.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { Run, RunEvaluator, RunOutput, RunResult } from '../../model/run.ts';
import type { StoredLog } from '../../store/store.ts';
import { backoffMs } from '../../queue/backoff.ts';
import { Pool } from './pool.ts';
import type { RunParts } from './run-parts.ts';
import type { Spending } from './spending.ts';

/** An output with the evaluators that are to look at it. */
export interface Offer {
  datapoint: Datapoint;
  output: RunOutput;
  evaluators: readonly RunEvaluator[];
}

const BATCH = 64;
const BATCHES_AT_ONCE = 8;
/** How long an output waits for others. */
const GATHER_MS = 50;
/** Times that a failure which may pass is tried in all, and the wait before the second. */
const TRIES = 3;
const RETRY = { firstMs: 1000, longestMs: 60_000 };
/** In `fast` durability a log is committed a moment after its answer. */
const LOG_TRIES = 20;
const LOG_WAIT_MS = 100;

export class EvaluateOutputs {
  readonly #run: Run;
  readonly #parts: RunParts;
  readonly #signal: AbortSignal;
  readonly #spending: Spending;
  readonly #pool = new Pool(BATCHES_AT_ONCE);
  #gathered: Offer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(run: Run, parts: RunParts, { signal, spending }: { signal: AbortSignal; spending: Spending }) {
    this.#run = run;
    this.#parts = parts;
    this.#signal = signal;
    this.#spending = spending;
  }

  /** Resolves when there is room for more. Rejects where a batch could not be kept. */
  async offer(offer: Offer): Promise<void> {
    this.#gathered.push(offer);
    if (this.#gathered.length >= BATCH) await this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush().catch(() => {}), GATHER_MS);
  }

  /** Resolves when all that was offered is kept. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#pool.idle();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#gathered.splice(0);
    if (batch.length > 0) await this.#pool.begin(() => this.#evaluate(batch), this.#signal);
  }

  async #evaluate(batch: Offer[]): Promise<void> {
    const logs = await this.#logsOf(batch);
    const ready: { offer: Offer; subject: Log }[] = [];
    const results: RunResult[] = [];
    for (const offer of batch) {
      const log = logs.get(offer.output.logId!);
      const subject = log === undefined ? 'The log is gone.' : readSubject(log);
      if (typeof subject !== 'string') ready.push({ offer, subject });
      else for (const one of offer.evaluators) results.push(...resultsOf(offer.output, skipped(one, subject)));
    }
    if (results.length > 0) await this.#keep(results);
    await this.#ask(ready.flatMap(({ offer, subject }) => this.#requestsOf(offer, subject)));
  }

  /** Whoever needs a target does not look where there is none. */
  #requestsOf(offer: Offer, subject: Log): Asked[] {
    const own = this.#parts.evaluators.list.filter(
      ({ projectId }) => projectId === null || projectId === this.#run.projectId,
    );
    const known = new Map(own.map((one) => [one.name, one]));
    return offer.evaluators.map((evaluator) => ({
      offer,
      subject,
      evaluator,
      isWithoutTarget: known.get(evaluator.name)?.needsTarget === true && offer.datapoint.target === null,
    }));
  }

  async #ask(all: Asked[]): Promise<void> {
    const without = all.filter(({ isWithoutTarget }) => isWithoutTarget);
    if (without.length > 0)
      await this.#keep(
        without.flatMap(({ offer, evaluator }) =>
          resultsOf(offer.output, skipped(evaluator, 'It compares with a target, and the datapoint has none.')),
        ),
      );
    let asked = all.filter(({ isWithoutTarget }) => !isWithoutTarget);
    for (let tries = 1; asked.length > 0; tries += 1) {
      this.#signal.throwIfAborted();
      const answers = await this.#parts.evaluators.evaluate(
        asked.map((one, index) => requestOf(one, index, this.#run)),
      );
      const again: Asked[] = [];
      let waitMs = 0;
      const results: RunResult[] = [];
      for (const [index, answer] of answers.entries()) {
        const { outcome, retryAtMs } = answer;
        if (retryAtMs !== undefined) waitMs = Math.max(waitMs, retryAtMs - Date.now());
        if (retryAtMs !== undefined || (outcome.outcome === 'failed' && outcome.retryable && tries < TRIES))
          again.push(asked[index]!);
        else results.push(...resultsOf(asked[index]!.offer.output, answer));
      }
      if (results.length > 0) await this.#keep(results);
      if (again.length > 0)
        await sleep(Math.max(waitMs, backoffMs(tries, this.#parts.backoff ?? RETRY)), undefined, {
          signal: this.#signal,
        });
      asked = again;
    }
  }

  async #keep(results: RunResult[]): Promise<void> {
    await this.#parts.store.runs.putResults(this.#run.id, results, false);
    for (const { costUsd } of results) if (costUsd !== null) this.#spending.spend(costUsd);
  }

  async #logsOf(batch: Offer[]): Promise<Map<string, StoredLog>> {
    const found = new Map<string, StoredLog>();
    for (let tries = 0; tries < LOG_TRIES; tries += 1) {
      if (tries > 0) await sleep(LOG_WAIT_MS, undefined, { signal: this.#signal });
      const missing = batch.filter(({ output }) => !found.has(output.logId!));
      for (const log of await this.#parts.store.logs.getMany(missing.map(({ output }) => output.logId!)))
        // Crosses projects: somebody may have posted the id of another's log.
        if (log.projectId === this.#run.projectId) found.set(log.id, log);
      // Of a log that is there from before nobody waits for the commit.
      if (found.size === batch.length || !('fresh' in this.#run.spec.outputs)) break;
    }
    return found;
  }
}

interface Asked {
  offer: Offer;
  subject: Log;
  evaluator: RunEvaluator;
  isWithoutTarget: boolean;
}

function requestOf({ offer, subject, evaluator }: Asked, index: number, { projectId }: Run): EvaluationRequest {
  const { name, version } = evaluator;
  return {
    id: String(index),
    subject,
    datapoint: shown(offer.datapoint),
    projectId,
    evaluators: [name],
    versions: version === undefined ? undefined : { [name]: version },
  };
}

/** As evaluators see it. */
function shown({ id, inputs, messages, target, metadata }: Datapoint): Shown {
  const input = Object.keys(inputs).length > 0 ? inputs : messages;
  return { id, input, inputs, messages, target, metadata };
}

function readSubject(log: StoredLog): Log | string {
  try {
    return subjectOf(log);
  } catch (error) {
    return `The log cannot be read: ${(error as Error).message}`;
  }
}

function skipped({ name, version = '' }: RunEvaluator, reason: string): Omit<Evaluated, 'id'> {
  return { evaluator: name, version, outcome: { outcome: 'skipped', reason, durationMs: 0, printed: '' } };
}

function resultsOf(
  { position, repetition }: RunOutput,
  { evaluator, version, outcome }: Omit<Evaluated, 'id'>,
): RunResult[] {
  const { durationMs, costUsd = null } = outcome;
  const all = {
    position,
    repetition,
    evaluator,
    version,
    outcome: outcome.outcome,
    durationMs,
    costUsd,
    atMs: Date.now(),
  };
  if (outcome.outcome !== 'scored' || outcome.scores.length === 0)
    return [
      {
        ...all,
        name: evaluator,
        value: null,
        reason: reasonOf(outcome),
        code: outcome.outcome === 'failed' ? outcome.code : null,
      },
    ];
  return outcome.scores.map(({ name, value, reason }, index) => ({
    ...all,
    name,
    value,
    reason,
    code: null,
    // Paid once, however many scores it gave.
    costUsd: index === 0 ? costUsd : null,
  }));
}

function reasonOf(outcome: Outcome): string | null {
  if (outcome.outcome === 'scored') return null;
  return outcome.outcome === 'failed' ? outcome.message : outcome.reason;
}
