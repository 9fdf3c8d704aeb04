/** Evaluators in gradeway.yaml: a list under `evaluators`, each as the API takes it, with the project that it is of. */
import { type ConfiguredDefinition, configuredDefinitionSchema } from '../model/definition.ts';
import type { SettingsFile } from './file.ts';
import { readNamedList } from './named-list.ts';
import type { Problem } from './problem.ts';

const MOST_CONFIGURED = 1000;

/** What is wrong with them is added to `problems`. Undefined where the file does not say that it defines any. */
export function readDefinitions(
  { definitions }: SettingsFile,
  problems: Problem[],
): ConfiguredDefinition[] | undefined {
  if (definitions === undefined) return undefined;
  const list = {
    section: 'evaluators',
    one: 'evaluator',
    schema: configuredDefinitionSchema,
    most: MOST_CONFIGURED,
    key: ({ project, name }: ConfiguredDefinition): string => JSON.stringify([project, name]),
  };
  return readNamedList(definitions, list, problems);
}
