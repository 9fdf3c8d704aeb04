/**
 * A mean by a judge that errs, put right by a few subjects that a person has looked at too: prediction-powered inference (Angelopoulos,
 * Bates, Fannjiang, Jordan & Zrnic 2023, "Prediction-powered inference", Science 382), with the weight of the judge chosen from the data
 * (PPI++: Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453): a judge that tells nothing is then left out, and never does harm.
 *
 * The subjects that a person looked at are a random sample of all. Values are numbers, or 0 and 1: the mean is then a share.
 */
import { checkLevel, intervalAround, USUAL_LEVEL, type Interval } from './interval.ts';
import { mergedMoments, momentsOf, sampleVariance, type Moments } from './moments.ts';

export interface CorrectedMean {
  /** Null without a subject that a person looked at. For shares it may lie a little outside 0 to 1. */
  mean: number | null;
  /** By Student's t with the labelled subjects' degrees of freedom; null for fewer than two of them, and where nothing varies. */
  interval: Interval | null;
  /** What the judge alone says, over all subjects. */
  judgeMean: number | null;
  /** How far the judge lies above the person on the same subjects. */
  judgeBias: number | null;
  /** How much the judge counts: 0 not at all, 1 as in the first paper. */
  weight: number;
}

/**
 * The mean that a person would have given to all subjects. `labelled` has those with both values, `unlabelled` the moments of the judge's values
 * on all others.
 */
export function correctedMean(
  labelled: readonly { human: number; judge: number }[],
  unlabelled: Moments,
  level = USUAL_LEVEL,
): CorrectedMean {
  checkLevel(level);
  const human = momentsOf(labelled.map((one) => one.human));
  const judge = momentsOf(labelled.map((one) => one.judge));
  const everyone = mergedMoments(judge, unlabelled);
  const judgeMean = everyone.count === 0 ? null : everyone.mean;
  if (human.count === 0) return { mean: null, interval: null, judgeMean, judgeBias: null, weight: 0 };
  const weight = weightOf(labelled, human, judge, unlabelled);
  const corrections = momentsOf(labelled.map((one) => one.human - weight * one.judge));
  const mean = corrections.mean + weight * unlabelled.mean;
  const judged = weight === 0 ? 0 : weight * weight * ((sampleVariance(unlabelled) ?? 0) / unlabelled.count);
  const variance = sampleVariance(corrections);
  const error = variance === null ? null : Math.sqrt(variance / human.count + judged);
  const interval = error === null || error === 0 ? null : intervalAround(mean, error, human.count - 1, level);
  return { mean, interval, judgeMean, judgeBias: judge.mean - human.mean, weight };
}

/** The weight that makes the variance least, cut to 0 to 1; 0 where a variance is not known. */
function weightOf(
  labelled: readonly { human: number; judge: number }[],
  human: Moments,
  judge: Moments,
  unlabelled: Moments,
): number {
  const variance = sampleVariance(mergedMoments(judge, unlabelled));
  if (labelled.length < 2 || unlabelled.count < 2 || variance === null || variance === 0) return 0;
  let products = 0;
  for (const one of labelled) products += (one.human - human.mean) * (one.judge - judge.mean);
  const covariance = products / (labelled.length - 1);
  const weight = covariance / ((1 + labelled.length / unlabelled.count) * variance);
  return Number.isFinite(weight) ? Math.min(1, Math.max(0, weight)) : 0;
}
