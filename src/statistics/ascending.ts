/**
 * A summary of numbers as arrays in ascending order: to be asked many things, and not to be changed. Thousands of them are read from
 * their bytes for a chart (merged-summaries.ts), in arrays that are used again, where a Map for each would cost most of the time.
 */
import { compensatedSum, type CountedArrays, momentsOfArrays, type Moments } from './moments.ts';
import type { Folded, Summary } from './summary.ts';

/** Values, or bins' keys once they are folded, each once. */
export interface Ascending extends CountedArrays {
  folded: Folded | null;
}

export function ascendingOf({ bins, folded }: Summary): Ascending {
  const keys = new Float64Array(bins.size);
  const times = new Float64Array(bins.size);
  let place = 0;
  for (const key of bins.keys()) keys[place++] = key;
  // As doubles they are sorted without a call for each comparison.
  keys.sort();
  for (let index = 0; index < place; index++) times[index] = bins.get(keys[index]!)!;
  return { keys, times, length: place, folded };
}

/** Count, mean, spread and extremes. */
export function momentsOfAscending(values: Ascending): Moments {
  return values.folded ? values.folded.moments : momentsOfArrays(values);
}

/** All values added up; null for none, and where no double is as large. Once folded it is mean times count: right but for the last digits. */
export function sumOfAscending(values: Ascending): number | null {
  if (values.length === 0) return null;
  const { folded } = values;
  const sum = folded ? folded.moments.mean * folded.moments.count : compensatedSum(values);
  return Number.isFinite(sum) ? sum : null;
}

/** How often a value that is not folded occurs. */
export function timesOf({ keys, times, length }: Ascending, value: number): number {
  const place = keys.subarray(0, length).indexOf(value);
  return place < 0 ? 0 : times[place]!;
}
