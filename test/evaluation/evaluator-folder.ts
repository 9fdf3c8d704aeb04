/** A folder of evaluator files for one test, and their evaluation on one log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type EvaluatorOptions, type Evaluators, startEvaluators } from '../../src/evaluation/evaluators.ts';
import type { Log } from '../../src/model/log.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { logWith } from '../evaluators/log-with.ts';

/** File name -> content. */
export type Files = Record<string, string>;

export function evaluatorFolder(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-evaluators-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
  return folder;
}

export async function started(files: Files, options: Partial<EvaluatorOptions> = {}): Promise<Evaluators> {
  const evaluators = await startEvaluators({ folder: evaluatorFolder(files), watch: false, ...options });
  onTestFinished(() => evaluators.close());
  return evaluators;
}

/** Outcomes by evaluator, of one log and all evaluators. */
export async function outcomesOn(evaluators: Evaluators, log: Log = logWith()): Promise<Record<string, Outcome>> {
  const names = evaluators.list.map(({ name }) => name);
  const answers = await evaluators.evaluate([{ id: log.id, subject: log, evaluators: names }]);
  return Object.fromEntries(answers.map(({ evaluator, outcome }) => [evaluator, outcome]));
}

/** The source of an evaluator with this body. */
export function evaluating(body: string, returns = 'boolean', more = ''): string {
  return `export default { returns: '${returns}', ${more} evaluate(log, datapoint) { ${body} } };`;
}

/** The source of an async one. */
export function evaluatingAsync(body: string, more = ''): string {
  return `export default { returns: 'boolean', ${more} async evaluate(log, datapoint) { ${body} } };`;
}
