/** Two runs that there are, as a report: compared, and judged by gates or by what is shown of them. */
import { compareRuns, type ComparedScore } from '../comparison/compare-runs.ts';
import type { Directions } from '../comparison/directions.ts';
import { type Gate, type GateVerdict, judgeAll, judgeGate } from '../comparison/gate.ts';
import { summarise } from '../comparison/summary.ts';
import type { FoundScores } from './find-scores.ts';
import { scoresOf, type SuiteReport } from './report.ts';

export interface CompareOptions {
  /** Without any, what was shown to be worse is a regression. */
  gates: readonly Gate[];
  better: Directions;
  level?: number | undefined;
  seed?: number | undefined;
}

export function compareFound(
  before: FoundScores,
  after: FoundScores,
  { gates, better, level, seed }: CompareOptions,
): SuiteReport {
  const compared = compareRuns(before.scores, after.scores, { better, level, seed });
  const judged = gates.map((gate) => judgeGate(gate, { run: after.scores, baseline: before.scores, better, level }));
  const problem = gates.length > 0 ? null : problemOf(compared, before, after);
  const verdict = gates.length > 0 ? judgeAll(judged) : verdictOf(compared);
  return {
    report: 1,
    suite: `${after.name} against ${before.name}`,
    verdict: problem === null ? verdict : 'could_not_run',
    problem,
    run: after.run,
    baseline: { id: before.id, name: before.name },
    summary: summarise(after.scores, level),
    compared,
    gates: judged,
    scores: scoresOf(after.scores),
  };
}

/** What keeps the two from being compared. */
function problemOf(compared: readonly ComparedScore[], before: FoundScores, after: FoundScores): string | null {
  if (compared.length === 0)
    return `They have no score in common that is a boolean or a number: ${namesOf(before)} and ${namesOf(after)}.`;
  if (compared.every(({ pairs }) => pairs === 0)) return 'They have no datapoint in common.';
  return null;
}

function namesOf({ name, scores }: FoundScores): string {
  return `${name} has ${[...scores.scores.keys()].join(', ') || 'none'}`;
}

function verdictOf(compared: readonly ComparedScore[]): GateVerdict {
  if (compared.some(({ verdict }) => verdict === 'worse')) return 'regression';
  return compared.some(({ verdict }) => verdict === 'not_enough_data') ? 'inconclusive' : 'passed';
}
