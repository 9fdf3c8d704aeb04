/**
 * Which parts of a range of time are whole hours, that rollups answer, and which are pieces of hours, that are read from rows. Edges
 * may lie anywhere: the days of a time zone half an hour off UTC begin within an hour.
 */
import { HOUR_MS, hourOf } from './rolled.ts';

export const HOURS_A_DAY = 24;

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

/** What a question asks for, and the part of it in which a project has logs at all. */
export interface AskedRange extends TimeRange {
  /** The same, where it ends beyond all logs made longer to whole hours: so the hour that is going on is one of the rollups'. */
  readable: TimeRange;
}

/** A question's range within its buckets. Null where no log can lie in it. */
export function askedRange(
  question: { fromMs: number | null; toMs: number | null; edgesMs: readonly number[] | null },
  logs: { firstMs: number; lastMs: number },
): AskedRange | null {
  const fromMs = Math.max(question.fromMs ?? -Infinity, question.edgesMs?.[0] ?? -Infinity);
  const toMs = Math.min(question.toMs ?? Infinity, question.edgesMs?.at(-1) ?? Infinity);
  if (!(fromMs < toMs) || fromMs > logs.lastMs || toMs <= logs.firstMs) return null;
  return {
    fromMs,
    toMs,
    readable: {
      fromMs: fromMs <= logs.firstMs ? hourOf(logs.firstMs) * HOUR_MS : fromMs,
      toMs: toMs > logs.lastMs ? (hourOf(logs.lastMs) + 1) * HOUR_MS : toMs,
    },
  };
}

/** The range as it was asked for, without the ends that are infinite. */
export function finiteRange({ fromMs, toMs, readable }: AskedRange): TimeRange {
  return {
    fromMs: fromMs === -Infinity ? readable.fromMs : fromMs,
    toMs: toMs === Infinity ? readable.toMs : toMs,
  };
}

/** Cuts a range at its ends and at the edges within: an hour is whole where no cut lies inside it. */
export function planHours(edgesMs: readonly number[] | null, asked: AskedRange): HourPlan {
  const { fromMs, toMs } = asked.readable;
  const cuts = new Set<number>();
  for (const end of [fromMs, toMs]) if (end % HOUR_MS !== 0) cuts.add(hourOf(end));
  for (const edge of edgesMs ?? [])
    if (edge > asked.fromMs && edge < asked.toMs && edge > fromMs && edge < toMs && edge % HOUR_MS !== 0)
      cuts.add(hourOf(edge));
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

/** The bucket of a whole hour: of its first part that was asked for. */
export function bucketOfHour(edgesMs: readonly number[] | null, asked: AskedRange, hour: number): number {
  return edgesMs === null ? 0 : bucketOf(edgesMs, Math.max(hour * HOUR_MS, asked.fromMs));
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

/** The day that an hour lies in, since the epoch. */
export function dayOf(hour: number): number {
  return Math.floor(hour / HOURS_A_DAY);
}

/** The days that lie in ranges of hours as a whole, and whose hours all share a bucket. */
export function wholeDays(ranges: readonly HourRange[], bucketOf: (hour: number) => number): number[] {
  const days: number[] = [];
  for (const { fromHour, toHour } of ranges) {
    for (let day = Math.ceil(fromHour / HOURS_A_DAY); (day + 1) * HOURS_A_DAY <= toHour; day += 1) {
      const first = day * HOURS_A_DAY;
      if (bucketOf(first) === bucketOf(first + HOURS_A_DAY - 1)) days.push(day);
    }
  }
  return days;
}

/** What is left of ranges of hours without some days, which lie in them as a whole and ascend. */
export function withoutDays(ranges: readonly HourRange[], days: readonly number[]): HourRange[] {
  const left: HourRange[] = [];
  let index = 0;
  for (const { fromHour, toHour } of ranges) {
    let at = fromHour;
    for (; index < days.length && days[index]! * HOURS_A_DAY < toHour; index += 1) {
      const first = days[index]! * HOURS_A_DAY;
      if (first > at) left.push({ fromHour: at, toHour: first });
      at = first + HOURS_A_DAY;
    }
    if (at < toHour) left.push({ fromHour: at, toHour });
  }
  return left;
}

/** Hours by where they stand. */
export interface SplitHours {
  /** A range for each day, within it. */
  inDays: HourRange[];
  alone: HourRange[];
}

/** Cuts ranges, which ascend, into what lies in one of the days and what lies in none. */
export function splitByDays(ranges: readonly HourRange[], days: { has: (day: number) => boolean }): SplitHours {
  const split: SplitHours = { inDays: [], alone: [] };
  for (const { fromHour, toHour } of ranges) {
    for (let at = fromHour; at < toHour;) {
      const end = Math.min(toHour, (dayOf(at) + 1) * HOURS_A_DAY);
      const before = split.alone.at(-1);
      if (days.has(dayOf(at))) split.inDays.push({ fromHour: at, toHour: end });
      else if (before?.toHour === at) before.toHour = end;
      else split.alone.push({ fromHour: at, toHour: end });
      at = end;
    }
  }
  return split;
}

function addPiece(pieces: TimeRange[], piece: TimeRange): void {
  const last = pieces.at(-1);
  if (last?.toMs === piece.fromMs) last.toMs = piece.toMs;
  else pieces.push(piece);
}
