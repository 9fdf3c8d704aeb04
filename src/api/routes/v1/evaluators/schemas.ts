/** What the routes of evaluators take and give back. */
import { z } from 'zod';
import { describeVersion, type Definition } from '../../../../model/definition.ts';
import { EVALUATOR_NAME, type Evaluator, evaluatorSchema } from '../../../../model/evaluator.ts';
import { type Pause, PAUSE_CAUSES } from '../../../../model/pause.ts';
import type { DefinedEvaluator } from '../../../../store/definitions.ts';

export const evaluatorParams = z.object({
  evaluator: z.string().regex(EVALUATOR_NAME, { error: 'it must be the name of an evaluator' }),
});

export const versionText = z.string().regex(/^[\w.-]{1,64}$/, { error: 'it must be a version, such as 3' });

export const versionParams = evaluatorParams.extend({ version: versionText });

export const EVALUATOR_STATES = ['ready', 'broken', 'paused'] as const;

export const pauseSchema = z
  .object({
    cause: z
      .enum(PAUSE_CAUSES)
      .describe('by_hand; failures: it failed 20 times in a row; or what its provider answered, which ends no job.'),
    reason: z.string(),
    atMs: z.number(),
  })
  .meta({ id: 'EvaluatorPause' });

export const shownEvaluatorSchema = evaluatorSchema
  .omit({ projectId: true })
  .extend({
    state: z
      .enum(EVALUATOR_STATES)
      .describe(
        'broken: it cannot be run at the moment, and its jobs wait; see `problem`. paused: it is not run until it is resumed, and its jobs wait; see `pause`.',
      ),
    pause: pauseSchema.nullable().describe('Null while it is not paused.'),
    problem: z.string().nullable().describe('Why it cannot be run.'),
    createdAtMs: z.number().nullable().describe('When its first version was put. Null for a file.'),
    changedAtMs: z.number().nullable(),
  })
  .meta({ id: 'Evaluator' });
export type ShownEvaluator = z.infer<typeof shownEvaluatorSchema>;

export const settingsSchema = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe('What its kind runs it with, without secrets. Null for a file.');

export const versionSchema = z
  .object({ version: z.string(), createdAtMs: z.number() })
  .meta({ id: 'EvaluatorVersion' });

export const wholeEvaluatorSchema = shownEvaluatorSchema
  .extend({ settings: settingsSchema, versions: z.array(versionSchema).describe('The newest first. None for a file.') })
  .meta({ id: 'WholeEvaluator' });

export function shownFile({ projectId: _project, ...evaluator }: Evaluator, pause: Pause | undefined): ShownEvaluator {
  return { ...evaluator, ...standingOf(undefined, pause), createdAtMs: null, changedAtMs: null };
}

export function shownDefined(
  { newest, online, createdAtMs, changedAtMs }: DefinedEvaluator,
  problem: string | undefined,
  pause: Pause | undefined,
): ShownEvaluator {
  const { projectId: _project, ...evaluator } = describeVersion(newest);
  return { ...evaluator, online, ...standingOf(problem, pause), createdAtMs, changedAtMs };
}

function standingOf(
  problem: string | undefined,
  pause: Pause | undefined,
): Pick<ShownEvaluator, 'state' | 'problem' | 'pause'> {
  const state = problem !== undefined ? 'broken' : pause !== undefined ? 'paused' : 'ready';
  return { state, problem: problem ?? null, pause: pause === undefined ? null : shownPause(pause) };
}

export function shownPause({ cause, reason, atMs }: Pause): z.infer<typeof pauseSchema> {
  return { cause, reason, atMs };
}

/** What signs webhooks is told to nobody. */
export function shownSettings({ settings }: Definition): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'secret'));
}
