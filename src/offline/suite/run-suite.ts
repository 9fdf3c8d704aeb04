/**
 * A suite, run to its verdict: its dataset and run are made, the run is waited for, compared with the baseline and judged by the gates.
 * Who works on the run is whoever works on runs here; what is written of it is left to the reports.
 */
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Evaluator } from '../../model/evaluator.ts';
import type { Provider } from '../../model/exchange.ts';
import { type Run, type RunProgress, type RunSpec, runSpecSchema } from '../../model/run.ts';
import type { Store } from '../../store/store.ts';
import { compareRuns } from '../comparison/compare-runs.ts';
import { directionsOf } from '../comparison/directions.ts';
import { judgeAll, judgeGate } from '../comparison/gate.ts';
import { readRunScores, type RunScores } from '../comparison/run-scores.ts';
import { summarise } from '../comparison/summary.ts';
import { createRun } from '../runs/create-run.ts';
import { type FoundScores, findScores } from './find-scores.ts';
import { importFile } from './import-file.ts';
import { scoresOf, type SuiteReport } from './report.ts';
import type { Suite } from './suite.ts';

export interface SuiteParts {
  store: Pick<Store, 'datasets' | 'runs'>;
  evaluators: readonly Evaluator[];
  upstreams: ReadonlyMap<string, Provider>;
  projectId: string;
  onProgress: (progress: RunProgress, run: Run) => void;
  signal: AbortSignal;
}

export interface SuiteFile {
  suite: Suite;
  name: string;
  /** Other files are named from its folder. */
  path: string;
  /** Only so many datapoints. */
  sample?: number | undefined;
}

const LOOK_MS = 250;

/** Throws what is wrong with the suite; what goes wrong while it runs is in the report. */
export async function runSuite({ suite, name, path, sample }: SuiteFile, parts: SuiteParts): Promise<SuiteReport> {
  const { store, projectId } = parts;
  const folder = dirname(path);
  const baseline = suite.baseline === undefined ? undefined : await findBaseline(suite.baseline, folder, parts);
  const dataset = await datasetOf(suite, { folder, name }, parts);
  const spec: RunSpec = runSpecSchema.parse({
    name,
    dataset: { ...dataset, sample: sample ?? dataset.sample },
    outputs: suite.outputs,
    evaluators: suite.evaluators,
    repetitions: suite.repetitions,
    concurrency: suite.concurrency,
    callsPerMinute: suite.callsPerMinute,
    spendCapUsd: suite.spendCapUsd,
  });
  const run = await createRun(parts, projectId, spec);
  const ended = await finished(run, parts);
  const scores = await readRunScores(store.runs, ended);
  const better = directionsOf(parts.evaluators, projectId);
  const gates = suite.gates.map((gate) => judgeGate(gate, { run: scores, baseline: baseline?.scores, better }));
  const problem = problemOf(ended, scores, suite);
  return {
    report: 1,
    suite: name,
    verdict: problem === null ? judgeAll(gates) : 'could_not_run',
    problem,
    run: ended,
    baseline: baseline === undefined ? null : { id: baseline.id, name: suite.baseline! },
    summary: summarise(scores),
    compared: baseline === undefined ? [] : compareRuns(baseline.scores, scores, { better }),
    gates,
    scores: scoresOf(scores),
  };
}

async function datasetOf(
  { dataset }: Suite,
  { folder, name }: { folder: string; name: string },
  { store, projectId }: SuiteParts,
): Promise<RunSpec['dataset']> {
  if (!('file' in dataset)) return dataset;
  const { file, format, name: given, ...part } = dataset;
  const called =
    given ??
    name
      .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 100);
  const version = await importFile(store.datasets, { path: resolve(folder, file), format, projectId, name: called });
  return { ...part, name: called, version };
}

async function findBaseline(given: string, folder: string, { store, projectId }: SuiteParts): Promise<FoundScores> {
  try {
    return await findScores(given, { folder, runs: store.runs, projectId });
  } catch (error) {
    throw new Error(`baseline: ${(error as Error).message}`, { cause: error });
  }
}

async function finished(run: Run, { store, projectId, onProgress, signal }: SuiteParts): Promise<Run> {
  for (;;) {
    const now = await store.runs.find(projectId, run.id);
    if (now === undefined) throw new Error('The run was removed while it went on.');
    onProgress(await store.runs.progress(run.id), now);
    if (now.endedAtMs !== null) return now;
    if (signal.aborted) {
      await store.runs.settle(run.id, 'cancelled', 'It was interrupted.', Date.now());
      continue;
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}

/** What keeps the run from being judged at all: that is nobody's regression. */
function problemOf({ state, reason }: Run, { outputs }: RunScores, { mostFailedOutputs }: Suite): string | null {
  if (state !== 'completed') return `The run was ${state}: ${reason ?? 'nobody said why'}`;
  const all = outputs.there + outputs.failed;
  if (all === 0) return 'The dataset has no datapoints.';
  const share = outputs.failed / all;
  if (share <= mostFailedOutputs) return null;
  return `${outputs.failed} of ${all} outputs are missing, more than ${mostFailedOutputs * 100} % (mostFailedOutputs).`;
}
