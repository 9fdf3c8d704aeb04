/** Rows of runs, as both engines have them, to what the store's callers see. */
import { OUTCOMES } from '../model/outcome.ts';
import {
  type Run,
  type RunEvaluator,
  type RunProgress,
  type RunResult,
  runSpecSchema,
  type RunState,
} from '../model/run.ts';
import { scoreValue } from './score-columns.ts';

/** Ids are texts here. */
export interface RunRow {
  seq: number;
  id: string;
  projectId: string;
  spec: string;
  state: string;
  reason: string | null;
  outputs: number;
  posted: number;
  createdAtMs: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
}

export interface ResultRow extends Omit<RunResult, 'value' | 'outcome'> {
  outcome: string;
  kind: string | null;
  number: number | null;
  category: string | null;
}

export function runOf({ seq: _seq, posted: _posted, spec, state, ...row }: RunRow): Run {
  // Checked when it was put; read again by the schema so that what came into it since has its default.
  return { ...row, spec: runSpecSchema.parse(JSON.parse(spec)), state: state as RunState };
}

export function resultOf({ kind, number, category, outcome, ...row }: ResultRow): RunResult {
  return {
    ...row,
    outcome: outcome as RunResult['outcome'],
    value: kind === null ? null : scoreValue({ kind, number, category }),
  };
}

/** The spec with further evaluators, as JSON; undefined where one of these names is there already. */
export function extendedSpec(spec: string, evaluators: readonly RunEvaluator[]): string | undefined {
  const read = runSpecSchema.parse(JSON.parse(spec));
  const all = [...read.evaluators, ...evaluators];
  const isTwice = new Set(all.map(({ name }) => name)).size < all.length;
  return isTwice ? undefined : JSON.stringify({ ...read, evaluators: all });
}

export interface ProgressRows {
  outputs: number;
  sums: { there: number; failed: number; cost: number | null; resultsCost: number | null };
  outcomes: { evaluator: string; outcome: string; count: number }[];
}

export function progressOf({ outputs, sums, outcomes }: ProgressRows): RunProgress {
  const evaluators: RunProgress['evaluators'] = {};
  for (const { evaluator, outcome, count } of outcomes) {
    if (!Object.hasOwn(evaluators, evaluator)) {
      const none = Object.fromEntries(OUTCOMES.map((one) => [one, 0])) as RunProgress['evaluators'][string];
      Object.defineProperty(evaluators, evaluator, { value: none, enumerable: true, configurable: true });
    }
    evaluators[evaluator]![outcome as RunResult['outcome']] += count;
  }
  return {
    outputs,
    outputsThere: sums.there,
    outputsFailed: sums.failed,
    evaluators,
    costUsd: (sums.cost ?? 0) + (sums.resultsCost ?? 0),
  };
}
