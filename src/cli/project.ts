/** Which project a command is about. */
import { Option } from 'commander';
import { GatewayError } from '../errors.ts';
import { DEFAULT_PROJECT, type Store } from '../store/store.ts';

export function projectOption(): Option {
  return new Option('--project <name>', 'project that it is about').default(DEFAULT_PROJECT.name);
}

/** Projects come into being with their first key, all but the one that is always there. Throws `invalid_setting`. */
export async function projectIdOf(store: Pick<Store, 'keys'>, name: string): Promise<string> {
  if (name === DEFAULT_PROJECT.name) return DEFAULT_PROJECT.id;
  const key = (await store.keys.list()).find(({ project }) => project === name);
  if (key !== undefined) return key.projectId;
  throw new GatewayError('invalid_setting', {
    message: `There is no project ${JSON.stringify(name)}. gradeway keys list shows the projects.`,
  });
}
