/**
 * The answer of a question about numbers while it is put together: a cell for each measure, group and bucket. How observations
 * are found is left to who fills it; which groups are shown, and how rows look, is decided here for all.
 */
import { compareCodePoints } from '../../model/filter-match.ts';
import type { ScoreKind } from '../../model/score.ts';
import { addCategory } from '../../statistics/counts.ts';
import { addValue } from '../../statistics/summary.ts';
import type { AggregateRow, Measure } from '../aggregates.ts';
import { type Cell, cellCount, emptyCell, isPacked, mergeCell, type PackedCell, unpacked } from './row-blob.ts';

/** A measure of one kind: a score name may have been used with several. */
export interface MeasureOfKind {
  measure: Measure;
  kind: ScoreKind;
}

type Group = string | null;

type AnyCell = Cell | PackedCell;

export interface Tally {
  measures: readonly MeasureOfKind[];
  /** By measure's index: group -> bucket -> cell. */
  cells: Map<Group, Map<number, AnyCell>>[];
}

/** A row of the answer, with what it holds as it was found. */
export interface TallyRow extends Omit<AggregateRow, 'numbers' | 'categories'> {
  cell: AnyCell;
}

export function newTally(measures: readonly MeasureOfKind[]): Tally {
  return { measures, cells: measures.map(() => new Map()) };
}

/** The cell of a measure (by its index), group and bucket, made where there was none. */
function cellOf(tally: Tally, measure: number, group: Group, bucket: number): Cell {
  const ofCategories = isOfCategories(tally.measures[measure]!);
  const buckets = bucketsOf(tally, measure, group);
  const there = buckets.get(bucket);
  if (there !== undefined && !isPacked(there)) return there;
  const cell = there ? unpacked(there, ofCategories) : emptyCell(ofCategories);
  buckets.set(bucket, cell);
  return cell;
}

/** Adds a cell, which is the tally's from here on. */
export function addCell(tally: Tally, measure: number, group: Group, bucket: number, cell: AnyCell): void {
  const buckets = bucketsOf(tally, measure, group);
  const there = buckets.get(bucket);
  buckets.set(bucket, there === undefined ? cell : addedCell(there, cell, isOfCategories(tally.measures[measure]!)));
}

function bucketsOf(tally: Tally, measure: number, group: Group): Map<number, AnyCell> {
  const groups = tally.cells[measure]!;
  let buckets = groups.get(group);
  if (buckets === undefined) groups.set(group, (buckets = new Map()));
  return buckets;
}

function isOfCategories({ kind }: MeasureOfKind): boolean {
  return kind === 'category';
}

/** Both together; either may be changed, and is to be used no more. */
function addedCell(one: AnyCell, other: AnyCell, ofCategories: boolean): AnyCell {
  if (isPacked(one) && isPacked(other)) {
    one.packed.push(...other.packed);
    one.count += other.count;
    return one;
  }
  const whole = unpacked(one, ofCategories);
  mergeCell(whole, unpacked(other, ofCategories));
  return whole;
}

/** Adds one observation. */
export function observe(tally: Tally, measure: number, group: Group, bucket: number, value: number | string): void {
  const cell = cellOf(tally, measure, group, bucket);
  if (cell.categories) addCategory(cell.categories, String(value));
  else addValue(cell.numbers!, value as number);
}

/**
 * The rows of the answer, by measure, group and bucket. Groups beyond `groupLimit`, by how many observations of all measures
 * they have and then by name, share one; the same groups are shown of every measure, so that lines of two charts match.
 */
export function rowsOfTally(tally: Tally, groupLimit: number): TallyRow[] {
  const shown = shownGroups(tally, groupLimit);
  const rows: TallyRow[] = [];
  for (const [index, one] of tally.measures.entries()) {
    const { measure, kind } = one;
    const others = new Map<number, AnyCell>();
    const own: TallyRow[] = [];
    for (const [group, buckets] of tally.cells[index]!) {
      for (const [bucket, cell] of buckets) {
        if (cellCount(cell) === 0) continue;
        const there = others.get(bucket);
        if (shown.has(group)) own.push({ measure, kind, group, other: false, bucket, cell });
        else others.set(bucket, there ? addedCell(there, cell, isOfCategories(one)) : cell);
      }
    }
    own.sort((a, b) => shown.get(a.group)! - shown.get(b.group)! || a.bucket - b.bucket);
    rows.push(...own);
    for (const [bucket, cell] of [...others].sort((a, b) => a[0] - b[0]))
      rows.push({ measure, kind, group: null, other: true, bucket, cell });
  }
  return rows;
}

/** The same rows with what they hold read. Throws RangeError where that cannot be done. */
export function unpackedRows(rows: readonly TallyRow[]): AggregateRow[] {
  return rows.map(({ cell, ...row }) => ({ ...row, ...unpacked(cell, isOfCategories(row)) }));
}

/** The groups that are shown, each with its place. */
function shownGroups(tally: Tally, limit: number): Map<Group, number> {
  const counts = new Map<Group, number>();
  for (const groups of tally.cells)
    for (const [group, buckets] of groups)
      for (const cell of buckets.values()) counts.set(group, (counts.get(group) ?? 0) + cellCount(cell));
  const order = [...counts].sort(
    ([a, countA], [b, countB]) => countB - countA || (a === null ? 1 : b === null ? -1 : compareCodePoints(a, b)),
  );
  return new Map(order.slice(0, limit).map(([group], place) => [group, place]));
}
