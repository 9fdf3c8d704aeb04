/** Scores of a run as tests write them: a list of values, one for each datapoint, or several of repetitions. */
import { noScores, type RunScores } from '../../../src/offline/comparison/run-scores.ts';
import { scoreKind, type ScoreValue } from '../../../src/model/score.ts';

/** Datapoints are called d0, d1 and so on; undefined has no value. */
export function scored(scores: Record<string, (ScoreValue | ScoreValue[] | undefined)[]>): RunScores {
  const all = noScores();
  for (const [name, values] of Object.entries(scores)) {
    const datapoints = new Map<string, { datapointId: string; position: number; values: ScoreValue[] }>();
    for (const [position, value] of values.entries())
      if (value !== undefined)
        datapoints.set(`d${position}`, {
          datapointId: `d${position}`,
          position,
          values: Array.isArray(value) ? value : [value],
        });
    const first = [...datapoints.values()][0]?.values[0];
    all.counts.set(name, {
      scored: datapoints.size,
      abstained: 0,
      skipped: 0,
      failed: values.length - datapoints.size,
    });
    if (first !== undefined) all.scores.set(name, { name, evaluator: name, kind: scoreKind(first), datapoints });
  }
  return all;
}
