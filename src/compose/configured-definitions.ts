/**
 * Evaluators of gradeway.yaml: put into the store at the start, where their versions are kept as those of the API are. Those that
 * do not stand there any more are deleted, and what waits for them finishes. A process whose file says nothing of evaluators
 * leaves them as they are: a worker need not have the gateway's file.
 */
import { type Problem, settingsError } from '../config/problem.ts';
import type { Logger } from '../diagnostics.ts';
import { putDefinition, type PutParts } from '../evaluation/put-definition.ts';
import type { ConfiguredDefinition, Definition } from '../model/definition.ts';
import type { Store } from '../store/store.ts';
import type { Evaluation } from './evaluation.ts';
import { projectsByName, unknownProject } from './projects-by-name.ts';

export interface ConfiguredDefinitionsOptions {
  store: Pick<Store, 'definitions' | 'keys'>;
  configured: readonly ConfiguredDefinition[] | undefined;
  evaluation: Pick<Evaluation, 'check' | 'evaluators'>;
  logger: Pick<Logger, 'warn' | 'info'>;
  nowMs: number;
}

/** Throws `invalid_setting` for one that cannot be; where the store does not answer it is only warned of. */
export async function applyConfiguredDefinitions(options: ConfiguredDefinitionsOptions): Promise<void> {
  const { store, configured, logger } = options;
  if (configured === undefined) return;
  try {
    const projects = await projectsByName(store);
    const problems = await problemsOf(configured, options.evaluation, projects);
    if (problems.length > 0) throw settingsError(problems);
    await removeOthers(options, configured, projects);
    await putAll(options, configured, projects);
  } catch (error) {
    if ((error as { code?: string }).code !== 'store_unavailable') throw error;
    logger.warn({ err: error }, 'evaluators of gradeway.yaml could not be put; those known so far are run');
  }
}

async function problemsOf(
  configured: readonly ConfiguredDefinition[],
  evaluation: ConfiguredDefinitionsOptions['evaluation'],
  projects: ReadonlyMap<string, string>,
): Promise<Problem[]> {
  const files = new Set(evaluation.evaluators.filter(({ projectId }) => projectId === null).map(({ name }) => name));
  const problems: Problem[] = [];
  for (const { project, online: _online, ...definition } of configured) {
    const at = placeOf(definition.name);
    if (files.has(definition.name)) {
      problems.push({ at, message: 'a file of the folder of evaluators has its name. Rename one of them.' });
      continue;
    }
    const projectId = projects.get(project);
    if (projectId === undefined) {
      problems.push({ at, message: unknownProject(project) });
      continue;
    }
    const checked = await evaluation.check({ definition, projectId, beside: besideOf(project, configured) });
    if ('member' in checked) problems.push({ at, message: `${checked.member}: ${checked.message}` });
  }
  return problems;
}

async function putAll(
  { store, evaluation, logger, nowMs }: ConfiguredDefinitionsOptions,
  configured: readonly ConfiguredDefinition[],
  projects: ReadonlyMap<string, string>,
): Promise<void> {
  for (const { project, ...given } of configured) {
    const projectId = projects.get(project)!;
    const beside = besideOf(project, configured);
    const check: PutParts['check'] = (proposed) => evaluation.check({ ...proposed, beside });
    const before = await store.definitions.find(projectId, given.name);
    if (before?.newest.managedBy === 'api')
      logger.info(`${placeOf(given.name)} takes the place of the evaluator that the API was given by this name`);
    const done = await putDefinition(
      given,
      { definitions: store.definitions, check },
      { projectId, managedBy: 'config', nowMs },
    );
    if ('member' in done)
      throw settingsError([{ at: placeOf(given.name), message: `${done.member}: ${done.message}` }]);
    if ('refused' in done)
      logger.warn(`${placeOf(given.name)}: its project has as many evaluators as it may. Delete one first.`);
  }
}

async function removeOthers(
  { store, nowMs }: ConfiguredDefinitionsOptions,
  configured: readonly ConfiguredDefinition[],
  projects: ReadonlyMap<string, string>,
): Promise<void> {
  const kept = new Set(configured.map(({ project, name }) => JSON.stringify([projects.get(project), name])));
  for (const { newest, deleted } of await store.definitions.all()) {
    const { projectId, managedBy, definition } = newest;
    if (managedBy !== 'config' || deleted !== null || kept.has(JSON.stringify([projectId, definition.name]))) continue;
    await store.definitions.remove(projectId, definition.name, { managedBy, waiting: 'finish', nowMs });
  }
}

/** All of one project, as they are checked. */
function besideOf(project: string, configured: readonly ConfiguredDefinition[]): Definition[] {
  return configured.flatMap(({ project: of, online: _online, ...definition }) => (of === project ? [definition] : []));
}

function placeOf(name: string): string {
  return `gradeway.yaml, evaluator ${name}`;
}
