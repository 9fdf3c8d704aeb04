/** Whether a definition can be taken, asked before it is put or tried: by its kind, by trying, and among the evaluators that there are. */
import type { Definition, DefinitionKind } from '../model/definition.ts';
import type { DefinedKind, Fault, Runner } from './kind.ts';
import { DEFINED_KINDS } from './kinds.ts';
import { othersOf, type OthersOptions } from './others.ts';

export interface Proposed {
  definition: Definition;
  /** Whose it will be. */
  projectId: string;
  /** Others of the same project that are put together with it, each as it was given. */
  beside?: readonly Definition[] | undefined;
}

export interface CheckParts extends Pick<OthersOptions, 'parts' | 'modules' | 'registry'> {
  runnerOf(kind: DefinitionKind): Runner | undefined;
}

/** The definition as it is to be stored, or what is wrong with it. Rejects with `draining`, and as the store does. */
export async function checkDefinition(
  { definition, projectId, beside = [] }: Proposed,
  { parts, modules, registry, ...more }: CheckParts,
): Promise<Definition | Fault> {
  const kind = DEFINED_KINDS[definition.kind] as DefinedKind<DefinitionKind>;
  const fault = kind.faultOf(definition, parts);
  if (fault) return fault;
  const [found] = (await more.runnerOf(definition.kind)?.check?.([definition.settings])) ?? [];
  if (found) return found;
  const completed = kind.complete?.(definition) ?? definition;
  return kind.settle?.(completed, othersOf({ projectId, beside, parts, modules, registry })) ?? completed;
}
