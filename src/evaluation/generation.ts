/** What a folder of evaluators held at one moment; ends when it is replaced and its last evaluation is over. */
import type { DefinitionKind } from '../model/definition.ts';
import type { DefinedKind, FileEvaluators, KindParts, Prepared, Problem, Runnable, Runner } from './kind.ts';
import { DEFINED_KINDS } from './kinds.ts';
import { type ModuleSettings, moduleKind } from './kinds/module.ts';

type Files = FileEvaluators<DefinitionKind>;

export class Generation {
  /** Modules, run by processes that live as long as this. */
  readonly prepared: Prepared;
  /** Files of all other kinds, whose runners live on. */
  readonly files: Runnable[] = [];
  readonly fileProblems: Problem[];
  readonly #read: () => Promise<Files>;
  readonly #found: string;
  readonly #running = new Set<Promise<unknown>>();

  private constructor(prepared: Prepared, found: Files, faults: readonly Problem[], read: () => Promise<Files>) {
    this.prepared = prepared;
    this.#read = read;
    this.#found = JSON.stringify(found);
    this.fileProblems = [...found.problems, ...faults];
    const broken = new Set(faults.map(({ file }) => file));
    const taken = new Set(prepared.list.map(({ name }) => name));
    for (const one of found.evaluators.filter(({ file }) => !broken.has(file))) {
      const { name } = one.evaluator;
      if (taken.has(name))
        this.fileProblems.push({
          file: name,
          message: `There are two evaluators "${name}" of different kinds. Rename one of them.`,
        });
      else this.files.push(one);
      taken.add(name);
    }
  }

  /** Rejects with `invalid_evaluator` where there is no such folder, and with `draining`. */
  static async load(
    settings: ModuleSettings,
    parts: KindParts,
    runnerOf: (kind: DefinitionKind) => Runner | undefined,
  ): Promise<Generation> {
    const read = (): Promise<Files> => readFiles(settings.folder, parts);
    const [prepared, [found, faults]] = await allOf(
      moduleKind.prepare(settings, undefined),
      read().then(async (files) => [files, await faultsOf(files, runnerOf)] as const),
    );
    return new Generation(prepared, found, faults, read);
  }

  async changed(): Promise<boolean> {
    return (await this.prepared.changed()) || JSON.stringify(await this.#read()) !== this.#found;
  }

  /** Keeps it from ending before this has. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.#running.add(work);
    try {
      return await work;
    } finally {
      this.#running.delete(work);
    }
  }

  async retire(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.prepared.close();
  }
}

/** Both; where the others fail, the modules are closed. */
async function allOf<Others>(modules: Promise<Prepared>, others: Promise<Others>): Promise<[Prepared, Others]> {
  const [prepared, rest] = await Promise.allSettled([modules, others]);
  if (prepared.status === 'rejected') throw prepared.reason;
  if (rest.status === 'fulfilled') return [prepared.value, rest.value];
  await prepared.value.close();
  throw rest.reason;
}

/** Files with which something is wrong that takes trying to find out. */
async function faultsOf(
  { evaluators }: Files,
  runnerOf: (kind: DefinitionKind) => Runner | undefined,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [kind, some] of Map.groupBy(evaluators, ({ evaluator }) => evaluator.kind as DefinitionKind)) {
    const faults = await runnerOf(kind)?.check?.(some.map(({ settings }) => settings));
    for (const [index, fault] of (faults ?? []).entries())
      if (fault) problems.push({ file: some[index]!.file, message: fault.message });
  }
  return problems;
}

async function readFiles(folder: string, parts: KindParts): Promise<Files> {
  const kinds = Object.values(DEFINED_KINDS) as DefinedKind<DefinitionKind>[];
  const found = await Promise.all(kinds.map(async (kind) => kind.readFiles?.(folder, parts)));
  return {
    evaluators: found.flatMap((one) => one?.evaluators ?? []),
    problems: found.flatMap((one) => one?.problems ?? []),
  };
}
