/** Ranges of time as they stand in addresses: `24h`, or `2026-03-01T10:00Z..2026-03-02T10:00Z`; and what they mean now. */

export interface Range {
  fromMs: number;
  toMs: number;
}

/** Those that are offered, by what addresses call them. */
export const RANGES = {
  '15m': { label: 'Last 15 minutes', ms: 15 * 60_000 },
  '1h': { label: 'Last hour', ms: 3_600_000 },
  '6h': { label: 'Last 6 hours', ms: 6 * 3_600_000 },
  '24h': { label: 'Last 24 hours', ms: 24 * 3_600_000 },
  '7d': { label: 'Last 7 days', ms: 7 * 86_400_000 },
  '30d': { label: 'Last 30 days', ms: 30 * 86_400_000 },
  '90d': { label: 'Last 90 days', ms: 90 * 86_400_000 },
} as const;
export type RangeName = keyof typeof RANGES;

export const DEFAULT_RANGE = '24h';

/** What was meant; undefined where it is no range. Ends a minute from now at most, so that asking twice in a minute is one question. */
export function readRange(text: string, nowMs = Date.now()): Range | undefined {
  if (Object.hasOwn(RANGES, text)) {
    const toMs = Math.ceil(nowMs / 60_000) * 60_000;
    return { fromMs: toMs - RANGES[text as RangeName].ms, toMs };
  }
  const [from, to] = text.split('..').map((part) => Date.parse(part));
  if (from === undefined || to === undefined || !(from < to)) return undefined;
  return { fromMs: from, toMs: to };
}

export function writeRange({ fromMs, toMs }: Range): string {
  return `${new Date(fromMs).toISOString()}..${new Date(toMs).toISOString()}`;
}

/** As long a range that ends where this one begins. */
export function rangeBefore({ fromMs, toMs }: Range): Range {
  return { fromMs: fromMs - (toMs - fromMs), toMs: fromMs };
}

const BUCKETS = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 7 * 86_400_000],
] as const;
export type Bucket = (typeof BUCKETS)[number][0];

/** Buckets of a chart of this range: as short as leaves at most 100 of them. */
export function bucketOf({ fromMs, toMs }: Range): Bucket {
  return BUCKETS.find(([, ms]) => (toMs - fromMs) / ms <= 100)?.[0] ?? 'week';
}
