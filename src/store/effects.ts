/** What is stored of an effect: its evaluation, and the scores of that. */
import type { Outcome } from '../model/outcome.ts';
import type { NewEvaluation } from './evaluations.ts';
import type { JobEffect, NewScore } from './store.ts';

export function evaluationOf({ job, source, givenBy, ...effect }: JobEffect): NewEvaluation {
  const { evaluatorVersion, outcome, atMs } = effect;
  const { evaluator, attempt } = job;
  return {
    evaluator,
    evaluatorVersion,
    outcome,
    attempt,
    atMs,
    source: source ?? 'evaluator',
    givenBy: givenBy ?? null,
  };
}

/** Why there are no scores, in words; null where there are some, or where nothing was said. */
export function notScoredReason(outcome: Outcome): string | null {
  if (outcome.outcome === 'scored') return null;
  return outcome.outcome === 'failed' ? outcome.message : outcome.reason;
}

export function scoresOf({ evaluator, evaluatorVersion, outcome, atMs, source }: NewEvaluation): NewScore[] {
  if (outcome.outcome !== 'scored') return [];
  const { durationMs } = outcome;
  return outcome.scores.map((score) => ({ ...score, source, evaluator, evaluatorVersion, durationMs, atMs }));
}
