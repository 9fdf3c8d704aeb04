/**
 * Which evaluators there are besides modules: files, and what the store has, of all projects. Older versions are read
 * when somebody asks for them, and kept for a while; a version never changes. Running them is left to evaluators.ts.
 */
import { describeVersion, type Versioned } from '../model/definition.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { DefinedEvaluator } from '../store/definitions.ts';
import type { KindParts, Problem, Runnable } from './kind.ts';
import { DEFINED_KINDS } from './kinds.ts';

/** Reads one version from the store, also of an evaluator that was deleted. */
export type FindVersion = (projectId: string, name: string, version: string) => Promise<Versioned | undefined>;

export interface Sought {
  projectId: string;
  name: string;
  /** Undefined: the newest. */
  version?: string | undefined;
}

/** Evaluators of which jobs may be there. */
export type Known = Pick<Evaluator, 'name' | 'kind' | 'projectId'>;

/** Older versions that are remembered. */
const REMEMBERED = 1000;

export class Registry {
  readonly #findVersion: FindVersion;
  readonly #parts: KindParts;
  #files = new Map<string, Runnable>();
  #defined = new Map<string, DefinedEvaluator>();
  #runnables = new Map<string, Runnable>();
  #faults = new Map<string, string>();
  readonly #older = new Map<string, Promise<Runnable | undefined>>();

  constructor(findVersion: FindVersion, parts: KindParts) {
    this.#findVersion = findVersion;
    this.#parts = parts;
  }

  useFiles(files: readonly Runnable[]): void {
    this.#files = new Map(files.map((one) => [one.evaluator.name, one]));
  }

  useDefinitions(all: readonly DefinedEvaluator[]): void {
    const before = this.#runnables;
    this.#defined = new Map(all.map((one) => [keyOf(one.newest.projectId, one.newest.definition.name), one]));
    this.#runnables = new Map();
    this.#faults = new Map();
    for (const [key, { newest, deleted }] of this.#defined) {
      const versionKey = `${key}\0${newest.version}`;
      // The same as before where it is the same version: kinds remember what they made of it.
      const runnable = before.get(versionKey) ?? runnableOf(newest);
      this.#runnables.set(versionKey, runnable);
      const fault = deleted === null ? this.faultOf(newest) : undefined;
      if (fault !== undefined) this.#faults.set(key, fault);
    }
  }

  /** What is wrong with a version at the moment: something that it needs is not there. */
  faultOf({ definition }: Pick<Versioned, 'definition'>): string | undefined {
    const fault = DEFINED_KINDS[definition.kind].faultOf(definition as never, this.#parts);
    return fault && `${fault.member}: ${fault.message}`;
  }

  /** Newest versions that can be run, without those whose name `taken` has. */
  list(taken: Pick<ReadonlyMap<string, unknown>, 'has'>): Evaluator[] {
    const defined = [...this.#defined].flatMap(([key, { newest, online, deleted }]) => {
      const { name } = newest.definition;
      if (deleted !== null || this.#faults.has(key) || taken.has(name) || this.#files.has(name)) return [];
      return [{ ...this.#runnables.get(`${key}\0${newest.version}`)!.evaluator, managedBy: newest.managedBy, online }];
    });
    const files = [...this.#files.values()].map(({ evaluator }) => evaluator);
    return [...files.filter(({ name }) => !taken.has(name)), ...defined];
  }

  problems(taken: Pick<ReadonlyMap<string, unknown>, 'has'>): Problem[] {
    return [...this.#defined].flatMap(([key, { newest, deleted }]) => {
      const { projectId, definition } = newest;
      if (deleted !== null) return [];
      const isTaken = taken.has(definition.name) || this.#files.has(definition.name);
      const message = isTaken
        ? 'A file of the folder of evaluators has its name, and looks at logs in its place. Rename one of them.'
        : this.#faults.get(key);
      return message === undefined ? [] : [{ file: definition.name, projectId, message }];
    });
  }

  /** Those that were deleted: jobs may still wait for them. */
  deleted(): Known[] {
    return [...this.#defined.values()].flatMap(({ newest: { projectId, definition }, deleted }) =>
      deleted === null ? [] : [{ projectId, name: definition.name, kind: definition.kind }],
    );
  }

  /** Whether the jobs that wait for it are to be dropped. */
  isDropped({ projectId, name }: Sought): boolean {
    return this.#defined.get(keyOf(projectId, name))?.deleted?.waiting === 'drop';
  }

  /** Whether it was deleted, or never was. */
  isGone({ projectId, name }: Sought): boolean {
    const defined = this.#defined.get(keyOf(projectId, name));
    return !this.#files.has(name) && (defined === undefined || defined.deleted !== null);
  }

  /** What runs a job of an evaluator: a file, or a version of the project's own, also where it was deleted. Rejects as the store does. */
  find({ projectId, name, version }: Sought): Runnable | undefined | Promise<Runnable | undefined> {
    const file = this.#files.get(name);
    if (file !== undefined && (version === undefined || version === file.evaluator.version)) return file;
    const key = keyOf(projectId, name);
    const asked = version ?? this.#defined.get(key)?.newest.version;
    if (asked === undefined) return undefined;
    return this.#runnables.get(`${key}\0${asked}`) ?? this.#findOlder(projectId, name, asked);
  }

  #findOlder(projectId: string, name: string, version: string): Promise<Runnable | undefined> {
    const key = `${keyOf(projectId, name)}\0${version}`;
    const known = this.#older.get(key);
    if (known !== undefined) return known;
    const finding = this.#findVersion(projectId, name, version).then((found) => found && runnableOf(found));
    this.#older.set(key, finding);
    const forget = (): void => void this.#older.delete(key);
    // What is not there yet may come.
    finding.then((found) => found ?? forget(), forget);
    if (this.#older.size > REMEMBERED) this.#older.delete(this.#older.keys().next().value!);
    return finding;
  }
}

export function runnableOf(version: Versioned): Runnable {
  return { evaluator: describeVersion(version), settings: version.definition.settings };
}

function keyOf(projectId: string, name: string): string {
  return `${projectId}\0${name}`;
}
