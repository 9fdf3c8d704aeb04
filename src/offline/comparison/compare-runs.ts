/**
 * Two runs over the same datapoints, score by score: the difference datapoint by datapoint with its interval, what it amounts to when
 * all scores are looked at together, and the datapoints that got worse, the worst first.
 */
import { type Interval, USUAL_LEVEL } from '../../statistics/interval.ts';
import { momentsOf, sampleVariance } from '../../statistics/moments.ts';
import { holm } from '../../statistics/multiple.ts';
import { mcNemar, pairedDifference } from '../../statistics/paired.ts';
import { bootstrapInterval, permutationP } from '../../statistics/resampling.ts';
import { pairsNeeded } from '../../statistics/sample-size.ts';
import type { Verdict } from '../../statistics/verdict.ts';
import { type Direction, directionOf, type Directions } from './directions.ts';
import type { RunScore, RunScores } from './run-scores.ts';

export interface ComparedDatapoint {
  datapointId: string;
  position: number;
  before: number;
  after: number;
  /** Logs of the outputs, null where there is none. */
  logBefore: string | null;
  logAfter: string | null;
}

export interface ComparedScore {
  score: string;
  kind: 'boolean' | 'number';
  /** Datapoints that both runs have a value of. */
  pairs: number;
  /** Those that only one of them has. */
  onlyBefore: number;
  onlyAfter: number;
  before: number | null;
  after: number | null;
  /** After less before, over the pairs. */
  difference: number | null;
  /** Bonett & Price's for booleans, Student's for numbers; see paired.ts. */
  interval: Interval | null;
  /** By drawing again, for differences that have no bell's shape; null for booleans. */
  bootstrap: Interval | null;
  p: number | null;
  /** p after Holm's correction for the number of scores that are compared. */
  adjustedP: number | null;
  /** By `adjustedP`, and the direction that is good. */
  verdict: Verdict;
  /** About how many more datapoints would show a difference of the size that was seen; null where it is shown, or none was seen. */
  neededMore: number | null;
  /** Those that got worse (or changed, where no direction is good), the worst first. */
  worse: ComparedDatapoint[];
  /** How many got better and worse in all. */
  gained: number;
  lost: number;
}

export interface ComparisonOptions {
  /** Which direction is good, by score; higher where nothing is said. */
  better?: Directions;
  level?: number;
  /** For the bootstrap and the permutation test. */
  seed?: number;
  resamples?: number;
  /** How many of the worse ones are named. */
  worst?: number;
}

const USUAL_WORST = 20;
const USUAL_SEED = 1;

/** Scores that both have, but for categories, by name. */
export function compareRuns(before: RunScores, after: RunScores, options: ComparisonOptions = {}): ComparedScore[] {
  const names = [...after.scores.keys()].filter((name) => before.scores.has(name)).toSorted();
  const compared = names.flatMap((name) => {
    const pair = [before.scores.get(name)!, after.scores.get(name)!] as const;
    // Categories have no order to differ in, and two kinds under one name are two things.
    if (pair[0].kind === 'category' || pair[0].kind !== pair[1].kind) return [];
    return [compareScore(name, pair, { before, after }, options)];
  });
  const adjusted = holm(compared.map(({ p }) => p ?? 1));
  return compared.map((one, index) => {
    const direction = directionOf(options.better ?? {}, after.scores.get(one.score)!);
    return judged({ ...one, adjustedP: one.p === null ? null : adjusted[index]! }, direction, options);
  });
}

interface Paired extends ComparedDatapoint {
  difference: number;
}

function compareScore(
  name: string,
  [before, after]: readonly [RunScore, RunScore],
  runs: { before: RunScores; after: RunScores },
  { level = USUAL_LEVEL, seed = USUAL_SEED, resamples, better, worst = USUAL_WORST }: ComparisonOptions,
): ComparedScore {
  const pairs: Paired[] = [];
  for (const [id, { values, position }] of after.datapoints) {
    const other = before.datapoints.get(id);
    if (other === undefined) continue;
    const [was, is] = [meanOf(other.values), meanOf(values)];
    pairs.push({
      datapointId: id,
      position,
      before: was,
      after: is,
      difference: is - was,
      logBefore: runs.before.logs.get(id) ?? null,
      logAfter: runs.after.logs.get(id) ?? null,
    });
  }
  const differences = pairs.map(({ difference }) => difference);
  const isBoolean = before.kind === 'boolean' && pairs.every((pair) => isWhole(pair.before) && isWhole(pair.after));
  const moments = momentsOf(differences);
  const gained = differences.filter((difference) => difference > 0).length;
  const lost = differences.filter((difference) => difference < 0).length;
  const drawing = { seed, level, ...(resamples === undefined ? {} : { resamples }) };
  const found = isBoolean
    ? mcNemar({ gained, lost, unchanged: pairs.length - gained - lost }, level)
    : pairedDifference(moments, level);
  const permuted = isBoolean || found.p === null ? found.p : permutationP(differences, drawing);
  const direction = directionOf(better ?? {}, after);
  const variance = sampleVariance(moments);
  const needed = variance && moments.mean !== 0 ? pairsNeeded(variance, moments.mean, { level }) : null;
  const sign = direction === 'lower' ? -1 : 1;
  return {
    score: name,
    kind: before.kind === 'boolean' ? 'boolean' : 'number',
    pairs: pairs.length,
    onlyBefore: before.datapoints.size - pairs.length,
    onlyAfter: after.datapoints.size - pairs.length,
    before: pairs.length === 0 ? null : momentsOf(pairs.map((pair) => pair.before)).mean,
    after: pairs.length === 0 ? null : momentsOf(pairs.map((pair) => pair.after)).mean,
    difference: found.difference,
    interval: found.interval,
    bootstrap: isBoolean || pairs.length < 2 ? null : bootstrapInterval(differences, drawing),
    p: permuted,
    adjustedP: null,
    verdict: 'not_enough_data',
    neededMore: needed === null ? null : Math.max(0, needed - pairs.length),
    worse: pairs
      .filter(({ difference }) => (direction === null ? difference !== 0 : difference * sign < 0))
      .toSorted((one, other) => one.difference * sign - other.difference * sign)
      .slice(0, worst)
      .map(({ difference: _difference, ...pair }) => pair),
    gained: direction === 'lower' ? lost : gained,
    lost: direction === 'lower' ? gained : lost,
  };
}

function judged(score: ComparedScore, direction: Direction, { level = USUAL_LEVEL }: ComparisonOptions): ComparedScore {
  const { adjustedP, difference, pairs } = score;
  // All the same on both sides: that is an answer too, of as many pairs as there are.
  if (pairs >= 2 && difference === 0 && adjustedP === null)
    return { ...score, verdict: 'no_difference_shown', neededMore: null };
  if (adjustedP === null || difference === null) return score;
  if (adjustedP > 1 - level) return { ...score, verdict: 'no_difference_shown' };
  const isBetter = direction === 'lower' ? difference < 0 : difference > 0;
  const verdict = direction === null ? 'different' : isBetter ? 'better' : 'worse';
  return { ...score, verdict, neededMore: null };
}

function meanOf(values: readonly (boolean | number | string)[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
}

function isWhole(value: number): boolean {
  return value === 0 || value === 1;
}
