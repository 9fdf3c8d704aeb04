/**
 * One run, worked on once from its beginning: what is missing is done, what is there is passed over. So whoever takes it up after
 * another died goes on where that one was, and a run that waits for somebody is looked at again when something was posted.
 *
 *     datapoint, repetition -> output: there | from the log it was made of | from a model | to be posted
 *                 output with a log -> results of evaluators here, in batches; those of others are to be posted
 */
import type { Datapoint } from '../../model/datapoint.ts';
import type { ReplayConfig, Run, RunEvaluator, RunOutput, RunResult } from '../../model/run.ts';
import type { PlacedDatapoint } from '../../store/datasets.ts';
import { choose } from './choose.ts';
import { EvaluateOutputs } from './evaluate-outputs.ts';
import { generate } from './generate.ts';
import { KeepOutputs } from './keep-outputs.ts';
import { Pool } from './pool.ts';
import { replayedRequest } from './replay-request.ts';
import type { RunParts } from './run-parts.ts';
import { Spending } from './spending.ts';
import { type ModelRequest, requestWriter } from './write-request.ts';

/** How a pass over a run ended. */
export type PassEnd = { state: 'completed' | 'waiting' } | { state: 'cancelled' | 'failed'; reason: string };

/** Datapoints that are looked at together. */
const PAGE = 100;
/** Outputs that were made and are on their way to be kept and evaluated. */
const MOST_AFTER = 200;
/** Properties of the calls that a run makes. */
const RUN_PROPERTY = 'run';

/** Rejects with the signal's reason where it is aborted, and with `store_unavailable`. */
export async function workRun(run: Run, parts: RunParts, signal: AbortSignal): Promise<PassEnd> {
  const { spec } = run;
  const choice = await choose(parts.store.datasets, run.projectId, spec.dataset);
  if (choice.count * spec.repetitions !== run.outputs)
    await parts.store.runs.expect(run.id, choice.count * spec.repetitions);
  const { costUsd } = await parts.store.runs.progress(run.id);
  const pass = new Pass(run, parts, signal, new Spending(spec.spendCapUsd, costUsd));
  try {
    for await (const page of pagesOf(choice.datapoints())) if (!(await pass.look(page))) break;
  } finally {
    await pass.finish();
  }
  return pass.end();
}

class Pass {
  readonly #run: Run;
  readonly #parts: RunParts;
  readonly #signal: AbortSignal;
  readonly #spending: Spending;
  readonly #calls: Pool;
  readonly #after = new Pool(MOST_AFTER);
  readonly #outputs: KeepOutputs;
  readonly #evaluate: EvaluateOutputs;
  readonly #here: RunEvaluator[];
  readonly #posted: RunEvaluator[];
  readonly #request: ((datapoint: Datapoint) => ModelRequest | string) | undefined;
  #isWaiting = false;
  #isSpent = false;

  constructor(run: Run, parts: RunParts, signal: AbortSignal, spending: Spending) {
    const { outputs, evaluators, concurrency, callsPerMinute } = run.spec;
    this.#run = run;
    this.#parts = parts;
    this.#signal = signal;
    this.#spending = spending;
    this.#calls = new Pool(concurrency, callsPerMinute);
    this.#evaluate = new EvaluateOutputs(run, parts, { signal, spending });
    this.#outputs = new KeepOutputs(run, parts, spending);
    this.#here = evaluators.filter(({ posted }) => !posted);
    this.#posted = evaluators.filter(({ posted }) => posted);
    if (outputs.from === 'generated')
      this.#request = requestWriter(outputs.config, parts.upstreams.get(outputs.config.upstream) ?? 'openai');
  }

  /** Does what is missing for these. False where the run is to stop. */
  async look(page: PlacedDatapoint[]): Promise<boolean> {
    const range = { from: page[0]!.position, to: page.at(-1)!.position };
    const { runs } = this.#parts.store;
    const [outputs, results] = await Promise.all([
      runs.outputs(this.#run.id, range),
      runs.results(this.#run.id, range),
    ]);
    const there = new Map(outputs.map((output) => [keyOf(output), output]));
    const seen = Map.groupBy(results, keyOf);
    const requests = await this.#requestsOf(page);
    const cached = await this.#cached(requests);
    const made: Promise<void>[] = [];
    for (const datapoint of page)
      for (let repetition = 0; repetition < this.#run.spec.repetitions; repetition += 1) {
        const key = keyOf({ position: datapoint.position, repetition });
        const output = there.get(key);
        if (output !== undefined) await this.#evaluateMissing(datapoint, output, seen.get(key) ?? []);
        else if (!(await this.#make(made, datapoint, repetition, { request: requests.get(datapoint.id), cached }))) {
          await Promise.all(made);
          return false;
        }
      }
    await Promise.all(made);
    return true;
  }

  /** Waits for all that was begun, and keeps it. Rejects with the first failure. */
  async finish(): Promise<void> {
    await this.#settled();
    await this.#evaluate.finish();
  }

  /** Every call is over, and its output kept. */
  async #settled(): Promise<void> {
    await this.#calls.idle();
    await this.#after.idle();
  }

  end(): PassEnd {
    if (this.#isSpent)
      return { state: 'cancelled', reason: `The spend cap of ${this.#run.spec.spendCapUsd} USD is reached.` };
    return { state: this.#isWaiting ? 'waiting' : 'completed' };
  }

  async #requestsOf(page: PlacedDatapoint[]): Promise<Map<string, ModelRequest | string>> {
    const { outputs } = this.#run.spec;
    if (outputs.from === 'replayed') return this.#replayed(page, outputs.config);
    const write = this.#request;
    return new Map(write === undefined ? [] : page.map((datapoint) => [datapoint.id, write(datapoint)]));
  }

  async #replayed(page: PlacedDatapoint[], config: ReplayConfig): Promise<Map<string, ModelRequest | string>> {
    const { store, upstreams } = this.#parts;
    const logs = await store.logs.getMany(page.flatMap(({ source }) => source.logId ?? []));
    const own = new Map(logs.filter(({ projectId }) => projectId === this.#run.projectId).map((log) => [log.id, log]));
    return new Map(
      page.map(({ id, source }) => [
        id,
        source.logId === undefined
          ? 'The datapoint was not made from a log.'
          : replayedRequest(own.get(source.logId), config, upstreams),
      ]),
    );
  }

  async #cached(requests: Map<string, ModelRequest | string>): Promise<Cached> {
    const { outputs, repetitions } = this.#run.spec;
    // The answers to the same question differ: to take one of them several times would say that they do not.
    if (!('fresh' in outputs) || outputs.fresh || repetitions > 1) return {};
    const hashes = [...requests.values()].flatMap((request) => (typeof request === 'string' ? [] : [request.hash]));
    return this.#parts.store.runs.cached(this.#run.projectId, hashes);
  }

  /** Makes an output, or begins to; what needs no call goes to `made`. False where nothing may be spent any more. */
  async #make(
    made: Promise<void>[],
    datapoint: PlacedDatapoint,
    repetition: number,
    { request, cached }: { request: ModelRequest | string | undefined; cached: Cached },
  ): Promise<boolean> {
    const { from } = this.#run.spec.outputs;
    const cell = { position: datapoint.position, repetition, datapointId: datapoint.id };
    if (from === 'posted') this.#isWaiting = true;
    else if (from === 'existing') made.push(this.#made(datapoint, existing(cell, datapoint)));
    else if (typeof request !== 'object')
      made.push(this.#made(datapoint, { ...NO_OUTPUT, ...cell, failure: request ?? null }));
    else {
      const found = cached[request.hash];
      if (found !== undefined)
        made.push(this.#made(datapoint, { ...NO_OUTPUT, ...cell, logId: found.logId, requestHash: request.hash }));
      else return this.#generate(datapoint, cell, request);
    }
    return true;
  }

  async #generate(datapoint: PlacedDatapoint, cell: OutputCell, request: ModelRequest): Promise<boolean> {
    if (this.#spending.isUnknown) {
      await this.#settled();
    }
    if (this.#spending.isOver) {
      // What is under way may turn out cheaper than the dearest so far.
      await this.#settled();
      if (this.#spending.isOver) {
        this.#isSpent = true;
        return false;
      }
    }
    const { name } = this.#run.spec;
    this.#spending.begin();
    await this.#calls.begin(async () => {
      try {
        const made = await generate(
          {
            projectId: this.#run.projectId,
            upstream: request.upstream,
            request,
            properties: { [RUN_PROPERTY]: name },
          },
          { ...this.#parts, signal: this.#signal },
        );
        const output =
          'failure' in made
            ? { ...NO_OUTPUT, ...cell, failure: made.failure }
            : { ...NO_OUTPUT, ...cell, ...made, requestHash: request.hash };
        // The place among the calls is free again while the output is kept and offered. Kept it is in any case: it was paid for.
        await this.#after.begin(() => this.#made(datapoint, output));
      } finally {
        this.#spending.end();
      }
    }, this.#signal);
    return true;
  }

  async #made(datapoint: PlacedDatapoint, output: RunOutput): Promise<void> {
    const kept = await this.#outputs.keep({ ...output, atMs: Date.now() });
    await this.#evaluateMissing(datapoint, kept, []);
  }

  async #evaluateMissing(datapoint: PlacedDatapoint, output: RunOutput, results: readonly RunResult[]): Promise<void> {
    if (output.logId === null) return;
    const has = new Set(results.map(({ evaluator }) => evaluator));
    if (this.#posted.some(({ name }) => !has.has(name))) this.#isWaiting = true;
    const missing = this.#here.filter(({ name }) => !has.has(name));
    if (missing.length > 0) await this.#evaluate.offer({ datapoint, output, evaluators: missing });
  }
}

type Cached = Record<string, { logId: string; costUsd: number | null }>;
type OutputCell = Pick<RunOutput, 'position' | 'repetition' | 'datapointId'>;

const NO_OUTPUT = { logId: null, failure: null, requestHash: null, costUsd: null, durationMs: null, atMs: 0 };

function existing(cell: OutputCell, { source }: Datapoint): RunOutput {
  const logId = source.from === 'log' ? (source.logId ?? null) : null;
  return { ...NO_OUTPUT, ...cell, logId, failure: logId === null ? 'The datapoint was not made from a log.' : null };
}

function keyOf({ position, repetition }: { position: number; repetition: number }): string {
  return `${position} ${repetition}`;
}

async function* pagesOf(datapoints: AsyncGenerator<PlacedDatapoint>): AsyncGenerator<PlacedDatapoint[]> {
  let page: PlacedDatapoint[] = [];
  for await (const one of datapoints) {
    page.push(one);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
