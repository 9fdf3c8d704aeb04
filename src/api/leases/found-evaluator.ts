/** The evaluator that a path names, and its version that shall look: for routes that are for evaluators of one kind. */
import { GatewayError } from '../../errors.ts';
import type { Definition, DefinitionKind, DefinitionOf, Versioned } from '../../model/definition.ts';
import type { ApiParts } from '../route.ts';

export interface Named {
  projectId: string;
  name: string;
}

type Parts = { store: Pick<ApiParts['store'], 'definitions' | 'jobs'> };

/** Its newest version; of a deleted one too, while jobs of it are left to be finished. Throws `not_found`, also for another kind. */
export async function foundEvaluator<Kind extends DefinitionKind>(
  { store }: Parts,
  named: Named,
  kind: Kind,
): Promise<Versioned<Kind>> {
  const { projectId, name } = named;
  const newest = (await store.definitions.find(projectId, name))?.newest ?? (await leftOver({ store }, named));
  if (newest === undefined) throw new GatewayError('not_found', { message: `There is no evaluator ${name}.` });
  return ofKind(newest, kind);
}

/** The version that was to look when the job was taken. Throws `not_found`. */
export async function foundVersion<Kind extends DefinitionKind>(
  { store }: Parts,
  { projectId, name, version }: Named & { version: string },
  kind: Kind,
): Promise<Versioned<Kind>> {
  const found = await store.definitions.findVersion(projectId, name, version);
  if (found === undefined)
    throw new GatewayError('not_found', { message: `There is no version ${version} of ${name}.` });
  return ofKind(found, kind);
}

function ofKind<Kind extends DefinitionKind>(found: Versioned, kind: Kind): Versioned<Kind> {
  const { definition } = found;
  const isOne = (one: Definition): one is DefinitionOf<Kind> => one.kind === kind;
  if (isOne(definition)) return { ...found, definition };
  const message = `${definition.name} is of kind ${definition.kind}, and this is for kind ${kind}.`;
  throw new GatewayError('not_found', { message });
}

async function leftOver({ store }: Parts, { projectId, name }: Named): Promise<Versioned | undefined> {
  const [last] = await store.definitions.versions(projectId, name);
  if (last === undefined) return undefined;
  const { waiting, deferred, leased } = await store.jobs.queue(projectId, name, Date.now(), 0);
  return waiting + deferred + leased === 0 ? undefined : store.definitions.findVersion(projectId, name, last.version);
}
