/** Runs as /api/v1 gives them: what API, dashboard and tests hold them to. */
import { z } from 'zod';
import { OUTCOMES } from './outcome.ts';
import { RUN_STATES, runSpecSchema } from './run.ts';
import { scoreValueSchema } from './score.ts';

export const runSchema = z
  .object({
    id: z.string(),
    spec: runSpecSchema,
    state: z
      .enum(RUN_STATES)
      .describe(
        'pending, running; waiting: for outputs or results that are to be posted; completed, cancelled, failed.',
      ),
    reason: z.string().nullable().describe('Why it was cancelled or failed.'),
    outputs: z.number().describe('That there are to be: datapoints times repetitions; 0 before it has begun.'),
    createdAtMs: z.number(),
    startedAtMs: z.number().nullable(),
    endedAtMs: z.number().nullable(),
  })
  .meta({ id: 'Run' });

export const runProgressSchema = z
  .object({
    outputs: z.number().describe('That there are to be.'),
    outputsThere: z.number(),
    outputsFailed: z.number(),
    evaluators: z.record(z.string(), z.record(z.enum(OUTCOMES), z.number())),
    costUsd: z.number(),
  })
  .meta({ id: 'RunProgress' });

export const runResultSchema = z
  .object({
    position: z.number(),
    repetition: z.number(),
    evaluator: z.string(),
    name: z.string().describe('Of the score.'),
    version: z.string(),
    outcome: z.enum(OUTCOMES),
    value: scoreValueSchema.nullable(),
    reason: z.string().nullable(),
    code: z.string().nullable(),
    durationMs: z.number().nullable(),
    costUsd: z.number().nullable(),
    atMs: z.number(),
  })
  .meta({ id: 'RunResult' });

export const runOutputSchema = z
  .object({
    position: z.number(),
    repetition: z.number(),
    datapointId: z.string(),
    logId: z.string().nullable().describe('The output; null where there is none.'),
    failure: z.string().nullable().describe('Why there is none.'),
    costUsd: z.number().nullable(),
    durationMs: z.number().nullable(),
    atMs: z.number(),
  })
  .meta({ id: 'RunOutput' });

export const wholeRunSchema = runSchema.extend({ progress: runProgressSchema }).meta({ id: 'WholeRun' });

/** Outputs and what was said of them. */
export const runCellsSchema = z.object({ outputs: z.array(runOutputSchema), results: z.array(runResultSchema) });

export type ShownRun = z.infer<typeof runSchema>;
export type WholeRun = z.infer<typeof wholeRunSchema>;
export type RunCells = z.infer<typeof runCellsSchema>;
export type ShownRunOutput = z.infer<typeof runOutputSchema>;
export type ShownRunResult = z.infer<typeof runResultSchema>;
