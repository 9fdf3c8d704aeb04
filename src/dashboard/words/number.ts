/** Numbers as people read them, each with its unit. An unknown number is an en dash, never a 0. */

export const UNKNOWN = '–';

const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const three = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** 12,345 */
export function countText(value: number | null | undefined): string {
  return value == null ? UNKNOWN : counts.format(value);
}

/** 12.3K */
export function shortCountText(value: number | null | undefined): string {
  return value == null ? UNKNOWN : Math.abs(value) < 10_000 ? counts.format(value) : short.format(value);
}

/** A value of a score or a mean: three significant digits, or all of a whole number. */
export function valueText(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? counts.format(value) : three.format(value);
}

/** A share of 1 in per cent: 12.3 %. */
export function percentText(share: number | null | undefined): string {
  if (share == null) return UNKNOWN;
  const value = share * 100;
  const digits = value === 0 || value === 100 || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} %`;
}

/** US dollars: $1,234, $1.23, $0.000123. */
export function moneyText(usd: number | null | undefined): string {
  if (usd == null) return UNKNOWN;
  if (usd === 0) return '$0';
  const size = Math.abs(usd);
  const sign = usd < 0 ? '-' : '';
  if (size >= 1000) return `${sign}$${counts.format(size)}`;
  if (size >= 0.1) return `${sign}$${size.toFixed(2)}`;
  return `${sign}$${size.toPrecision(2).replace(/e-(\d+)$/, (_whole, power: string) => `e-${power}`)}`;
}

/** Milliseconds in the unit in which they are easiest to compare: 340 ms, 1.25 s, 2 min 5 s, 3 h 10 min. */
export function durationText(ms: number | null | undefined): string {
  if (ms == null) return UNKNOWN;
  if (ms < 10) return `${three.format(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return joined(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return joined(Math.floor(minutes / 1440), 'd', Math.round((minutes % 1440) / 60), 'h');
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Bytes: 340 B, 1.2 kB, 3.4 MB. */
export function bytesText(bytes: number | null | undefined): string {
  if (bytes == null) return UNKNOWN;
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toPrecision(3)} kB`;
  return `${(bytes / 1_000_000).toPrecision(3)} MB`;
}
