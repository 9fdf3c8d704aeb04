/** The evaluators that a project has, as kinds see them whose work is done by others. */
import type { Definition, DefinitionKind } from '../model/definition.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { DefinedKind, KindParts, Other, Others, Runnable } from './kind.ts';
import { DEFINED_KINDS, EXECUTES } from './kinds.ts';
import { type Registry, runnableOf } from './registry.ts';

export interface OthersOptions {
  projectId: string;
  /** Definitions that are put together with the one that asks; names that they have are theirs. */
  beside: readonly Definition[];
  parts: KindParts;
  modules: readonly Evaluator[];
  registry: Pick<Registry, 'find' | 'isGone' | 'list'>;
}

/** Those of a project. */
export function othersOf({ projectId, beside, parts, modules, registry }: OthersOptions): Others {
  return {
    async find(name, version) {
      const module = modules.find((one) => one.name === name && (version === undefined || version === one.version));
      if (module !== undefined) return { evaluator: module };
      const given = beside.find((one) => one.name === name);
      if (given !== undefined && version === undefined) return otherOf(runnableGiven(projectId, given, parts));
      if (given === undefined && registry.isGone({ projectId, name })) return undefined;
      const found = await registry.find({ projectId, name, version });
      // What stood in gradeway.yaml and is not among those that are put now is about to be deleted.
      const isLeaving = beside.length > 0 && given === undefined && found?.evaluator.managedBy === 'config';
      return found && !isLeaving ? otherOf(found) : undefined;
    },
    names: () => {
      const known = registry.list(new Map()).filter((one) => one.projectId === null || one.projectId === projectId);
      return [...new Set([...modules, ...beside, ...known].map(({ name }) => name))].toSorted();
    },
  };
}

/** Files alone. */
export function othersAmong(files: readonly Runnable[], modules: readonly Evaluator[]): Others {
  const all = [...modules.map((evaluator): Other => ({ evaluator })), ...files.map(otherOf)];
  return {
    // oxlint-disable-next-line typescript/require-await -- elsewhere it is asked of the store.
    find: async (name, version) =>
      all.find(({ evaluator: one }) => one.name === name && (version === undefined || version === one.version)),
    names: () => all.map(({ evaluator }) => evaluator.name).toSorted(),
  };
}

function otherOf({ evaluator, settings }: Runnable): Other {
  const { kind } = evaluator;
  if (EXECUTES[kind] === 'never') return { evaluator, settings, outlasts: `it is worked on elsewhere (${kind})` };
  return { evaluator, settings, outlasts: kindOf(kind as DefinitionKind).outlasts?.(settings) };
}

function runnableGiven(projectId: string, given: Definition, parts: KindParts): Runnable {
  const kind = kindOf(given.kind);
  const isSound = kind.faultOf(given, parts) === undefined;
  const definition = isSound ? (kind.complete?.(given) ?? given) : given;
  return runnableOf({ projectId, version: 'newest', managedBy: 'config', createdAtMs: 0, definition });
}

function kindOf(kind: DefinitionKind): DefinedKind<DefinitionKind> {
  return DEFINED_KINDS[kind] as DefinedKind<DefinitionKind>;
}
