/** Medians and percentiles of measured values. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that `share` (0 to 1) of all values do not exceed. `sorted` is in rising order. */
export function percentile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

export interface Distribution {
  count: number;
  p50: number;
  p99: number;
  highest: number;
}

/** Sorts in place: the exact distribution, since a run has some hundred thousand values at most. */
export function distribution(values: Float64Array): Distribution {
  values.sort();
  const { length: count } = values;
  return {
    count,
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    highest: values[count - 1] ?? Number.NaN,
  };
}
