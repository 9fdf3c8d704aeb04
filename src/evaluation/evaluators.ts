/**
 * All evaluators of this process, and their life: those of a folder are started from it and replaced as a whole when a file
 * changes, those of the store come and go with `useDefinitions`. Evaluations that have begun end with the version they
 * began with.
 */
import type { Definition, DefinitionKind } from '../model/definition.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { DefinedEvaluator } from '../store/definitions.ts';
import { checkDefinition, type Proposed } from './check.ts';
import { dispatch } from './dispatch.ts';
import { Generation } from './generation.ts';
import type {
  CostQuestion,
  DefinedKind,
  Evaluated,
  EvaluationRequest,
  Fault,
  KindParts,
  OnAnswer,
  Problem,
  Result,
  Runner,
  Work,
} from './kind.ts';
import { DEFINED_KINDS } from './kinds.ts';
import { type ModuleSettings, moduleKind } from './kinds/module.ts';
import type { ModelAccess } from './model-call.ts';
import type { Receivers } from './receivers.ts';
import { type FindVersion, type Known, Registry, type Sought } from './registry.ts';
import { watchFolder } from './watch-folder.ts';

export type { Evaluated, EvaluationRequest, Problem } from './kind.ts';

export interface Evaluators {
  /** The newest of each that can run. Names are those of files, or of a project. */
  readonly list: Evaluator[];
  /** Those that cannot, and why. */
  readonly problems: Problem[];
  /** All of whom jobs may be there, also those that were deleted. */
  readonly known: Known[];
  /** Whether a job of it can be run, is to be dropped, or is of nobody. Rejects as the store does. */
  standing(sought: Sought): Promise<'known' | 'dropped' | 'unknown'>;
  /**
   * One answer for each evaluator of each request, in order. `onAnswer` hears of each that had to be waited for as soon
   * as it is there, by its place among all. Never rejects but with `draining`, after `close`, and as the store does that
   * is asked for an older version.
   */
  evaluate(requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]>;
  /** What the evaluation of a log may cost in US dollars at most: 0 where it costs nothing, null where that is not known. Rejects as the store does. */
  costAtMost(asked: CostQuestion): Promise<number | null>;
  /** From now on these are what the store has. */
  useDefinitions(all: readonly DefinedEvaluator[]): void;
  /** The definition as it is to be stored, or what is wrong with it. */
  check(given: Proposed): Promise<Definition | Fault>;
  /** Runs what need not be stored, or not yet. Rejects with `draining`. */
  attempt(work: readonly Work[]): Promise<Result[]>;
  /** Reads the folder again. Rejects with `invalid_evaluator` where the folder is gone; what was loaded stays. */
  reload(): Promise<void>;
  /** Calls back after evaluators were replaced; answers how to stop that. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

export type EvaluatorOptions = Partial<Omit<ModuleSettings, 'folder'>> & {
  folder: string;
  /** Whether to look for changed files. Default true. */
  watch?: boolean;
  /** For judges. Without it there are none. */
  models?: ModelAccess | undefined;
  readScores?: KindParts['readScores'];
  /** For webhooks. Without it there are none. */
  receivers?: Receivers | undefined;
  /** Reads older versions from the store. Without it there are none. */
  findVersion?: FindVersion | undefined;
};

/** Loads a folder of evaluators. Rejects with `invalid_evaluator` where there is no such folder. */
export async function startEvaluators(options: EvaluatorOptions): Promise<Evaluators> {
  const {
    watch = true,
    models,
    readScores,
    receivers,
    findVersion = () => Promise.resolve(undefined),
    ...rest
  } = options;
  const settings = moduleKind.settings.parse(rest);
  const parts: KindParts = {
    models,
    readScores,
    receivers,
    evaluate: (...asked) => evaluators.evaluate(...asked),
    costAtMost: (asked) => evaluators.costAtMost(asked),
  };
  const evaluators = new AllEvaluators(settings, parts, findVersion);
  try {
    await evaluators.reload();
  } catch (error) {
    await evaluators.close();
    throw error;
  }
  if (watch) evaluators.watch();
  return evaluators;
}

class AllEvaluators implements Evaluators {
  list: Evaluator[] = [];
  problems: Problem[] = [];
  known: Known[] = [];
  readonly #settings: ModuleSettings;
  readonly #parts: KindParts;
  readonly #registry: Registry;
  readonly #runners = new Map<DefinitionKind, Runner | undefined>();
  readonly #listeners = new Set<() => void>();
  readonly #retiring = new Set<Promise<void>>();
  #current: Generation | undefined;
  /** Name -> version. */
  #modules = new Map<string, string>();
  #reloading: Promise<void> = Promise.resolve();
  #stopWatching = (): void => {};
  #isClosed = false;

  constructor(settings: ModuleSettings, parts: KindParts, findVersion: FindVersion) {
    this.#settings = settings;
    this.#parts = parts;
    this.#registry = new Registry(findVersion, parts);
  }

  async standing(sought: Sought): Promise<'known' | 'dropped' | 'unknown'> {
    if (this.#registry.isDropped(sought)) return 'dropped';
    if (this.#isModule(sought)) return 'known';
    return (await this.#registry.find(sought)) === undefined ? 'unknown' : 'known';
  }

  async evaluate(requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]> {
    const generation = this.#current!;
    return generation.during(
      dispatch(
        requests,
        {
          find: (sought) => (this.#isModule(sought) ? undefined : this.#registry.find(sought)),
          runnerOf: (kind) => this.#runnerOf(kind),
          modules: generation.prepared,
        },
        onAnswer,
      ),
    );
  }

  async costAtMost({ subject, within, ...sought }: CostQuestion): Promise<number | null> {
    const runnable = this.#isModule(sought) ? undefined : await this.#registry.find(sought);
    const runner = runnable && this.#runnerOf(runnable.evaluator.kind as DefinitionKind);
    if (runnable === undefined || runner?.costAtMost === undefined) return 0;
    return runner.costAtMost({ runnable, subject, within, projectId: sought.projectId });
  }

  useDefinitions(all: readonly DefinedEvaluator[]): void {
    this.#registry.useDefinitions(all);
    const alive = all.flatMap(({ newest, deleted }) => (deleted === null ? [newest.definition] : []));
    for (const [kind, some] of Map.groupBy(alive, (definition) => definition.kind))
      this.#runnerOf(kind)?.expect?.(some.map(({ settings }) => settings));
    this.#tell();
  }

  check(given: Proposed): Promise<Definition | Fault> {
    const { prepared } = this.#current!;
    return checkDefinition(given, {
      parts: this.#parts,
      runnerOf: (kind) => this.#runnerOf(kind),
      modules: prepared.list,
      registry: this.#registry,
    });
  }

  async attempt(work: readonly Work[]): Promise<Result[]> {
    const results: Result[] = [];
    for (const [kind, some] of Map.groupBy(work.entries(), ([, { runnable }]) => runnable.evaluator.kind)) {
      const runner = this.#runnerOf(kind as DefinitionKind);
      await runner?.run(
        some.map(([, one]) => ({ ...one, isTrial: true })),
        (result, index) => (results[some[index]![0]] = result),
      );
    }
    return results;
  }

  reload(): Promise<void> {
    const next = this.#reloading.then(() => this.#reload());
    this.#reloading = next.catch(() => {});
    return next;
  }

  watch(): void {
    this.#stopWatching = watchFolder(this.#settings.folder, async () => {
      if (await this.#current!.changed()) await this.reload();
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWatching();
    this.#listeners.clear();
    await this.#reloading;
    await this.#current?.prepared.close();
    await Promise.all([...this.#runners.values()].map(async (runner) => runner?.close()));
    await Promise.all(this.#retiring);
  }

  async #reload(): Promise<void> {
    if (this.#isClosed) return;
    const old = this.#current;
    const next = await Generation.load(this.#settings, this.#parts, (kind) => this.#runnerOf(kind));
    this.#current = next;
    this.#registry.useFiles(next.files);
    this.#tell();
    if (old === undefined) return;
    const retired = old.retire();
    this.#retiring.add(retired);
    void retired.finally(() => this.#retiring.delete(retired));
  }

  #isModule({ name, version }: Sought): boolean {
    const known = this.#modules.get(name);
    return known !== undefined && (version === undefined || version === known);
  }

  #runnerOf(kind: DefinitionKind): Runner | undefined {
    if (!this.#runners.has(kind)) {
      const defined = DEFINED_KINDS[kind] as DefinedKind<DefinitionKind>;
      this.#runners.set(kind, defined.start?.(this.#parts));
    }
    return this.#runners.get(kind);
  }

  #tell(): void {
    const { prepared, fileProblems } = this.#current!;
    this.#modules = new Map(prepared.list.map(({ name, version }) => [name, version]));
    this.list = [...prepared.list, ...this.#registry.list(this.#modules)].toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    this.problems = [...prepared.problems, ...fileProblems, ...this.#registry.problems(this.#modules)];
    this.known = [...this.list, ...this.#registry.deleted()];
    for (const listener of this.#listeners) listener();
  }
}
