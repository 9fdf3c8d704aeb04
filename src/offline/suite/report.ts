/** What a suite came to, as data: what every report is written from, and what a later run takes as its baseline. */
import { z } from 'zod';
import { scoreKind, scoreValueSchema } from '../../model/score.ts';
import type { Run } from '../../model/run.ts';
import type { ComparedScore } from '../comparison/compare-runs.ts';
import type { GateResult, GateVerdict } from '../comparison/gate.ts';
import { noScores, type RunScores } from '../comparison/run-scores.ts';
import type { RunSummary } from '../comparison/summary.ts';

export interface SuiteReport {
  /** Of this form of report. */
  report: 1;
  suite: string;
  verdict: GateVerdict;
  /** Why it could not run; null where it did. */
  problem: string | null;
  run: Pick<Run, 'id' | 'spec' | 'state' | 'reason' | 'createdAtMs' | 'endedAtMs'> | null;
  baseline: { id: string | null; name: string } | null;
  summary: RunSummary | null;
  compared: ComparedScore[];
  gates: GateResult[];
  /** Score -> datapoint -> a value for each repetition: what another run is compared with. */
  scores: Record<string, { evaluator: string; datapoints: Record<string, (boolean | number | string)[]> }>;
}

export function scoresOf({ scores }: RunScores): SuiteReport['scores'] {
  return Object.fromEntries(
    [...scores].map(([name, { evaluator, datapoints }]) => [
      name,
      { evaluator, datapoints: Object.fromEntries([...datapoints].map(([id, { values }]) => [id, values])) },
    ]),
  );
}

const baselineSchema = z.object({
  report: z.literal(1),
  suite: z.string(),
  run: z.object({ id: z.string() }).nullable(),
  scores: z.record(
    z.string(),
    z.object({ evaluator: z.string(), datapoints: z.record(z.string(), z.array(scoreValueSchema).min(1)) }),
  ),
});

/** Scores of a report as those of a run. Throws an Error where it is none. */
export function readReport(text: string): { scores: RunScores; suite: string; runId: string | null } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const read = baselineSchema.safeParse(value);
  if (!read.success) throw new Error('it is no report of a suite; write one with gradeway run --report json=FILE');
  const all = noScores();
  for (const [name, { evaluator, datapoints }] of Object.entries(read.data.scores)) {
    const entries = Object.entries(datapoints).map(
      ([datapointId, values], position) => [datapointId, { datapointId, position, values }] as const,
    );
    const first = entries[0]?.[1].values[0];
    if (first !== undefined)
      all.scores.set(name, { name, evaluator, kind: scoreKind(first), datapoints: new Map(entries) });
  }
  return { scores: all, suite: read.data.suite, runId: read.data.run?.id ?? null };
}
