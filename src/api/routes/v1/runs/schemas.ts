/** What the routes of runs take and give. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import type { Run } from '../../../../model/run.ts';
import type { ShownRun } from '../../../../model/shown-run.ts';
import type { RunStore } from '../../../../store/evaluation-runs.ts';

export const runParams = z.object({ run: z.guid({ error: 'it must be the id of a run, a UUID' }) });

export const repetitionSchema = z.number().int().min(0).max(99).default(0).describe('Which repetition, from 0.');

/** Without whose it is: that is who asks. */
export function shownRun({ projectId: _project, ...run }: Run): ShownRun {
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
