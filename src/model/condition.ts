/** Comparisons with the value of a score, as guardrails block by them and composites go on by them. */
import { z } from 'zod';
import type { NamedScore } from './outcome.ts';
import { type ScoreKind, type ScoreValue, scoreValueSchema } from './score.ts';

export const CONDITION = {
  /** Which score, where the evaluator gives several: its name there. */
  score: z.string().min(1).max(200).optional(),
  equals: scoreValueSchema.optional(),
  in: z.array(scoreValueSchema).min(1).max(100).optional(),
  gt: z.number().optional(),
  gte: z.number().optional(),
  lt: z.number().optional(),
  lte: z.number().optional(),
};

const comparisonsSchema = z.strictObject(CONDITION);
/** Holds of a score that satisfies all of it. */
export type Condition = z.infer<typeof comparisonsSchema>;

export const conditionSchema = comparisonsSchema.refine(comparesSomething, {
  error: 'has no comparison. Give one of equals, in, gt, gte, lt, lte',
});

/** Whether anything is asked of the value. */
export function comparesSomething({ equals, in: list, gt, gte, lt, lte }: Condition): boolean {
  return [equals, list, gt, gte, lt, lte].some((one) => one !== undefined);
}

/** The value that is meant: that of the evaluator's own name, or of the only one, unless another is wanted. */
export function scoreOf(
  scores: readonly NamedScore[],
  evaluator: string,
  wanted: string | undefined,
): ScoreValue | undefined {
  if (wanted === undefined)
    return scores.length === 1 ? scores[0]!.value : scores.find(({ name }) => name === evaluator)?.value;
  return scores.find(({ name }) => name === wanted || ownName(name, evaluator) === wanted)?.value;
}

/** Scores that an evaluator names itself have its own name before theirs. */
export function ownName(score: string, evaluator: string): string {
  return score.startsWith(`${evaluator}:`) ? score.slice(evaluator.length + 1) : score;
}

export function holds({ equals, in: list, gt, gte, lt, lte }: Condition, value: ScoreValue): boolean {
  if (equals !== undefined && value !== equals) return false;
  if (list !== undefined && !list.includes(value)) return false;
  const number = typeof value === 'number' ? value : Number.NaN;
  return (
    (gt === undefined || number > gt) &&
    (gte === undefined || number >= gte) &&
    (lt === undefined || number < lt) &&
    (lte === undefined || number <= lte)
  );
}

/** Why it can never hold of such values, as advice; undefined where it can. */
export function misfit({ equals, in: list = [], gt, gte, lt, lte }: Condition, returns: ScoreKind): string | undefined {
  const isOrdered = [gt, gte, lt, lte].some((bound) => bound !== undefined);
  if (isOrdered && returns !== 'number') return 'compare with equals or in.';
  const wanted = returns === 'category' ? 'string' : returns;
  const values = equals === undefined ? list : [equals, ...list];
  return values.every((value) => typeof value === wanted) ? undefined : `compare with a ${wanted}.`;
}
