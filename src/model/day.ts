/** Days as people count them in a zone: when the one of an instant began and ends, and its date. */
import { bucketEdges, fixedZone, namedZone, type Zone } from './time-buckets.ts';

export interface Day {
  /** Such as 2026-01-31. */
  date: string;
  startMs: number;
  endMs: number;
}

const UTC = fixedZone(0);

/** The day of an instant, for one zone; whoever asks for many instants of one day has it worked out once. Throws RangeError for a zone that there is not. */
export function daysOf(timeZone: string | undefined): (ms: number) => Day {
  const zone = timeZone === undefined ? UTC : namedZone(timeZone);
  if (zone === undefined) throw new RangeError(`There is no time zone ${timeZone}`);
  let last: Day = { date: '', startMs: 0, endMs: 0 };
  return (ms) => {
    if (ms < last.startMs || ms >= last.endMs) last = dayOf(ms, zone);
    return last;
  };
}

function dayOf(ms: number, zone: Zone): Day {
  const [startMs, endMs] = bucketEdges(ms, ms + 1, 'day', zone, 1) as [number, number];
  // The middle of the day is that day, however its clocks are moved at night.
  const middle = startMs + (endMs - startMs) / 2;
  return { date: dateOf(middle + zone(middle)), startMs, endMs };
}

/** The date of UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function dateBefore(date: string): string {
  return dateOf(Date.parse(date) - 86_400_000);
}
