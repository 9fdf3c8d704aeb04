/** Evaluators as /api/v1 gives them: what API, dashboard and tests hold them to. */
import { z } from 'zod';
import { evaluatorSchema } from './evaluator.ts';
import { FAILURES, OUTCOMES } from './outcome.ts';
import { PAUSE_CAUSES } from './pause.ts';
import { scoreValueSchema } from './score.ts';

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

/** What PUT answers. */
export const putEvaluatorSchema = shownEvaluatorSchema
  .extend({ isNew: z.boolean().describe('Whether it made a version: what is the same as the newest makes none.') })
  .meta({ id: 'PutEvaluator' });

export const settingsSchema = z
  .record(z.string(), z.unknown())
  .nullable()
  .describe('What its kind runs it with, without secrets. Null for a file.');

export const versionSchema = z
  .object({ version: z.string(), createdAtMs: z.number() })
  .meta({ id: 'EvaluatorVersion' });

export const wholeVersionSchema = versionSchema
  .extend({ definition: z.looseObject({ name: z.string(), settings: settingsSchema }) })
  .meta({ id: 'WholeEvaluatorVersion' });

export const wholeEvaluatorSchema = shownEvaluatorSchema
  .extend({ settings: settingsSchema, versions: z.array(versionSchema).describe('The newest first. None for a file.') })
  .meta({ id: 'WholeEvaluator' });

/** What came of trying one out on one log. */
export const triedSchema = z
  .object({
    logId: z.string().nullable().describe('Null for a log that was pasted.'),
    outcome: z.enum(OUTCOMES),
    scores: z.array(z.object({ name: z.string(), value: scoreValueSchema, reason: z.string().nullable() })),
    code: z.enum(FAILURES).nullable().describe('Why it failed, as a code.'),
    reason: z.string().nullable().describe('Why it abstained, was skipped or failed.'),
    printed: z.string(),
    rendered: z.string().nullable().describe('What the model of a judge was asked.'),
    costUsd: z.number().nullable().describe('Null where it is not known, or costs nothing.'),
    durationMs: z.number(),
  })
  .meta({ id: 'TriedEvaluation' });

export type ShownPause = z.infer<typeof pauseSchema>;
export type ShownEvaluator = z.infer<typeof shownEvaluatorSchema>;
export type PutEvaluator = z.infer<typeof putEvaluatorSchema>;
export type WholeEvaluator = z.infer<typeof wholeEvaluatorSchema>;
export type WholeVersion = z.infer<typeof wholeVersionSchema>;
export type Tried = z.infer<typeof triedSchema>;
