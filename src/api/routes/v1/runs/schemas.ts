/** What the routes of runs take and give. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { OUTCOMES } from '../../../../model/outcome.ts';
import { type Run, RUN_STATES, runSpecSchema } from '../../../../model/run.ts';
import { scoreValueSchema } from '../../../../model/score.ts';
import type { RunStore } from '../../../../store/evaluation-runs.ts';

export const runParams = z.object({ run: z.guid({ error: 'it must be the id of a run, a UUID' }) });

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

export const progressSchema = z
  .object({
    outputs: z.number().describe('That there are to be.'),
    outputsThere: z.number(),
    outputsFailed: z.number(),
    evaluators: z.record(z.string(), z.record(z.enum(OUTCOMES), z.number())),
    costUsd: z.number(),
  })
  .meta({ id: 'RunProgress' });

export const resultSchema = z
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

export const outputSchema = z
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

export const repetitionSchema = z.number().int().min(0).max(99).default(0).describe('Which repetition, from 0.');

/** Without whose it is: that is who asks. */
export function shownRun({ projectId: _project, ...run }: Run): z.infer<typeof runSchema> {
  return run;
}

/** Throws `not_found`. */
export async function findRun(runs: RunStore, projectId: string, id: string): Promise<Run> {
  const run = await runs.find(projectId, id.toLowerCase());
  if (run === undefined) throw new GatewayError('not_found', { message: `There is no run ${id}.` });
  return run;
}

/** Throws `conflict` where it takes nothing more. */
export function refuseEnded({ id, state }: Run): void {
  if (state === 'completed' || state === 'cancelled' || state === 'failed')
    throw new GatewayError('conflict', { message: `The run ${id} is ${state}. Nothing can be added to it.` });
}
