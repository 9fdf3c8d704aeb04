/** A run as a matrix: a line for each datapoint and repetition, a column for each score. */
import type { RunCells, ShownRunOutput, ShownRunResult } from '../../model/shown-run.ts';

export interface MatrixLine {
  key: string;
  position: number;
  repetition: number;
  output: ShownRunOutput | undefined;
  /** By name of the score. */
  results: Map<string, ShownRunResult>;
}

export function matrixOf(pages: readonly RunCells[]): { lines: MatrixLine[]; scores: string[] } {
  const lines = new Map<string, MatrixLine>();
  const scores = new Set<string>();
  const lineOf = ({ position, repetition }: { position: number; repetition: number }): MatrixLine => {
    const key = `${position}.${repetition}`;
    const found = lines.get(key) ?? { key, position, repetition, output: undefined, results: new Map() };
    lines.set(key, found);
    return found;
  };
  for (const { outputs, results } of pages) {
    for (const output of outputs) lineOf(output).output = output;
    for (const result of results) {
      scores.add(result.name);
      lineOf(result).results.set(result.name, result);
    }
  }
  return { lines: [...lines.values()], scores: [...scores].toSorted() };
}
