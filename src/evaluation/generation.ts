/** What a folder of evaluators held at one moment; ends when it is replaced and its last evaluation is over. */
import type { DefinitionKind } from '../model/definition.ts';
import type { DefinedKind, FileEvaluators, KindParts, Prepared, Problem, Runnable, Runner } from './kind.ts';
import { DEFINED_KINDS } from './kinds.ts';
import { type ModuleSettings, moduleKind } from './kinds/module.ts';
import { othersAmong } from './others.ts';

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

  /** `found` is what was read; the others what can be run of it, and what is wrong. */
  private constructor(
    prepared: Prepared,
    { found, evaluators, problems }: Files & { found: Files },
    read: () => Promise<Files>,
  ) {
    this.prepared = prepared;
    this.#read = read;
    this.#found = JSON.stringify(found);
    this.fileProblems = [...found.problems, ...problems];
    const taken = new Set(prepared.list.map(({ name }) => name));
    for (const one of evaluators) {
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
    const settled = await settle(found, faults, prepared);
    return new Generation(prepared, { found, ...settled }, read);
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

/** Those that are sound, with what follows from the others, and what is wrong with the rest. */
async function settle({ evaluators }: Files, faults: readonly Problem[], { list }: Prepared): Promise<Files> {
  const broken = new Set(faults.map(({ file }) => file));
  const sound = evaluators.filter(({ file }) => !broken.has(file));
  const settled: Files = { evaluators: [], problems: [...faults] };
  const others = othersAmong(sound, list);
  for (const one of sound) {
    const kind = DEFINED_KINDS[one.evaluator.kind as DefinitionKind] as DefinedKind<DefinitionKind>;
    const definition =
      (await kind.settle?.({ ...one.evaluator, settings: one.settings } as never, others)) ?? one.evaluator;
    if ('member' in definition)
      settled.problems.push({ file: one.file, message: `${definition.member}: ${definition.message}` });
    else if (definition.needsTarget && one.evaluator.online !== null)
      settled.problems.push({
        file: one.file,
        message: 'online: live logs have no target, which it needs. Set online: false.',
      });
    else settled.evaluators.push({ ...one, evaluator: { ...one.evaluator, needsTarget: definition.needsTarget } });
  }
  return settled;
}

async function readFiles(folder: string, parts: KindParts): Promise<Files> {
  const kinds = Object.values(DEFINED_KINDS) as DefinedKind<DefinitionKind>[];
  const found = await Promise.all(kinds.map(async (kind) => kind.readFiles?.(folder, parts)));
  return {
    evaluators: found.flatMap((one) => one?.evaluators ?? []),
    problems: found.flatMap((one) => one?.problems ?? []),
  };
}
