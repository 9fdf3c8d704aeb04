/**
 * Descriptions in place of summaries: an answer of a thousand cells holds a hundred thousand values, which the serving thread should
 * neither receive nor add up while calls wait to be proxied. So the thread that found them says what they come to.
 */
import { described, type Description, describedBooleans, describedNumbers } from '../statistics/description.ts';
import { MergedSummaries } from '../statistics/merged-summaries.ts';
import { timesOf } from '../statistics/ascending.ts';
import type { AggregateRow, DescribedRow } from './aggregates.ts';
import { isPacked, unpacked } from './rollups/row-blob.ts';
import type { TallyRow } from './rollups/tally.ts';

export function describedRows(rows: readonly AggregateRow[], level: number): DescribedRow[] {
  return rows.map(({ numbers, categories, ...row }) => ({
    ...row,
    description: described(row.kind, { numbers, categories }, level),
  }));
}

/** The same of rows as they were found. Throws RangeError where one cannot be read. */
export function describedCells(rows: readonly TallyRow[], level: number): DescribedRow[] {
  const merged = new MergedSummaries();
  return rows.map(({ cell, ...row }) => ({ ...row, description: describedCell(row.kind, cell, merged, level) }));
}

function describedCell(
  kind: Description['kind'],
  cell: TallyRow['cell'],
  merged: MergedSummaries,
  level: number,
): Description {
  if (kind === 'category' || !isPacked(cell)) return described(kind, unpacked(cell, kind === 'category'), level);
  const values = merged.read(cell.packed);
  return kind === 'number' ? describedNumbers(values, level) : describedBooleans(cell.count, timesOf(values, 1), level);
}
