/** A score's value in three columns: its kind, a number (booleans as 1 and 0), a category. */
import { type ScoreKind, scoreKind, type ScoreValue } from '../model/score.ts';

export interface ScoreColumns {
  kind: string;
  number: number | null;
  category: string | null;
}

export function scoreColumns(value: ScoreValue): ScoreColumns & { kind: ScoreKind } {
  return {
    kind: scoreKind(value),
    number: typeof value === 'string' ? null : Number(value),
    category: typeof value === 'string' ? value : null,
  };
}

export function scoreValue(columns: ScoreColumns): ScoreValue {
  if (columns.kind === 'category') return columns.category ?? '';
  return columns.kind === 'boolean' ? columns.number === 1 : (columns.number ?? 0);
}
