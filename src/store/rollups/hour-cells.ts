/**
 * From the rows of rollups, hour by hour, and what has not been folded into them yet, to the cells of an answer. Where groups are
 * asked for, logs without a value are what is left of all logs when every group is taken out. Reading rows is the engine's.
 */
import { subtractCounts } from '../../statistics/counts.ts';
import { subtractSummary } from '../../statistics/summary.ts';
import { type Delta, type Deltas, mergedDelta } from './deltas.ts';
import { dayOf, HOURS_A_DAY } from './hours.ts';
import {
  type Cell,
  cellCount,
  changeCell,
  countInRow,
  emptyCell,
  type PackedCell,
  RollupMismatch,
  unpacked,
} from './row-blob.ts';
import { ALL_LOGS } from './rolled.ts';
import { addCell, type Tally } from './tally.ts';

export interface RollupRow {
  hour: number;
  pair: number;
  summary: Uint8Array;
  /** How many observations it has, where that is known. */
  count?: number;
}

/** What a question asks of rollups: pairs, each with the group that it is counted under. */
export interface AskedPairs {
  groups: ReadonlyMap<number, string | null>;
  /** Whether what is in no group is counted under null: `rows` then hold those of all logs, too. */
  rest: boolean;
}

export interface AskedHours {
  /** The measure, by its place in the tally and by its id. */
  index: number;
  measure: number;
  bucketOfHour: (hour: number) => number;
  /** Days that come as one row a pair, in the place of their first hour. */
  days?: readonly number[];
}

/** Adds a measure's rows, which come hour by hour, to the tally. `pending` is what was not folded yet of the same rows. */
export function addHours(
  tally: Tally,
  { index, measure, bucketOfHour, days = [] }: AskedHours,
  asked: AskedPairs,
  rows: Iterable<RollupRow>,
  pending: Deltas,
): void {
  const ofCategories = tally.measures[index]!.kind === 'category';
  const deltas = byStretch(pending.byMeasure.get(measure), new Set(days));
  const finish = ({ hour, cells }: OpenHour): void => {
    const bucket = bucketOfHour(hour);
    applyPending(cells, deltas.get(hour), asked, ofCategories);
    deltas.delete(hour);
    if (bucket >= 0) addHour(tally, index, bucket, asked, cells);
  };
  let open: OpenHour | undefined;
  for (const { hour, pair, summary, count = countInRow(summary, ofCategories) } of rows) {
    if (open !== undefined && open.hour !== hour) finish(open);
    if (open?.hour !== hour) open = { hour, cells: new Map() };
    open.cells.set(pair, { packed: [summary], count });
  }
  if (open !== undefined) finish(open);
  // Hours of which nothing had been folded.
  for (const hour of deltas.keys()) finish({ hour, cells: new Map() });
}

/** What was read of one hour, or of a day, by the pair. */
interface OpenHour {
  hour: number;
  cells: Map<number, Cell | PackedCell>;
}

/** What waits of a measure by the hour; of days that come as one row, all at their first hour. */
function byStretch(
  deltas: ReadonlyMap<number, Map<number, Delta>> | undefined,
  days: ReadonlySet<number>,
): Map<number, Map<number, Delta>> {
  const pending = new Map<number, Map<number, Delta>>();
  for (const [hour, pairs] of deltas ?? []) {
    const day = dayOf(hour);
    const at = days.has(day) ? day * HOURS_A_DAY : hour;
    const before = pending.get(at);
    if (before === undefined) pending.set(at, new Map(pairs));
    else for (const [pair, delta] of pairs) before.set(pair, mergedDelta(before.get(pair), delta));
  }
  return pending;
}

/** Applies what waits for the pairs that are asked for: of the others no rows were read, and nothing could be taken out of them. */
function applyPending(
  cells: OpenHour['cells'],
  deltas: ReadonlyMap<number, Delta> | undefined,
  asked: AskedPairs,
  ofCategories: boolean,
): void {
  for (const [pair, delta] of deltas ?? []) {
    if (!asked.groups.has(pair) && !(asked.rest && pair === ALL_LOGS)) continue;
    const there = cells.get(pair);
    const cell = there ? unpacked(there, ofCategories) : emptyCell(ofCategories);
    cells.set(pair, cell);
    changeCell(cell, delta);
  }
}

function addHour(tally: Tally, index: number, bucket: number, asked: AskedPairs, cells: OpenHour['cells']): void {
  // As a rule every log has a value, and the count of all says so.
  const all = asked.rest ? cells.get(ALL_LOGS) : undefined;
  let left = all ? cellCount(all) : 0;
  const grouped: { group: string | null; cell: Cell | PackedCell }[] = [];
  for (const [pair, cell] of cells) {
    const group = asked.groups.get(pair);
    if (group === undefined) continue;
    const count = cellCount(cell);
    if (count === 0) continue;
    left -= count;
    grouped.push({ group, cell });
  }
  if (left !== 0 && all !== undefined) {
    const ofCategories = tally.measures[index]!.kind === 'category';
    const rest = unpacked(all, ofCategories);
    for (const { cell } of grouped) takeOut(rest, unpacked(cell, ofCategories));
    addCell(tally, index, null, bucket, rest);
  }
  // Last: a cell that is added may be changed by the next of its group.
  for (const { group, cell } of grouped) addCell(tally, index, group, bucket, cell);
}

function takeOut(from: Cell, part: Cell): void {
  const held = from.categories
    ? subtractCounts(from.categories, part.categories!)
    : subtractSummary(from.numbers!, part.numbers!);
  if (!held) throw new RollupMismatch('of a group');
}
