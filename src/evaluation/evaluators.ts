/**
 * All evaluators of this process, and their life: started from a folder, replaced as a whole when a file changes, closed.
 * Evaluations that have begun end with the version they began with.
 */
import type { Evaluator, EvaluatorKind } from '../model/evaluator.ts';
import type { Evaluated, EvaluationRequest, Kind, OnAnswer, Prepared, Problem } from './kind.ts';
import { combine } from './combine.ts';
import { codeKind } from './kinds/code.ts';
import { judgeKind } from './kinds/judge.ts';
import { type ModuleSettings, moduleKind } from './kinds/module.ts';
import type { ModelAccess } from './model-call.ts';
import { watchFolder } from './watch-folder.ts';

export type { Evaluated, EvaluationRequest, Problem } from './kind.ts';

export interface Evaluators {
  /** Those that can run, by name. */
  readonly list: Evaluator[];
  /** Files that cannot, and why. */
  readonly problems: Problem[];
  /**
   * One answer for each evaluator of each request, in order. `onAnswer` hears of each that had to be waited for as soon
   * as it is there, by its place among all. Never rejects but with `draining`, after `close`.
   */
  evaluate(requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]>;
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
};

/** Where the work of each kind is done. External results and people's come over the API: no job of theirs is claimed here. */
const EXECUTES: Record<EvaluatorKind, Kind<unknown>['executes']> = {
  module: moduleKind.executes,
  code: codeKind.executes,
  judge: judgeKind.executes,
  webhook: 'call',
  composite: 'call',
  external: 'never',
  human: 'never',
};

/** Whose jobs are run by processes of ours, and whose wait for calls. What nobody knows any more is only to be ended. */
export function shareOut(
  evaluators: readonly Pick<Evaluator, 'name' | 'kind'>[],
  withJobs: readonly string[],
): { run: string[]; call: string[] } {
  const known = new Set(evaluators.map(({ name }) => name));
  const orphans = withJobs.filter((name) => !known.has(name));
  const of = (where: Kind<unknown>['executes']): string[] =>
    evaluators.filter(({ kind }) => EXECUTES[kind] === where).map(({ name }) => name);
  return { run: [...of('process'), ...orphans], call: of('call') };
}

/** Loads a folder of evaluators. Rejects with `invalid_evaluator` where there is no such folder. */
export async function startEvaluators({
  watch: watching = true,
  models,
  ...options
}: EvaluatorOptions): Promise<Evaluators> {
  const settings = moduleKind.settings.parse(options);
  const prepare = async (): Promise<Prepared> => {
    const { folder } = settings;
    return combine(
      await allOf([
        moduleKind.prepare(settings, undefined),
        codeKind.prepare({ folder }, []),
        ...(models ? [judgeKind.prepare({ folder }, models)] : []),
      ]),
    );
  };
  let current = new Generation(await prepare());
  const listeners = new Set<() => void>();
  const retiring = new Set<Promise<void>>();
  let closed = false;
  let reloading: Promise<void> = Promise.resolve();

  const reload = (): Promise<void> => {
    const next = reloading.then(async () => {
      if (closed) return;
      const old = current;
      current = new Generation(await prepare());
      for (const listener of listeners) listener();
      const retired = old.retire();
      retiring.add(retired);
      void retired.finally(() => retiring.delete(retired));
    });
    reloading = next.catch(() => {});
    return next;
  };
  const stopWatching = watching
    ? watchFolder(settings.folder, async () => {
        if (await current.prepared.changed()) await reload();
      })
    : () => {};

  return {
    get list() {
      return current.prepared.list;
    },
    get problems() {
      return current.prepared.problems;
    },
    evaluate: (requests, onAnswer) => current.evaluate(requests, onAnswer),
    reload,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      stopWatching();
      listeners.clear();
      await reloading;
      await current.prepared.close();
      await Promise.all(retiring);
    },
  };
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

/** What was loaded at one moment; ends when it is replaced and its last evaluation is over. */
class Generation {
  readonly prepared: Prepared;
  #running = new Set<Promise<unknown>>();

  constructor(prepared: Prepared) {
    this.prepared = prepared;
  }

  async evaluate(requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]> {
    const work = this.prepared.evaluate(requests, onAnswer);
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
