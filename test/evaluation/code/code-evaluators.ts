/** Evaluators of the kind `code` for one test. */
import { onTestFinished } from 'vitest';
import type { Result, Runnable, Work } from '../../../src/evaluation/kind.ts';
import { CodeRunner } from '../../../src/evaluation/kinds/code/runner.ts';
import { runnableOf } from '../../../src/evaluation/registry.ts';
import { definitionSchema, type DefinitionOf } from '../../../src/model/definition.ts';
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

export function runnable(definition: DefinitionOf<'code'>, projectId = PROJECT): Runnable<'code'> {
  return runnableOf({ projectId, version: '1', managedBy: 'api', createdAtMs: 0, definition }) as Runnable<'code'>;
}

/** What comes of each piece of work, in order. */
export async function resultsOf(runner: CodeRunner, work: readonly Work<'code'>[]): Promise<Result[]> {
  const results: Result[] = [];
  await runner.run(work, (result, index) => (results[index] = result));
  return results;
}

/** What comes of one evaluator on each of these logs. */
export async function outcomes(definition: DefinitionOf<'code'>, logs: Log[] = [logWith()]): Promise<Outcome[]> {
  const runner = new CodeRunner();
  onTestFinished(() => runner.close());
  const one = runnable(definition);
  const results = await resultsOf(
    runner,
    logs.map((subject) => ({ runnable: one, subject })),
  );
  return results.map(({ outcome }) => outcome);
}

/** What comes of each of these evaluators on one log. They share children, never guests. */
export async function outcomesOfAll(definitions: DefinitionOf<'code'>[], subject = logWith()): Promise<Outcome[]> {
  const runner = new CodeRunner();
  try {
    const work = definitions.map((one) => ({ runnable: runnable(one), subject }));
    return (await resultsOf(runner, work)).map(({ outcome }) => outcome);
  } finally {
    await runner.close();
  }
}

/** All of them with GRADEWAY_ATTACKS=all, else one in some: an interpreter each, or a deadline each, adds up. */
export function sampled<Of>(all: readonly Of[], oneIn: number): Of[] {
  return process.env['GRADEWAY_ATTACKS'] === 'all' ? [...all] : all.filter((_, index) => index % oneIn === 0);
}
