/** Projects as gradeway.yaml names them. They come into being with their first key. */
import { DEFAULT_PROJECT, type Store } from '../store/store.ts';

/** Name -> id. */
export async function projectsByName({ keys }: Pick<Store, 'keys'>): Promise<Map<string, string>> {
  const projects = new Map<string, string>([[DEFAULT_PROJECT.name, DEFAULT_PROJECT.id]]);
  for (const { project, projectId } of await keys.list()) projects.set(project, projectId);
  return projects;
}

export function unknownProject(name: string): string {
  return `there is no project "${name}". Create a key for it first: gradeway keys create --project ${name}.`;
}
