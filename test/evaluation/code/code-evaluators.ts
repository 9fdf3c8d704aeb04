/** Evaluators of the kind `code` for one test. */
import { onTestFinished } from 'vitest';
import type { EvaluationRequest, Prepared } from '../../../src/evaluation/kind.ts';
import { codeKind } from '../../../src/evaluation/kinds/code.ts';
import { definitionSchema, type DefinitionOf, type Versioned } from '../../../src/model/definition.ts';
import type { Log } from '../../../src/model/log.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { logWith } from '../../evaluators/log-with.ts';

export const PROJECT = logWith().projectId;

export function code(
  language: 'python' | 'javascript',
  source: string,
  more: Record<string, unknown> = {},
): DefinitionOf<'code'> {
  const given = {
    name: 'one',
    returns: 'boolean',
    deadlineMs: 2000,
    kind: 'code',
    ...more,
    settings: { language, source },
  };
  return definitionSchema.parse(given) as DefinitionOf<'code'>;
}

export function versioned(definition: DefinitionOf<'code'>, version = '1', projectId = PROJECT): Versioned<'code'> {
  return { projectId, version, managedBy: 'api', createdAtMs: 0, definition };
}

export async function prepared(definitions: Versioned<'code'>[]): Promise<Prepared> {
  const evaluators = await codeKind.prepare({}, definitions);
  onTestFinished(() => evaluators.close());
  return evaluators;
}

/** What comes of one evaluator on each of these logs. */
export async function outcomes(definition: DefinitionOf<'code'>, logs: Log[] = [logWith()]): Promise<Outcome[]> {
  const evaluators = await prepared([versioned(definition)]);
  const requests: EvaluationRequest[] = logs.map((subject, index) => ({
    id: String(index),
    subject,
    evaluators: [definition.name],
  }));
  return (await evaluators.evaluate(requests)).map(({ outcome }) => outcome);
}

/** What comes of each of these evaluators on one log. They share children, never guests. */
export async function outcomesOfAll(definitions: DefinitionOf<'code'>[], subject = logWith()): Promise<Outcome[]> {
  const evaluators = await codeKind.prepare(
    {},
    definitions.map((one) => versioned(one)),
  );
  try {
    const names = definitions.map(({ name }) => name);
    return (await evaluators.evaluate([{ id: 'x', subject, evaluators: names }])).map(({ outcome }) => outcome);
  } finally {
    await evaluators.close();
  }
}

/** All of them with GRADEWAY_ATTACKS=all, else one in some: an interpreter each, or a deadline each, adds up. */
export function sampled<Of>(all: readonly Of[], oneIn: number): Of[] {
  return process.env['GRADEWAY_ATTACKS'] === 'all' ? [...all] : all.filter((_, index) => index % oneIn === 0);
}
