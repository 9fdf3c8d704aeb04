/**
 * Buckets of time as people count it: minutes, hours, days, weeks (from Monday), months and years of a zone. Where clocks
 * are put forward a day has 23 hours, and 25 where they are put back; the bucket of a day is then as long as the day was.
 * Zones are IANA's names, or a fixed distance from UTC as Helicone's clients send it.
 */
export const BUCKET_UNITS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export type BucketUnit = (typeof BUCKET_UNITS)[number];

/** By how many milliseconds a zone's clocks are before UTC at an instant. */
export type Zone = (ms: number) => number;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Years 1 to 9999: what a date can be written as. */
const LEAST_MS = -62_135_596_800_000;
const MOST_MS = 253_402_300_799_999;

/** The zone of an IANA name such as `Europe/Berlin`; undefined where there is none. */
export function namedZone(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    });
  } catch {
    return undefined;
  }
  return (ms) => {
    const parts = new Map<string, string>(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const part = (type: string): number => Number(parts.get(type));
    const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
    const local = utcOf(year, part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return local - Math.floor(ms / 1000) * 1000;
  };
}

/** A zone whose clocks are always so far before UTC. */
export function fixedZone(aheadMs: number): Zone {
  return () => aheadMs;
}

/** Seven edges are six buckets. `tooMany` where there would be more than `most`. */
export function bucketEdges(
  fromMs: number,
  toMs: number,
  unit: BucketUnit,
  zone: Zone,
  most: number,
): number[] | 'tooMany' {
  const edges = [startOf(Math.max(LEAST_MS, Math.min(fromMs, MOST_MS)), unit, zone)];
  while (edges.at(-1)! < toMs) {
    if (edges.length > most) return 'tooMany';
    edges.push(startAfter(edges.at(-1)!, unit, zone));
  }
  return edges.length > 1 ? edges : [...edges, startAfter(edges[0]!, unit, zone)];
}

/** When the bucket began that an instant lies in. */
function startOf(ms: number, unit: BucketUnit, zone: Zone): number {
  const ahead = zone(ms);
  if (unit === 'minute') return floorTo(ms + ahead, MINUTE_MS) - ahead;
  if (unit === 'hour') return startOfHour(ms, zone);
  const local = new Date(ms + ahead);
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  if (unit === 'year') return midnight(utcOf(year, 0, 1), zone);
  if (unit === 'month') return midnight(utcOf(year, month, 1), zone);
  const today = utcOf(year, month, day);
  // getUTCDay counts from Sunday.
  return midnight(unit === 'day' ? today : today - ((local.getUTCDay() + 6) % 7) * DAY_MS, zone);
}

function startAfter(ms: number, unit: BucketUnit, zone: Zone): number {
  if (unit === 'minute') return ms + MINUTE_MS;
  if (unit === 'hour') {
    // Not always an hour later: some zones move by half of one.
    const next = startOf(ms + HOUR_MS, 'hour', zone);
    return next > ms ? next : ms + HOUR_MS;
  }
  // The middle of a bucket's first day is that day in every zone, however its clocks are moved at night.
  const local = new Date(ms + DAY_MS / 2 + zone(ms + DAY_MS / 2));
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  if (unit === 'year') return midnight(utcOf(year + 1, 0, 1), zone);
  if (unit === 'month') return midnight(utcOf(year, month + 1, 1), zone);
  return midnight(utcOf(year, month, day) + (unit === 'day' ? 1 : 7) * DAY_MS, zone);
}

/** Where clocks are moved by less than an hour (Lord Howe, Kathmandu in 1986), the hour that they show afterwards begins at that instant. */
function startOfHour(ms: number, zone: Zone): number {
  const ahead = zone(ms);
  const start = floorTo(ms + ahead, HOUR_MS) - ahead;
  if (zone(start) === ahead) return start;
  let [before, after] = [start, ms];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (zone(middle) === ahead) after = middle;
    else before = middle;
  }
  return after;
}

/** The first instant of a local day, given as if it were UTC's: 01:00 where clocks skip midnight, the earlier one where it comes twice. */
function midnight(local: number, zone: Zone): number {
  const candidates = [zone(local - DAY_MS), zone(local + DAY_MS)].map((ahead) => local - ahead);
  const within = candidates.filter((ms) => ms + zone(ms) >= local);
  return Math.min(...(within.length === 0 ? candidates : within));
}

function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step;
}

/** Date.UTC takes years below 100 for the 1900s. */
function utcOf(year: number, month: number, day: number, hour = 0, minute = 0, second = 0): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.setUTCHours(hour, minute, second);
}
