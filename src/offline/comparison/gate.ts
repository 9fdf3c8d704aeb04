/**
 * Gates: conditions that a run must meet before a change ships. Each ends in one of four ways, and a gate that the data do not
 * decide says how much more it would take; so do all gates together.
 */
import { z } from 'zod';
import { type Interval, USUAL_LEVEL } from '../../statistics/interval.ts';
import { momentsOf, sampleVariance } from '../../statistics/moments.ts';
import { mcNemar, pairedDifference } from '../../statistics/paired.ts';
import { pairsNeeded, shareVariance } from '../../statistics/sample-size.ts';
import { directionOf, type Directions } from './directions.ts';
import type { RunScore, RunScores } from './run-scores.ts';
import { summarise } from './summary.ts';

const bound = z.number();

export const gateSchema = z
  .strictObject({
    /** Name of a score. */
    score: z.string().min(1).max(300),
    /** Its mean, or its share of true, is to be at least this. */
    atLeast: bound.optional(),
    /** Or at most. */
    atMost: bound.optional(),
    /** Against the baseline it may be worse by less than this: the interval of the paired difference is to exclude more. */
    nonInferiorBy: z.number().min(0).optional(),
    /** Against the baseline it is to be better by more than this. */
    betterBy: z.number().min(0).optional(),
    /** For `atLeast` and `atMost`: the whole interval is to be on the right side, and not the measured value alone. */
    sure: z.boolean().default(false),
    /** Which direction is good; the evaluator's own where it is left out, else higher. */
    better: z.enum(['higher', 'lower']).optional(),
  })
  .superRefine((gate, context) => {
    const conditions = ['atLeast', 'atMost', 'nonInferiorBy', 'betterBy'] as const;
    if (conditions.filter((name) => gate[name] !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: `a gate has one of ${conditions.join(', ')}` });
  });
export type Gate = z.infer<typeof gateSchema>;

/** `could_not_run`: nothing was measured that could decide it. */
export const GATE_VERDICTS = ['passed', 'regression', 'inconclusive', 'could_not_run'] as const;
export type GateVerdict = (typeof GATE_VERDICTS)[number];

export interface GateResult {
  gate: Gate;
  verdict: GateVerdict;
  /** The value or the difference that was measured. */
  measured: number | null;
  interval: Interval | null;
  /** About how many more datapoints it would take to decide; null where it is decided, or no number would do. */
  neededMore: number | null;
  /** In words. */
  message: string;
}

export interface GateOptions {
  run: RunScores;
  baseline: RunScores | undefined;
  /** Which direction is good, by score. */
  better?: Directions;
  level?: number;
}

/** Judges one gate. */
export function judgeGate(gate: Gate, { run, baseline, better = {}, level = USUAL_LEVEL }: GateOptions): GateResult {
  const score = run.scores.get(gate.score);
  if (score === undefined) return notRun(gate, noScore(gate, run));
  if (score.kind === 'category')
    return notRun(gate, `${gate.score} is a category, which is neither more nor less. Gate a boolean or a number.`);
  if (gate.atLeast !== undefined || gate.atMost !== undefined) return judgeBound(gate, run, level);
  const before = baseline?.scores.get(gate.score);
  if (before === undefined)
    return notRun(
      gate,
      baseline === undefined ? 'There is no baseline to compare with.' : `The baseline has no score ${gate.score}.`,
    );
  const direction = gate.better ?? directionOf(better, score);
  return judgeDifference(gate, [before, score], { level, sign: direction === 'lower' ? -1 : 1 });
}

/** The verdict over all gates: what could not run counts most, then what is worse, then what is not known. */
export function judgeAll(results: readonly GateResult[]): GateVerdict {
  for (const verdict of ['could_not_run', 'regression', 'inconclusive'] as const)
    if (results.some((one) => one.verdict === verdict)) return verdict;
  return 'passed';
}

function judgeBound(gate: Gate, run: RunScores, level: number): GateResult {
  const summary = summarise({ ...run, scores: new Map([[gate.score, run.scores.get(gate.score)!]]) }, level).scores[0]!;
  const { mean, interval, datapoints } = summary;
  const isLower = gate.atMost !== undefined;
  const limit = gate.atLeast ?? gate.atMost!;
  const meets = (value: number): boolean => (isLower ? value <= limit : value >= limit);
  const [worst, best] =
    interval === null ? [mean!, mean!] : isLower ? [interval.high, interval.low] : [interval.low, interval.high];
  const isMet = meets(gate.sure ? worst : mean!);
  const verdict = isMet ? 'passed' : meets(best) ? 'inconclusive' : 'regression';
  const variance =
    summary.kind === 'boolean' ? shareVariance((mean! * datapoints + 1) / (datapoints + 2)) : spreadOf(run, gate);
  const needed =
    verdict === 'inconclusive' && variance !== null ? pairsNeeded(variance, mean! - limit, { level }) : null;
  const measured = `${gate.score} is ${shown(mean!)}${intervalText(interval)} over ${datapoints} datapoints`;
  const asked = isLower ? `at most ${shown(limit)}` : `at least ${shown(limit)}`;
  return finish(gate, {
    verdict,
    measured: mean!,
    interval,
    needed,
    datapoints,
    message: `${measured}, asked for is ${asked}`,
  });
}

function spreadOf(run: RunScores, gate: Gate): number | null {
  return sampleVariance(
    momentsOf([...run.scores.get(gate.score)!.datapoints.values()].flatMap(({ values }) => values.map(Number))),
  );
}

function judgeDifference(
  gate: Gate,
  [before, after]: readonly [RunScore, RunScore],
  { level, sign }: { level: number; sign: 1 | -1 },
): GateResult {
  const differences: number[] = [];
  for (const [id, { values }] of after.datapoints) {
    const other = before.datapoints.get(id);
    if (other !== undefined) differences.push(sign * (meanOf(values) - meanOf(other.values)));
  }
  if (differences.length === 0) return notRun(gate, `No datapoint has ${gate.score} in both runs.`);
  const isBoolean = after.kind === 'boolean' && differences.every((one) => Math.abs(one) === 1 || one === 0);
  const moments = momentsOf(differences);
  const [gained, lost] = [differences.filter((one) => one > 0).length, differences.filter((one) => one < 0).length];
  const { interval } = isBoolean
    ? mcNemar({ gained, lost, unchanged: differences.length - gained - lost }, level)
    : pairedDifference(moments, level);
  // Of differences that are all the same there is no spread to tell from; of one there is none at all.
  const [low, high] = interval
    ? [interval.low, interval.high]
    : differences.length > 1
      ? [moments.mean, moments.mean]
      : [-Infinity, Infinity];
  const limit = gate.betterBy ?? -gate.nonInferiorBy!;
  const isShown = low > limit || (interval === null && low >= limit);
  const verdict = isShown
    ? 'passed'
    : high < limit || (interval !== null && high <= limit)
      ? 'regression'
      : 'inconclusive';
  // One more of each kind, as in the interval: pairs that all changed would promise that no more were needed.
  const [up, down] = [(gained + 1) / (differences.length + 2), (lost + 1) / (differences.length + 2)];
  const variance = isBoolean ? up + down - (up - down) ** 2 : sampleVariance(moments);
  const needed = verdict === 'inconclusive' && variance ? pairsNeeded(variance, moments.mean - limit, { level }) : null;
  const asked =
    gate.betterBy === undefined
      ? `it may be worse by less than ${shown(gate.nonInferiorBy!)}`
      : `it is to be better by more than ${shown(gate.betterBy)}`;
  const direction = sign === 1 ? '' : ' (the other way round, as lower is better)';
  const message = `${gate.score} differs from the baseline by ${signed(moments.mean)}${intervalText(interval)}${direction} over ${differences.length} pairs, and ${asked}`;
  return finish(gate, { verdict, measured: moments.mean, interval, needed, datapoints: differences.length, message });
}

interface Found {
  verdict: GateVerdict;
  measured: number;
  interval: Interval | null;
  needed: number | null;
  datapoints: number;
  message: string;
}

function finish(gate: Gate, { needed, datapoints, message, ...found }: Found): GateResult {
  const more = needed === null ? null : Math.max(1, needed - datapoints);
  const end =
    found.verdict !== 'inconclusive'
      ? '.'
      : more === null
        ? '. The data do not decide it.'
        : `. The data do not decide it; about ${more} more datapoints probably would.`;
  return { gate, ...found, neededMore: more, message: message + end };
}

function notRun(gate: Gate, message: string): GateResult {
  return { gate, verdict: 'could_not_run', measured: null, interval: null, neededMore: null, message };
}

function noScore(gate: Gate, run: RunScores): string {
  const counts = run.counts.get(gate.score);
  if (counts === undefined)
    return `There is no score ${gate.score}; there are ${[...run.scores.keys()].join(', ') || 'none'}.`;
  return `${gate.score} gave no score: it abstained ${counts.abstained} times, was skipped ${counts.skipped} times and failed ${counts.failed} times.`;
}

function meanOf(values: readonly (boolean | number | string)[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function signed(value: number): string {
  return value < 0 ? `-${shown(-value)}` : `+${shown(value)}`;
}

function intervalText(interval: Interval | null): string {
  return interval === null
    ? ''
    : ` (${Math.round(interval.level * 100)} %: ${shown(interval.low)} to ${shown(interval.high)})`;
}
