/** Runs in words. */
import type { OutputSource } from '../../model/run.ts';
import type { ShownRun, WholeRun } from '../../model/shown-run.ts';
import { countText } from './number.ts';

/** Where its outputs come from. */
export function outputsText(outputs: OutputSource): string {
  switch (outputs.from) {
    case 'generated':
      return outputs.config.model;
    case 'replayed':
      return `replayed${outputs.config.model === undefined ? '' : ` on ${outputs.config.model}`}`;
    case 'posted':
      return 'posted';
    case 'existing':
    default:
      return 'as logged';
  }
}

/** How far it is. */
export function progressText({ progress: { outputs, outputsThere, outputsFailed } }: WholeRun): string {
  const failed = outputsFailed > 0 ? `, ${countText(outputsFailed)} failed` : '';
  return `${countText(outputsThere)} of ${countText(outputs)} outputs${failed}`;
}

/** What a run's answers are asked again for: they change while it goes on. */
export function stepOf({ state, progress }: WholeRun): string {
  const looked = Object.values(progress.evaluators).flatMap((outcomes) => Object.values(outcomes));
  return `${state} ${progress.outputsThere} ${looked.reduce((sum, count) => sum + count, 0)}`;
}

export const STATE_TONES = {
  pending: 'plain',
  running: 'accent',
  waiting: 'warn',
  completed: 'good',
  cancelled: 'plain',
  failed: 'bad',
} as const satisfies Record<ShownRun['state'], string>;
