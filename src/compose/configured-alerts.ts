/**
 * Alerts of gradeway.yaml: put into the store at the start, since where they stand has to outlive the process. Those that do not
 * stand there any more are removed. Until it is applied anew, the store has what the last process that started was given.
 */
import { randomBytes } from 'node:crypto';
import type { ConfiguredAlert } from '../config/alerts.ts';
import { type Problem, settingsError } from '../config/problem.ts';
import type { Logger } from '../diagnostics.ts';
import { MOST_ALERTS } from '../model/alert.ts';
import { newId } from '../model/id.ts';
import type { AddressPolicy } from '../outbound/address-policy.ts';
import type { Store } from '../store/store.ts';
import { destinationProblem } from '../webhooks/destination.ts';
import { projectsByName, unknownProject } from './projects-by-name.ts';

export interface ConfiguredAlertsOptions {
  store: Pick<Store, 'alerts' | 'keys' | 'retention'>;
  configured: readonly ConfiguredAlert[];
  /** Where alerts may lead. */
  policy: AddressPolicy;
  logger: Pick<Logger, 'warn'>;
  nowMs: number;
}

/** Throws `invalid_setting` for one whose destination or project cannot be; where the store does not answer it is only warned of. */
export async function applyConfiguredAlerts(options: ConfiguredAlertsOptions): Promise<void> {
  const { store, configured, policy, logger } = options;
  const problems = configured.flatMap(({ name, destination }): Problem[] => {
    const problem = destinationProblem(destination, policy);
    return problem === undefined ? [] : [{ at: placeOf(name), message: problem }];
  });
  if (problems.length > 0) throw settingsError(problems);
  try {
    const projects = await projectsByName(store);
    for (const { name, project } of configured)
      if (!projects.has(project)) problems.push({ at: placeOf(name), message: unknownProject(project) });
    if (problems.length > 0) throw settingsError(problems);
    await removeOthers(options, projects);
    for (const { project, ...spec } of configured) {
      const put = { id: newId(options.nowMs), hmacKey: randomBytes(32).toString('hex'), managedBy: 'config' } as const;
      const done = await store.alerts.put(projects.get(project)!, spec, {
        ...put,
        most: MOST_ALERTS,
        nowMs: options.nowMs,
      });
      if ('refused' in done)
        logger.warn(
          `${placeOf(spec.name)}: its project has ${MOST_ALERTS} alerts, as many as it may. Delete one first.`,
        );
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'store_unavailable') throw error;
    logger.warn({ err: error }, 'alerts of gradeway.yaml could not be put; those known so far are checked');
  }
}

async function removeOthers(
  { store, configured }: Pick<ConfiguredAlertsOptions, 'store' | 'configured'>,
  projects: ReadonlyMap<string, string>,
): Promise<void> {
  const kept = new Set(configured.map(({ project, name }) => JSON.stringify([projects.get(project), name])));
  for (const { projectId } of await store.retention.list())
    for (const { spec, managedBy } of await store.alerts.list(projectId))
      if (managedBy === 'config' && !kept.has(JSON.stringify([projectId, spec.name])))
        await store.alerts.remove(projectId, spec.name, 'config');
}

function placeOf(name: string): string {
  return `gradeway.yaml, alert ${name}`;
}
