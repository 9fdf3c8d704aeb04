/** What the routes of evaluators take, and how what there is becomes what they give back (model/shown-evaluator.ts). */
import { z } from 'zod';
import { describeVersion, type Definition } from '../../../../model/definition.ts';
import { EVALUATOR_NAME, type Evaluator } from '../../../../model/evaluator.ts';
import type { Pause } from '../../../../model/pause.ts';
import type { ShownEvaluator, ShownPause } from '../../../../model/shown-evaluator.ts';
import type { DefinedEvaluator } from '../../../../store/definitions.ts';

export const evaluatorParams = z.object({
  evaluator: z.string().regex(EVALUATOR_NAME, { error: 'it must be the name of an evaluator' }),
});

export const versionText = z.string().regex(/^[\w.-]{1,64}$/, { error: 'it must be a version, such as 3' });

export const versionParams = evaluatorParams.extend({ version: versionText });

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

export function shownPause({ cause, reason, atMs }: Pause): ShownPause {
  return { cause, reason, atMs };
}

/** What signs webhooks is told to nobody. */
export function shownSettings({ settings }: Definition): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== 'secret'));
}
