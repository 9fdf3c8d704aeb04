/**
 * From the rows of rollups, hour by hour, and what has not been folded into them yet, to the cells of an answer. Where groups are
 * asked for, logs without a value are what is left of all logs when every group is taken out. Reading rows is the engine's.
 */
import { subtractCounts } from '../../statistics/counts.ts';
import { subtractSummary } from '../../statistics/summary.ts';
import type { Delta, Deltas } from './deltas.ts';
import {
  type Cell,
  cellCount,
  changeCell,
  copyCell,
  emptyCell,
  mergeCell,
  readCell,
  RollupMismatch,
} from './row-blob.ts';
import { ALL_LOGS } from './rolled.ts';
import { cellOf, type Tally } from './tally.ts';

export interface RollupRow {
  hour: number;
  pair: number;
  summary: Uint8Array;
}

/** What a question asks of rollups: pairs, each with the group that it is counted under. */
export interface AskedPairs {
  groups: ReadonlyMap<number, string | null>;
  /** Whether what is in no group is counted under null: `rows` then hold those of all logs, too. */
  rest: boolean;
}

/** Adds a measure's rows, which come hour by hour, to the tally. `pending` is what was not folded yet of the same rows. */
export function addHours(
  tally: Tally,
  of: { index: number; measure: number; bucketOfHour: (hour: number) => number },
  asked: AskedPairs,
  rows: Iterable<RollupRow>,
  pending: Deltas,
): void {
  const ofCategories = tally.measures[of.index]!.kind === 'category';
  const deltas = new Map(pending.byMeasure.get(of.measure));
  let open: { hour: number; cells: Map<number, Cell> } | undefined;
  const finish = (): void => {
    if (open === undefined) return;
    const bucket = of.bucketOfHour(open.hour);
    applyPending(open.cells, deltas.get(open.hour), asked, ofCategories);
    deltas.delete(open.hour);
    if (bucket >= 0) addHour(tally, of.index, bucket, asked, open.cells);
  };
  for (const { hour, pair, summary } of rows) {
    if (open?.hour !== hour) {
      finish();
      open = { hour, cells: new Map() };
    }
    open.cells.set(pair, readCell(summary, ofCategories));
  }
  finish();
  // Hours of which nothing had been folded.
  for (const [hour, pairs] of deltas) {
    const bucket = of.bucketOfHour(hour);
    if (bucket < 0) continue;
    const cells = new Map<number, Cell>();
    applyPending(cells, pairs, asked, ofCategories);
    addHour(tally, of.index, bucket, asked, cells);
  }
}

/** Applies what waits for the pairs that are asked for: of the others no rows were read, and nothing could be taken out of them. */
function applyPending(
  cells: Map<number, Cell>,
  deltas: ReadonlyMap<number, Delta> | undefined,
  asked: AskedPairs,
  ofCategories: boolean,
): void {
  for (const [pair, delta] of deltas ?? []) {
    if (!asked.groups.has(pair) && !(asked.rest && pair === ALL_LOGS)) continue;
    let cell = cells.get(pair);
    if (cell === undefined) cells.set(pair, (cell = emptyCell(ofCategories)));
    changeCell(cell, delta);
  }
}

function addHour(tally: Tally, index: number, bucket: number, asked: AskedPairs, cells: Map<number, Cell>): void {
  const all = asked.rest ? cells.get(ALL_LOGS) : undefined;
  let left = all ? cellCount(all) : 0;
  const grouped: Cell[] = [];
  for (const [pair, cell] of cells) {
    const group = asked.groups.get(pair);
    if (group === undefined) continue;
    if (cellCount(cell) === 0) continue;
    left -= cellCount(cell);
    mergeCell(cellOf(tally, index, group, bucket), cell);
    grouped.push(cell);
  }
  if (!all || left === 0) return;
  const rest = copyCell(all);
  for (const cell of grouped) takeOut(rest, cell);
  mergeCell(cellOf(tally, index, null, bucket), rest);
}

function takeOut(from: Cell, part: Cell): void {
  const held = from.categories
    ? subtractCounts(from.categories, part.categories!)
    : subtractSummary(from.numbers!, part.numbers!);
  if (!held) throw new RollupMismatch('of a group');
}
