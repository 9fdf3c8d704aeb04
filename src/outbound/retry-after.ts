/** How long a far end asks to be left alone. */

const LONGEST_MS = 24 * 3600 * 1000;

/** Milliseconds; seconds or a date on the wire (RFC 9110, 10.2.3), undefined for anything else. */
export function retryAfter(value: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  // Date.parse takes almost anything for a date; one on the wire begins with a weekday.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) - nowMs : Number.NaN;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : date;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_MS);
}
