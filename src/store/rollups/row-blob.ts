/**
 * What a row of the rollups holds, and what a delta makes of it: a summary of numbers, or counts of categories, as bytes. Which
 * of them it is follows from the measure, and stands in the bytes' first one.
 */
import {
  addCategory,
  type Counts,
  decodeCounts,
  encodeCounts,
  mergeCounts,
  noCounts,
  removeCategory,
  totalOf,
} from '../../statistics/counts.ts';
import { countInBytes, decodeSummary, encodeSummary } from '../../statistics/summary-bytes.ts';
import { addValue, countOf, emptySummary, mergeSummary, removeValue, type Summary } from '../../statistics/summary.ts';
import type { Delta } from './deltas.ts';

/** A row's content, read. */
export interface Cell {
  numbers: Summary | null;
  categories: Counts | null;
}

/** Rows that are added up, and not read before it is asked what they hold: a chart has thousands, most of them of one row. */
export interface PackedCell {
  packed: Uint8Array[];
  count: number;
}

export function isPacked(cell: Cell | PackedCell): cell is PackedCell {
  return 'packed' in cell;
}

/** Throws RangeError where a row cannot be read. */
export function unpacked(cell: Cell | PackedCell, ofCategories: boolean): Cell {
  if (!isPacked(cell)) return cell;
  const whole = emptyCell(ofCategories);
  for (const blob of cell.packed) mergeCell(whole, readCell(blob, ofCategories));
  return whole;
}

/** An empty cell, of categories or of numbers. */
export function emptyCell(ofCategories: boolean): Cell {
  return ofCategories ? { numbers: null, categories: noCounts() } : { numbers: emptySummary(), categories: null };
}

export function readCell(blob: Uint8Array, ofCategories: boolean): Cell {
  return ofCategories
    ? { numbers: null, categories: decodeCounts(blob) }
    : { numbers: decodeSummary(blob), categories: null };
}

/** How many observations a row has, without reading it where that takes long. */
export function countInRow(blob: Uint8Array, ofCategories: boolean): number {
  return ofCategories ? totalOf(decodeCounts(blob)) : countInBytes(blob);
}

/** The bytes of a cell; null for one of nothing, which has no row. */
export function cellBytes({ numbers, categories }: Cell): Uint8Array | null {
  if (categories) return totalOf(categories) === 0 ? null : encodeCounts(categories);
  return numbers === null || numbers.bins.size === 0 ? null : encodeSummary(numbers);
}

export function cellCount(cell: Cell | PackedCell): number {
  if (isPacked(cell)) return cell.count;
  return cell.categories ? totalOf(cell.categories) : countOf(cell.numbers!);
}

export function mergeCell(into: Cell, from: Cell): void {
  if (into.categories) mergeCounts(into.categories, from.categories!);
  else mergeSummary(into.numbers!, from.numbers!);
}

/** Applies a delta. What goes, goes first: it never makes a summary larger for a moment, and so never folds it. */
export function changeCell(cell: Cell, delta: Delta): void {
  for (const [value, times] of delta) if (times < 0 && !take(cell, value, -times)) throw new RollupMismatch(value);
  for (const [value, times] of delta) {
    if (times <= 0) continue;
    if (cell.categories) addCategory(cell.categories, String(value), times);
    else addValue(cell.numbers!, value as number, times);
  }
}

/** What a delta makes of a row's bytes (undefined where there is no row); null where nothing is left. */
export function changedBytes(stored: Uint8Array | undefined, delta: Delta): Uint8Array | null {
  const ofCategories = typeof delta.keys().next().value === 'string';
  const cell = stored ? readCell(stored, ofCategories) : emptyCell(ofCategories);
  changeCell(cell, delta);
  return cellBytes(cell);
}

function take(cell: Cell, value: number | string, times: number): boolean {
  return cell.categories
    ? removeCategory(cell.categories, String(value), times)
    : removeValue(cell.numbers!, value as number, times);
}

/** A rollup does not hold what is to be taken out of it: it is not of the rows that it was believed to be of. */
export class RollupMismatch extends Error {
  constructor(value: number | string) {
    super(`A rollup does not hold the value ${JSON.stringify(value)} that is to be taken out of it.`);
    this.name = 'RollupMismatch';
  }
}

/** A row of a measure's hour that cannot be read, or does not hold what is to be taken out of it: the hour is to be made anew. */
export class DamagedRollup extends Error {
  readonly measure: number;
  readonly hour: number;

  constructor(of: { measure: number; hour: number }, cause: unknown) {
    super(`A rollup of measure ${of.measure} in hour ${of.hour} is not of its rows.`, { cause });
    this.name = 'DamagedRollup';
    this.measure = of.measure;
    this.hour = of.hour;
  }
}

/** Whether an error says that a row's bytes are not what they should be. */
export function isOfDamage(error: unknown): boolean {
  return error instanceof RollupMismatch || error instanceof RangeError;
}

/** What `read` makes of the bytes of a row that stands there. Throws DamagedRollup. */
export function fromRow<Result>(row: { measure: number; hour: number }, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw isOfDamage(error) ? new DamagedRollup(row, error) : error;
  }
}
