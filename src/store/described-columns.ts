/**
 * Descriptions on their way from the thread that made them: their numbers in one array. As objects, the thousands of a chart take
 * longer to send and to receive than to make, and it is the serving thread that receives them.
 */
import type { Interval } from '../statistics/interval.ts';
import {
  type BooleanDescription,
  type CategoryDescription,
  describedCategories,
  type Description,
  type NumberDescription,
} from '../statistics/description.ts';
import type { DescribedAggregate, DescribedRow } from './aggregates.ts';

/** Rows of one measure and group, one after the other. */
interface Run extends Pick<DescribedRow, 'measure' | 'kind' | 'group' | 'other'> {
  rows: number;
}

export interface DescribedColumns {
  plan: DescribedAggregate['plan'];
  runs: Run[];
  /** One by one, in the order of the rows, as `write` says: its bucket, and what it is described by. NaN for null. */
  numbers: Float64Array;
  /** Categories, which stand among the numbers by their places here. */
  categories: string[];
}

export function columnsOf({ rows, plan }: DescribedAggregate): DescribedColumns {
  const runs: Run[] = [];
  const numbers: number[] = [];
  const places = new Map<string, number>();
  let before: DescribedRow | undefined;
  for (const row of rows) {
    const { measure, kind, group, other, bucket, description } = row;
    if (before?.measure === measure && before.kind === kind && before.group === group && before.other === other)
      runs.at(-1)!.rows += 1;
    else runs.push({ measure, kind, group, other, rows: 1 });
    before = row;
    numbers.push(bucket);
    if (description.kind === 'number') writeNumber(numbers, description);
    else if (description.kind === 'boolean') writeBoolean(numbers, description);
    else writeCategories(numbers, description, places);
  }
  return { plan, runs, numbers: Float64Array.from(numbers), categories: [...places.keys()] };
}

/** `level` is that of the intervals. */
export function rowsOfColumns(
  { plan, runs, numbers, categories }: DescribedColumns,
  level: number,
): DescribedAggregate {
  const rows: DescribedRow[] = [];
  let at = 0;
  const next = (): number => numbers[at++]!;
  const read: Record<Description['kind'], () => Description> = {
    number: () => readNumber(next, level),
    boolean: () => readBoolean(next, level),
    category: () => readCategories(next, categories, level),
  };
  for (const { rows: count, ...of } of runs)
    for (let index = 0; index < count; index += 1) rows.push({ ...of, bucket: next(), description: read[of.kind]() });
  return { rows, plan };
}

function writeNumber(numbers: number[], one: NumberDescription): void {
  const { count, mean, meanInterval, standardDeviation, sum, min, max, p10, median, p90, exact } = one;
  numbers.push(count, mean ?? NaN, meanInterval?.low ?? NaN, meanInterval?.high ?? NaN, standardDeviation ?? NaN);
  numbers.push(sum ?? NaN, min ?? NaN, max ?? NaN, p10 ?? NaN, median ?? NaN, p90 ?? NaN, exact ? 1 : 0);
}

function readNumber(next: () => number, level: number): NumberDescription {
  const maybe = (): number | null => known(next());
  return {
    kind: 'number',
    count: next(),
    mean: maybe(),
    meanInterval: interval(maybe(), maybe(), level),
    standardDeviation: maybe(),
    sum: maybe(),
    min: maybe(),
    max: maybe(),
    p10: maybe(),
    median: maybe(),
    p90: maybe(),
    exact: next() === 1,
  };
}

function writeBoolean(numbers: number[], { count, trueCount, share, shareInterval }: BooleanDescription): void {
  numbers.push(count, trueCount, share ?? NaN, shareInterval?.low ?? NaN, shareInterval?.high ?? NaN);
}

function readBoolean(next: () => number, level: number): BooleanDescription {
  const [count, trueCount] = [next(), next()];
  const share = known(next());
  return { kind: 'boolean', count, trueCount, share, shareInterval: interval(known(next()), known(next()), level) };
}

/** How often each came; the rest follows from that. */
function writeCategories(
  numbers: number[],
  { categories, otherCount }: CategoryDescription,
  places: Map<string, number>,
): void {
  numbers.push(otherCount, categories.length);
  for (const { category, count } of categories) {
    let place = places.get(category);
    if (place === undefined) places.set(category, (place = places.size));
    numbers.push(place, count);
  }
}

function readCategories(next: () => number, names: readonly string[], level: number): CategoryDescription {
  const other = next();
  const byCategory = new Map<string, number>();
  for (let left = next(); left > 0; left -= 1) byCategory.set(names[next()]!, next());
  return describedCategories({ byCategory, other }, level);
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function interval(low: number | null, high: number | null, level: number): Interval | null {
  return low === null || high === null ? null : { low, high, level };
}
