/** What a folder of evaluators held at one moment; ends when it is replaced and its last evaluation is over. */
import type { DefinitionKind } from '../model/definition.ts';
import { combine } from './combine.ts';
import type { DefinedKind, FileEvaluators, KindParts, Prepared, Problem, Runnable } from './kind.ts';
import { DEFINED_KINDS } from './kinds.ts';
import { codeKind } from './kinds/code.ts';
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

  private constructor(prepared: Prepared, found: Files, read: () => Promise<Files>) {
    this.prepared = prepared;
    this.#read = read;
    this.#found = JSON.stringify(found);
    this.fileProblems = [...found.problems];
    const taken = new Set(prepared.list.map(({ name }) => name));
    for (const one of found.evaluators) {
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

  /** Rejects with `invalid_evaluator` where there is no such folder. */
  static async load(settings: ModuleSettings, parts: KindParts): Promise<Generation> {
    const { folder } = settings;
    const read = (): Promise<Files> => readFiles(folder, parts);
    const prepared = await allOf([moduleKind.prepare(settings, undefined), codeKind.prepare({ folder }, [])]);
    return new Generation(combine(prepared), await read(), read);
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

/** All of them; where one cannot be prepared, the others are closed. */
async function allOf(preparing: Promise<Prepared>[]): Promise<[Prepared, ...Prepared[]]> {
  const all = await Promise.allSettled(preparing);
  const failed = all.find((one) => one.status === 'rejected');
  const prepared = all.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  if (!failed) return prepared as [Prepared, ...Prepared[]];
  await Promise.all(prepared.map((one) => one.close()));
  throw failed.reason;
}

async function readFiles(folder: string, parts: KindParts): Promise<Files> {
  const kinds = Object.values(DEFINED_KINDS) as DefinedKind<DefinitionKind>[];
  const found = await Promise.all(kinds.map(async (kind) => kind.readFiles?.(folder, parts)));
  return {
    evaluators: found.flatMap((one) => one?.evaluators ?? []),
    problems: found.flatMap((one) => one?.problems ?? []),
  };
}
