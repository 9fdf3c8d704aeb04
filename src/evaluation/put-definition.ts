/** Takes over a definition that somebody gives: checks it as its kind does, then has it stored. Who may give it is the caller's business. */
import { type Definition, definitionSchema, type GivenDefinition } from '../model/definition.ts';
import type { Online } from '../model/evaluator.ts';
import type { DefinitionStore, PutOptions } from '../store/definitions.ts';
import type { Proposed } from './check.ts';
import type { Fault } from './kind.ts';

/** Evaluators of one project. */
export const MOST_EVALUATORS = 500;

export interface Put {
  definition: Definition;
  online: Online | null;
  version: string;
  isNew: boolean;
}

export interface PutParts {
  definitions: Pick<DefinitionStore, 'find' | 'put'>;
  check(proposed: Proposed): Promise<Definition | Fault>;
}

/** What was stored, or what is wrong with it, or why the store refused. */
export async function putDefinition(
  { online, ...given }: GivenDefinition,
  { definitions, ...parts }: PutParts,
  { projectId, ...options }: { projectId: string } & Pick<PutOptions, 'managedBy' | 'nowMs'>,
): Promise<Put | Fault | { refused: 'managed' | 'full' }> {
  const checked = await parts.check({ definition: definitionSchema.parse(given), projectId });
  if ('member' in checked) return checked;
  const { name, needsTarget } = checked;
  const rule = online === undefined ? ((await definitions.find(projectId, name))?.online ?? null) : online;
  if (needsTarget && rule !== null) return onlineWithoutTarget(name, online === undefined);
  const put = await definitions.put(projectId, checked, { ...options, online: rule, most: MOST_EVALUATORS });
  return 'refused' in put ? put : { ...put, definition: checked, online: rule };
}

/** Why an evaluator that compares with a target cannot look at live logs. */
export function onlineWithoutTarget(name: string, wasOnline: boolean): Fault {
  const why = `"${name}" compares with a target, which live logs do not have`;
  const advice = wasOnline ? 'It looks at live logs so far: put it with "online": null' : 'Leave it out';
  return { member: 'online', message: `${why}. ${advice}, and run it over a dataset.` };
}
