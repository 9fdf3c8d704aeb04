/**
 * How evaluators' looks belong to score names: an evaluator gives one score of its own name, or several named
 * `evaluator:part`. So every number of a score can stand beside how many looks ended without one.
 */
import { OUTCOMES } from '../../model/outcome.ts';
import type { CategoryDescription } from '../../statistics/description.ts';
import type { DescribedRow } from '../../store/aggregates.ts';
import type { EvaluationCounts } from '../../model/shown-statistics.ts';

/** The evaluators that can have given a score, the nearest first: of its name, or of what stands before a colon of it. */
export function evaluatorsOf(score: string): string[] {
  const names = [score];
  for (let colon = score.lastIndexOf(':'); colon > 0; colon = score.lastIndexOf(':', colon - 1))
    names.push(score.slice(0, colon));
  return names;
}

/** Where a row of an answer belongs. */
export type Cell = Pick<DescribedRow, 'group' | 'other' | 'bucket'>;

/** A text for each group and bucket: no two of them are the same. */
export function cellKey({ group, other, bucket }: Cell): string {
  return JSON.stringify([group, other, bucket]);
}

/** Counts of looks in an answer, by evaluator and cell. */
export class Evaluations {
  readonly #counts = new Map<string, Map<string, { cell: Cell; counts: EvaluationCounts }>>();

  constructor(rows: readonly DescribedRow[]) {
    for (const { measure, description, group, other, bucket } of rows) {
      if (!('outcomes' in measure) || description.kind !== 'category') continue;
      const cells = this.#counts.get(measure.outcomes) ?? new Map<string, { cell: Cell; counts: EvaluationCounts }>();
      this.#counts.set(measure.outcomes, cells);
      const cell = { group, other, bucket };
      cells.set(cellKey(cell), { cell, counts: countsOf(description) });
    }
  }

  /** Null where no evaluator of this score looked at any log of the cell. */
  of(score: string, cell: Cell): EvaluationCounts | null {
    return this.#evaluatorOf(score)?.get(cellKey(cell))?.counts ?? null;
  }

  /** Where the evaluator of this score looked, with or without giving it. */
  cellsOf(score: string): Cell[] {
    return [...(this.#evaluatorOf(score)?.values() ?? [])].map(({ cell }) => cell);
  }

  /** Evaluators that can have given none of these scores. */
  without(scores: readonly string[]): string[] {
    const known = new Set(scores.flatMap(evaluatorsOf));
    return [...this.#counts.keys()].filter((evaluator) => !known.has(evaluator));
  }

  #evaluatorOf(score: string): Map<string, { cell: Cell; counts: EvaluationCounts }> | undefined {
    const name = evaluatorsOf(score).find((evaluator) => this.#counts.has(evaluator));
    return name === undefined ? undefined : this.#counts.get(name);
  }
}

function countsOf({ categories }: CategoryDescription): EvaluationCounts {
  const counts = new Map(categories.map(({ category, count }) => [category, count]));
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, counts.get(outcome) ?? 0])) as EvaluationCounts;
}
