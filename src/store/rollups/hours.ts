/**
 * Which parts of a range of time are whole hours, that rollups answer, and which are pieces of hours, that are read from rows. Edges
 * may lie anywhere: the days of a time zone half an hour off UTC begin within an hour.
 */
import { HOUR_MS, hourOf } from './rolled.ts';

/** [from, to), in hours since the epoch. */
export interface HourRange {
  fromHour: number;
  toHour: number;
}

/** [from, to), in milliseconds since the epoch. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

export interface HourPlan {
  hours: HourRange[];
  pieces: TimeRange[];
}

/** The index of the bucket [edges[i], edges[i + 1]) that a time lies in; -1 where it lies in none. */
export function bucketOf(edgesMs: readonly number[], ms: number): number {
  let low = 0;
  let high = edgesMs.length - 1;
  if (high < 1 || ms < edgesMs[0]! || ms >= edgesMs[high]!) return -1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (edgesMs[middle]! <= ms) low = middle;
    else high = middle;
  }
  return low;
}

/** Edges within a range: the first and the last bucket are cut, those outside are empty. Null where nothing is left. */
export function clippedRange(
  edgesMs: readonly number[] | null,
  range: { fromMs: number; toMs: number },
): TimeRange | null {
  const fromMs = Math.max(range.fromMs, edgesMs?.[0] ?? -Infinity);
  const toMs = Math.min(range.toMs, edgesMs?.at(-1) ?? Infinity);
  return fromMs < toMs ? { fromMs, toMs } : null;
}

/** Cuts a finite range at its ends and at the edges within: an hour is whole where no cut lies inside it. */
export function planHours(edgesMs: readonly number[] | null, { fromMs, toMs }: TimeRange): HourPlan {
  const cuts = new Set<number>();
  for (const edge of [fromMs, toMs, ...(edgesMs ?? [])])
    if (edge >= fromMs && edge <= toMs && edge % HOUR_MS !== 0) cuts.add(hourOf(edge));
  const plan: HourPlan = { hours: [], pieces: [] };
  let at = hourOf(fromMs);
  const end = Math.ceil(toMs / HOUR_MS);
  for (const hour of [...cuts].sort((a, b) => a - b)) {
    if (hour > at) plan.hours.push({ fromHour: at, toHour: hour });
    addPiece(plan.pieces, { fromMs: Math.max(fromMs, hour * HOUR_MS), toMs: Math.min(toMs, (hour + 1) * HOUR_MS) });
    at = hour + 1;
  }
  if (at < end) plan.hours.push({ fromHour: at, toHour: end });
  return plan;
}

/** Whether an hour is in one of the ranges, which ascend. */
export function hasHour(ranges: readonly HourRange[], hour: number): boolean {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.toHour <= hour) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low]!.fromHour <= hour;
}

function addPiece(pieces: TimeRange[], piece: TimeRange): void {
  const last = pieces.at(-1);
  if (last?.toMs === piece.fromMs) last.toMs = piece.toMs;
  else pieces.push(piece);
}
