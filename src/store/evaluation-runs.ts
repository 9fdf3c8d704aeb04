/**
 * Runs as a family of the store. One process at a time works on a run, under a lease; what it has done is kept cell by cell, so
 * that whoever goes on does nothing twice. Results of runs are apart from live scores.
 */
import type { Cell, Run, RunEvaluator, RunOutput, RunProgress, RunResult, RunState } from '../model/run.ts';

export interface RunPage {
  /** Number of the run behind which it goes on; null at the beginning. */
  after: number | null;
  limit: number;
}

export interface NumberedRun extends Run {
  /** Grows with time. */
  seq: number;
}

/** A range of positions: [from, to]. */
export interface PositionRange {
  from: number;
  to: number;
}

export interface RunStore {
  create(run: Run): Promise<void>;
  /** Of one project, the newest first. */
  list(projectId: string, page: RunPage): Promise<NumberedRun[]>;
  find(projectId: string, id: string): Promise<Run | undefined>;
  /** Removes it with all that belongs to it; its logs stay. Whether there was one. */
  remove(projectId: string, id: string): Promise<boolean>;
  /** Those of all projects that are not over and may be worked on by `holder`: for who works on runs only. */
  open(holder: string, nowMs: number): Promise<(Run & { posted: number })[]>;
  /** Takes or keeps a run. False where another holds it, or it is over. */
  take(id: string, lease: { holder: string; nowMs: number; untilMs: number }): Promise<boolean>;
  /**
   * Sets the state of a run that is not over. Whether it did. A state that ends it lets go of it. Where `posted` is given, only
   * while nothing more was posted since.
   */
  settle(id: string, state: RunState, reason: string | null, nowMs: number, posted?: number): Promise<boolean>;
  /**
   * Adds evaluators; a completed run is pending again. Whether it did: not to a run that was cancelled or failed, or has one
   * of these names.
   */
  extend(projectId: string, id: string, evaluators: readonly RunEvaluator[]): Promise<boolean>;
  /** How many outputs there are to be: set when a run is first worked on. */
  expect(id: string, outputs: number): Promise<void>;
  /** Keeps outputs; one that is there stays, unless it failed. `posted`: who works on the run is to look again. */
  putOutputs(id: string, outputs: readonly RunOutput[], posted: boolean): Promise<void>;
  /** Keeps results: those that there were of the same evaluator and cell are replaced. */
  putResults(id: string, results: readonly RunResult[], posted: boolean): Promise<void>;
  /** Outputs and results of a range of positions, in order. */
  outputs(id: string, range: PositionRange): Promise<RunOutput[]>;
  results(id: string, range: PositionRange): Promise<RunResult[]>;
  progress(id: string): Promise<RunProgress>;
  /** Logs of outputs that came of these requests (SHA-256, hex), by hash, of any run of the project; the newest of each. */
  cached(
    projectId: string,
    hashes: readonly string[],
  ): Promise<Record<string, { logId: string; costUsd: number | null }>>;
  /** The output of a cell. */
  outputOf(id: string, datapointId: string, repetition: number): Promise<RunOutput | undefined>;
  /** Cells of the project's runs whose output is this log; the newest run first. */
  ofLog(projectId: string, logId: string): Promise<CellOfLog[]>;
}

export interface CellOfLog extends Cell {
  runId: string;
  datapointId: string;
}
