/**
 * Outputs of a run on their way into the store: many in one transaction, none later than a moment after it was made. What they
 * cost is read from their logs, where the price of every call stands.
 */
import type { Run, RunOutput } from '../../model/run.ts';
import type { RunParts } from './run-parts.ts';
import type { Spending } from './spending.ts';

const MOST = 100;
const GATHER_MS = 20;

interface Kept {
  output: RunOutput;
  resolve: (output: RunOutput) => void;
  reject: (error: unknown) => void;
}

export class KeepOutputs {
  readonly #run: Run;
  readonly #parts: RunParts;
  readonly #spending: Spending;
  #gathered: Kept[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(run: Run, parts: RunParts, spending: Spending) {
    this.#run = run;
    this.#parts = parts;
    this.#spending = spending;
  }

  /** Resolves with the output, its cost beside it, when it is kept. */
  keep(output: RunOutput): Promise<RunOutput> {
    const { promise, resolve, reject } = Promise.withResolvers<RunOutput>();
    this.#gathered.push({ output, resolve, reject });
    if (this.#gathered.length >= MOST) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS);
    return promise;
  }

  /** Resolves when all so far are kept or have failed. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const some = this.#gathered.splice(0);
    this.#writing = this.#writing.then(() => this.#write(some));
    return this.#writing;
  }

  async #write(some: Kept[]): Promise<void> {
    if (some.length === 0) return;
    try {
      const costs = await this.#costsOf(some.map(({ output }) => output));
      const outputs = some.map(({ output }) => ({
        ...output,
        costUsd: costs.get(output.logId ?? '') ?? output.costUsd,
      }));
      await this.#parts.store.runs.putOutputs(this.#run.id, outputs, false);
      for (const [index, { resolve }] of some.entries()) {
        if (costs.has(outputs[index]!.logId ?? '')) this.#spending.spend(outputs[index]!.costUsd);
        resolve(outputs[index]!);
      }
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }

  /** Of calls that this run paid for: what was there already was paid before. */
  async #costsOf(outputs: readonly RunOutput[]): Promise<Map<string, number | null>> {
    const made = outputs.filter(({ logId, durationMs }) => logId !== null && durationMs !== null);
    if (made.length === 0) return new Map();
    const logs = await this.#parts.store.logs.getMany(made.map(({ logId }) => logId!));
    const costs = new Map(logs.map(({ id, costUsd }) => [id, costUsd]));
    return new Map(made.map(({ logId }) => [logId!, costs.get(logId!) ?? null]));
  }
}
