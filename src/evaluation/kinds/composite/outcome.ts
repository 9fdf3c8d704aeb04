/**
 * What a composite says by what its steps said: its outcome is that of the last step taken. Beside its own score stand those of
 * all steps, named `composite:step`, and its costs are those of all of them.
 */
import type { NamedScore, Outcome } from '../../../model/outcome.ts';
import { scaleProblem } from '../../../model/scale.ts';
import { scoreOf } from '../../../model/condition.ts';
import type { ScoreValue } from '../../../model/score.ts';
import type { Evaluated, Runnable } from '../../kind.ts';
import { RESULT_LIMITS } from '../../result.ts';

/** Characters of what was printed, of all steps. */
const MOST_PRINTED = 65_536;

type Composite = Runnable<'composite'>;
type Taken = readonly Evaluated[];

/** `taken` has one at least. */
export function outcomeOf(composite: Composite, taken: Taken): Outcome {
  const ran = ranOf(taken);
  const where = whereOf(composite, taken);
  const { evaluator, outcome } = taken.at(-1)!;
  if (outcome.outcome === 'failed') {
    const { code, message, retryable } = outcome;
    return { outcome: 'failed', code, message: `${where}, failed: ${message}`, retryable, ...ran };
  }
  if (outcome.outcome !== 'scored') {
    const how = outcome.outcome === 'skipped' ? 'was not run' : 'abstained';
    const reason = `${where}, ${how}${outcome.reason === null ? '.' : `: ${outcome.reason}`}${saidBy(taken.slice(0, -1))}`;
    return { outcome: outcome.outcome, reason, ...ran };
  }
  const value = scoreOf(outcome.scores, evaluator, undefined);
  if (value === undefined) return invalid(`${where}, gave no score of its own name.`, ran);
  const own = asOwn(composite, value);
  const problem = scaleProblem(own, composite.evaluator.returns, composite.evaluator);
  if (problem !== undefined) return invalid(`${where}, gave a score that ${problem}.`, ran);
  const reason = mainScore(outcome.scores, evaluator)?.reason ?? null;
  const scores = [
    { name: composite.evaluator.name, value: own, reason: cut(reason === null ? `${where}.` : `${where}: ${reason}`) },
    ...taken.flatMap((one) => scoresOf(composite, one)),
  ];
  if (scores.length > RESULT_LIMITS.scores)
    return invalid(`Its steps gave ${scores.length - 1} scores; ${RESULT_LIMITS.scores - 1} are kept at most.`, ran);
  const long = scores.find(({ name }) => name.length > RESULT_LIMITS.name);
  if (long)
    return invalid(`The name "${long.name.slice(0, 60)}…" is longer than ${RESULT_LIMITS.name} characters.`, ran);
  return { outcome: 'scored', scores, ...ran };
}

/** No time is left for the step that would come next. */
export function late(composite: Composite, taken: Taken): Outcome {
  const { deadlineMs } = composite.evaluator;
  const message = `After step ${taken.length} more than ${deadlineMs} ms were over, and the next was not taken.${saidBy(taken)}`;
  return { outcome: 'failed', code: 'timeout', message, retryable: true, ...ranOf(taken) };
}

/** It came to be a part of itself. */
export function circular(path: readonly string[]): Outcome {
  const message = `It goes round in a circle, or is too deep: ${path.join(' -> ')}. Change one of them.`;
  return { outcome: 'failed', code: 'not_loaded', message, retryable: false, durationMs: 0, printed: '' };
}

export function durationOf(taken: Taken): number {
  return taken.reduce((sum, { outcome }) => sum + outcome.durationMs, 0);
}

function ranOf(taken: Taken): Pick<Outcome, 'durationMs' | 'printed' | 'costUsd' | 'rendered'> {
  const printed = taken.map(({ evaluator, outcome }) => headed(evaluator, outcome.printed)).join('');
  const costs = taken.flatMap(({ outcome: { costUsd } }) => (costUsd === undefined ? [] : [costUsd]));
  const rendered = taken.map(({ evaluator, outcome }) => headed(evaluator, outcome.rendered ?? '')).join('');
  return {
    durationMs: durationOf(taken),
    printed: printed.slice(0, MOST_PRINTED),
    // One that is not known leaves the sum unknown.
    ...(costs.length > 0 && { costUsd: costs.includes(null) ? null : costs.reduce((sum, cost) => sum! + cost!, 0) }),
    ...(rendered !== '' && { rendered }),
  };
}

function headed(evaluator: string, text: string): string {
  return text === '' ? '' : `[${evaluator}]\n${text}${text.endsWith('\n') ? '' : '\n'}`;
}

function whereOf({ settings }: Composite, taken: Taken): string {
  const { evaluator, version } = taken.at(-1)!;
  return `Step ${taken.length} of ${settings.steps.length}, ${evaluator}${version === '' ? '' : ` (version ${version})`}`;
}

function saidBy(taken: Taken): string {
  const said = taken.map(({ evaluator, outcome }) => {
    if (outcome.outcome !== 'scored') return `${evaluator} ${outcome.outcome}`;
    return `${evaluator} gave ${JSON.stringify(scoreOf(outcome.scores, evaluator, undefined) ?? 'several scores')}`;
  });
  return said.length === 0 ? '' : ` Before: ${said.join(', ')}.`;
}

function scoresOf({ evaluator: { name } }: Composite, { outcome }: Evaluated): NamedScore[] {
  if (outcome.outcome !== 'scored') return [];
  return outcome.scores.map((score) => ({ ...score, name: `${name}:${score.name}` }));
}

function mainScore(scores: readonly NamedScore[], evaluator: string): NamedScore | undefined {
  return scores.length === 1 ? scores[0] : scores.find(({ name }) => name === evaluator);
}

/** True counts as 1 and false as 0, as everywhere. */
function asOwn({ evaluator: { returns } }: Composite, value: ScoreValue): ScoreValue {
  return typeof value === 'boolean' && returns === 'number' ? Number(value) : value;
}

function cut(reason: string): string {
  return reason.slice(0, RESULT_LIMITS.reason);
}

function invalid(message: string, ran: ReturnType<typeof ranOf>): Outcome {
  return { outcome: 'failed', code: 'invalid_result', message, retryable: false, ...ran };
}
