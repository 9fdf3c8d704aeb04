/** Composites over evaluators of files, and over judges whose model answers as its name says. */
import { expect } from 'vitest';
import type { Evaluators } from '../../../src/evaluation/evaluators.ts';
import type { ModelAnswer, ModelCall } from '../../../src/evaluation/model-call.ts';
import { runnableOf } from '../../../src/evaluation/registry.ts';
import type { CompositeSettings, Definition, DefinitionOf } from '../../../src/model/definition.ts';
import type { DefinedEvaluator } from '../../../src/store/definitions.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { compositeDefinition, judgeDefinition } from '../../fixtures/definition.ts';
import { type Files, started } from '../evaluator-folder.ts';

export const OURS = logWith().projectId;

/** A number from 0 to 1 that the model `says <number>` gives, at a tenth of a cent each. */
export const judge = (name: string, says: string): DefinitionOf<'judge'> =>
  judgeDefinition({ name, returns: 'number', range: { min: 0, max: 1 } }, { model: `says ${says}` });

export function defined(definition: Definition, changes: Partial<DefinedEvaluator> = {}): DefinedEvaluator {
  const newest = { projectId: OURS, version: '1', managedBy: 'api', createdAtMs: 1, definition } as const;
  return { newest, online: null, createdAtMs: 1, changedAtMs: 1, deleted: null, ...changes };
}

export interface Composing {
  evaluators: Evaluators;
  /** Models that were asked, in order. */
  asked: string[];
  /** What a model's next calls are answered with, before what its name says. */
  answers: Map<string, ModelAnswer[]>;
}

export async function composing(definitions: readonly Definition[], files: Files = {}): Promise<Composing> {
  const asked: string[] = [];
  const answers = new Map<string, ModelAnswer[]>();
  const callModel = async ({ body }: ModelCall): Promise<ModelAnswer> => {
    const { model } = JSON.parse(Buffer.from(body).toString()) as { model: string };
    asked.push(model);
    const says = model.replace('says ', '');
    const content = `{"reason":"Heard.","verdict":${says}}`;
    const answer = {
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
    };
    const headers = { 'content-type': 'application/json' };
    return answers.get(model)?.shift() ?? { status: 200, headers, body: Buffer.from(JSON.stringify(answer)) };
  };
  const evaluators = await started(files, { models: { upstreams: new Map([['openai', 'openai']]), callModel } });
  evaluators.useDefinitions(definitions.map((one) => defined(one)));
  return { evaluators, asked, answers };
}

/** What comes of the composite `triage`. */
export async function triage(
  { evaluators }: Pick<Composing, 'evaluators'>,
  steps: CompositeSettings['steps'],
  changes: Partial<DefinitionOf<'composite'>> = {},
) {
  const checked = await evaluators.check({ definition: compositeDefinition(steps, changes), projectId: OURS });
  expect(checked).not.toHaveProperty('member');
  const runnable = runnableOf({ ...defined(checked as Definition).newest, definition: checked as Definition });
  const [result] = await evaluators.attempt([{ runnable, subject: logWith() }]);
  return result!.outcome;
}
