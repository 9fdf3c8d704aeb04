/** The scores of a run, by name and datapoint: what is summed up, compared and judged. */
import type { Run } from '../../model/run.ts';
import { type ScoreKind, scoreKind, type ScoreValue } from '../../model/score.ts';
import type { RunStore } from '../../store/evaluation-runs.ts';

/** What one score came to on a datapoint: a value for each repetition that gave one. */
export interface DatapointScores {
  datapointId: string;
  position: number;
  values: ScoreValue[];
}

export interface RunScore {
  /** `evaluator`, or `evaluator:part`. */
  name: string;
  evaluator: string;
  kind: ScoreKind;
  /** By datapoint, in order of position. */
  datapoints: Map<string, DatapointScores>;
}

export interface EvaluatorCounts {
  scored: number;
  abstained: number;
  skipped: number;
  failed: number;
}

export interface RunScores {
  scores: Map<string, RunScore>;
  /** By evaluator. */
  counts: Map<string, EvaluatorCounts>;
  outputs: { there: number; failed: number };
  costUsd: number;
  /** Of outputs that were made for it; null where there is none. */
  meanDurationMs: number | null;
  /** Logs by datapoint, the first repetition. */
  logs: Map<string, string>;
}

/** Of a run that has none yet. */
export function noScores(): RunScores {
  return {
    scores: new Map(),
    counts: new Map(),
    outputs: { there: 0, failed: 0 },
    costUsd: 0,
    meanDurationMs: null,
    logs: new Map(),
  };
}

/** Positions that are read at a time. */
const CHUNK = 1000;

/** Reads all of a run. What gave values of two kinds under one name counts as the kind that came first. */
export async function readRunScores(runs: RunStore, { id }: Pick<Run, 'id'>): Promise<RunScores> {
  const all = noScores();
  const { outputsThere, outputsFailed } = await runs.progress(id);
  let left = outputsThere + outputsFailed;
  let duration = { sum: 0, count: 0 };
  for (let from = 0; left > 0; from += CHUNK) {
    const range = { from, to: from + CHUNK - 1 };
    const [outputs, results] = await Promise.all([runs.outputs(id, range), runs.results(id, range)]);
    left -= outputs.length;
    const datapointOf = new Map(outputs.map(({ position, datapointId }) => [position, datapointId]));
    for (const { datapointId, repetition, logId, costUsd, durationMs } of outputs) {
      all.outputs[logId === null ? 'failed' : 'there'] += 1;
      all.costUsd += costUsd ?? 0;
      if (durationMs !== null) duration = { sum: duration.sum + durationMs, count: duration.count + 1 };
      if (logId !== null && repetition === 0) all.logs.set(datapointId, logId);
    }
    const counted = new Set<string>();
    for (const result of results) {
      const datapointId = datapointOf.get(result.position);
      if (datapointId === undefined) continue;
      all.costUsd += result.costUsd ?? 0;
      const cell = `${result.position} ${result.repetition} ${result.evaluator}`;
      if (!counted.has(cell)) countsOf(all, result.evaluator)[result.outcome] += 1;
      counted.add(cell);
      if (result.value !== null) add(all, { ...result, value: result.value, datapointId });
    }
  }
  all.meanDurationMs = duration.count === 0 ? null : duration.sum / duration.count;
  return all;
}

function countsOf({ counts }: RunScores, evaluator: string): EvaluatorCounts {
  let found = counts.get(evaluator);
  if (found === undefined) {
    found = { scored: 0, abstained: 0, skipped: 0, failed: 0 };
    counts.set(evaluator, found);
  }
  return found;
}

function add(
  { scores }: RunScores,
  one: { name: string; evaluator: string; value: ScoreValue; datapointId: string; position: number },
): void {
  const { name, evaluator, value, datapointId, position } = one;
  let score = scores.get(name);
  if (score === undefined) {
    score = { name, evaluator, kind: scoreKind(value), datapoints: new Map() };
    scores.set(name, score);
  }
  if (scoreKind(value) !== score.kind) return;
  const there = score.datapoints.get(datapointId);
  if (there === undefined) score.datapoints.set(datapointId, { datapointId, position, values: [value] });
  else there.values.push(value);
}
