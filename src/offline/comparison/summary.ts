/** What a run came to, score by score: means and shares with their intervals, and what gave no score, apart. */
import { clusteredMean, clusteredShare } from '../../statistics/clustered.ts';
import { type Interval, meanInterval, shareInterval, USUAL_LEVEL } from '../../statistics/interval.ts';
import { momentsOf } from '../../statistics/moments.ts';
import { spreadParts } from '../../statistics/repetitions.ts';
import type { EvaluatorCounts, RunScore, RunScores } from './run-scores.ts';

export interface ScoreSummary {
  score: string;
  evaluator: string;
  kind: RunScore['kind'];
  /** Datapoints that have a value. */
  datapoints: number;
  /** Values, over all repetitions. */
  values: number;
  /** Mean of numbers, share of true; null for categories, and where there is no value. */
  mean: number | null;
  /** Wilson's for booleans, Student's for numbers; by datapoints where each was asked several times. */
  interval: Interval | null;
  min: number | null;
  max: number | null;
  /** How often each category was given. */
  categories: Record<string, number> | null;
  /** Of several repetitions: how much of the spread is the model's own; null where it is not known. */
  spread: { within: number | null; between: number | null } | null;
}

export interface RunSummary {
  scores: ScoreSummary[];
  /** By evaluator: how its evaluations ended. */
  evaluators: Record<string, EvaluatorCounts>;
  outputs: { there: number; failed: number };
  costUsd: number;
  meanDurationMs: number | null;
}

export function summarise(all: RunScores, level = USUAL_LEVEL): RunSummary {
  const scores = [...all.scores.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return {
    scores: scores.map((score) => summaryOf(score, level)),
    evaluators: Object.fromEntries(all.counts),
    outputs: all.outputs,
    costUsd: all.costUsd,
    meanDurationMs: all.meanDurationMs,
  };
}

function summaryOf({ name, evaluator, kind, datapoints }: RunScore, level: number): ScoreSummary {
  const groups = [...datapoints.values()].map(({ values }) => values);
  const values = groups.flat();
  const common = { score: name, evaluator, kind, datapoints: groups.length, values: values.length };
  if (kind === 'category') {
    const counts = new Map<string, number>();
    for (const value of values as string[]) counts.set(value, (counts.get(value) ?? 0) + 1);
    const categories = Object.fromEntries([...counts].toSorted(([, one], [, other]) => other - one));
    return { ...common, mean: null, interval: null, min: null, max: null, categories, spread: null };
  }
  const numbers = groups.map((group) => group.map(Number));
  const moments = momentsOf(numbers.flat());
  const isRepeated = values.length > groups.length;
  const clusters = numbers.map((group) => ({ count: group.length, sum: group.reduce((sum, value) => sum + value, 0) }));
  const interval = isRepeated
    ? kind === 'boolean'
      ? clusteredShare(clusters, level)
      : clusteredMean(clusters, level).interval
    : kind === 'boolean'
      ? shareInterval(Math.round(moments.mean * moments.count), moments.count, level)
      : meanInterval(moments, level);
  const { within, between } = spreadParts(numbers.map((group) => momentsOf(group)));
  return {
    ...common,
    mean: moments.count === 0 ? null : moments.mean,
    interval,
    min: moments.count === 0 ? null : moments.min,
    max: moments.count === 0 ? null : moments.max,
    categories: null,
    spread: isRepeated ? { within, between } : null,
  };
}
