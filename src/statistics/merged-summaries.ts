/**
 * Summaries added up as they are read from their bytes, for answers of thousands: what `mergeSummary` makes of them, without a Map
 * for each. Runs in ascending order stand behind one another in two pairs of arrays, and are merged two by two from one
 * pair into the other.
 */
import type { Ascending } from './ascending.ts';
import { binKey, coarserKey, FINEST_PRECISION } from './log-bins.ts';
import { mergedMoments, momentsOfArrays } from './moments.ts';
import { type Arrays, newArrays, readAscending } from './summary-bytes.ts';
import { EXACT_VALUES, type Folded, FOLDED_BINS } from './summary.ts';

/** Where a run stands in its arrays. */
interface Run {
  from: number;
  to: number;
}

/** Bins that are counted side by side, used or not: eight powers of two. */
const MOST_SPAN = 2048;

export class MergedSummaries {
  #arrays = newArrays();
  #others = newArrays();
  readonly #bins = new Float64Array(MOST_SPAN);

  /** All that these bytes hold together, until the next call. Throws RangeError as `decodeSummary` does. */
  read(parts: readonly Uint8Array[]): Ascending {
    if (parts.length === 1) return readAscending(parts[0]!, this.#arrays);
    const runs: Run[] = [];
    const folds: (Folded | null)[] = [];
    let end = 0;
    for (const part of parts) {
      const { length, folded } = readAscending(part, this.#arrays, end);
      if (length === 0) continue;
      runs.push({ from: end, to: end + length });
      folds.push(folded);
      end += length;
    }
    const folded = folds.some(Boolean) ? this.#foldRuns(runs, folds) : end > EXACT_VALUES ? this.#foldMany(runs) : null;
    const length = this.#merge(runs);
    return this.#bounded({ ...this.#arrays, length, folded });
  }

  /**
   * Folds values that are certainly too many different ones, without looking for equal ones among them first: into more bins than values
   * are kept. Undefined, and nothing changed, where they may be few.
   */
  #foldMany(runs: Run[]): Folded | null {
    const { keys, times } = this.#arrays;
    let [first, last] = [Infinity, -Infinity];
    for (const { from, to } of runs) {
      first = Math.min(first, binKey(keys[from]!, FINEST_PRECISION));
      last = Math.max(last, binKey(keys[to - 1]!, FINEST_PRECISION));
    }
    const span = last - first + 1;
    if (span <= EXACT_VALUES || span > this.#bins.length) return null;
    const bins = this.#bins.fill(0, 0, span);
    let used = 0;
    for (const { from, to } of runs) {
      for (let place = from; place < to; place++) {
        const bin = binKey(keys[place]!, FINEST_PRECISION) - first;
        if (bins[bin] === 0) used += 1;
        bins[bin] = bins[bin]! + times[place]!;
      }
    }
    if (used <= EXACT_VALUES) return null;
    const folded = this.#foldedOf(runs);
    let place = 0;
    for (let bin = 0; bin < span; bin++) {
      if (bins[bin] === 0) continue;
      keys[place] = bin + first;
      times[place++] = bins[bin]!;
    }
    runs.splice(0, runs.length, { from: 0, to: place });
    return folded;
  }

  #foldedOf(runs: readonly Run[]): Folded {
    const moments = runs.map((run) => this.#momentsOf(run)).reduce(mergedMoments);
    return { precision: FINEST_PRECISION, moments, extremesExact: true };
  }

  /** Folds all runs alike; what they are together. */
  #foldRuns(runs: Run[], folds: readonly (Folded | null)[]): Folded {
    const precision = Math.min(...folds.map((one) => one?.precision ?? FINEST_PRECISION));
    let together: Folded | undefined;
    for (const [index, run] of runs.entries()) {
      const own = folds[index];
      const folded = own ?? { precision: FINEST_PRECISION, moments: this.#momentsOf(run), extremesExact: true };
      if (!own) foldRun(this.#arrays, run);
      coarsenRun(this.#arrays, run, folded.precision - precision);
      const { moments, extremesExact } = folded;
      together = {
        precision,
        moments: together ? mergedMoments(together.moments, moments) : moments,
        extremesExact: extremesExact && (together?.extremesExact ?? true),
      };
    }
    return together!;
  }

  #momentsOf({ from, to }: Run): Folded['moments'] {
    const { keys, times } = this.#arrays;
    return momentsOfArrays({ keys: keys.subarray(from, to), times: times.subarray(from, to), length: to - from });
  }

  /** Merges all runs into the first places of `#arrays`; how many keys there are. */
  #merge(runs: readonly Run[]): number {
    let left = runs;
    while (left.length > 1) {
      const merged: Run[] = [];
      let end = 0;
      if (this.#others.keys.length < this.#arrays.keys.length)
        this.#others = {
          keys: new Float64Array(this.#arrays.keys.length),
          times: new Float64Array(this.#arrays.keys.length),
        };
      for (let index = 0; index < left.length; index += 2) {
        const from = end;
        end = mergeRuns(this.#arrays, left[index]!, left[index + 1] ?? NO_RUN, this.#others, from);
        merged.push({ from, to: end });
      }
      [this.#arrays, this.#others] = [this.#others, this.#arrays];
      left = merged;
    }
    return left[0]?.to ?? 0;
  }

  /** Folds what has more values than are kept, and coarsens what has more bins. */
  #bounded({ length, folded }: Ascending): Ascending {
    const run = { from: 0, to: length };
    let whole = folded;
    if (whole === null && length > EXACT_VALUES) {
      whole = { precision: FINEST_PRECISION, moments: this.#momentsOf(run), extremesExact: true };
      foldRun(this.#arrays, run);
    }
    while (whole !== null && run.to > FOLDED_BINS) {
      coarsenRun(this.#arrays, run, 1);
      whole = { ...whole, precision: whole.precision - 1 };
    }
    return { ...this.#arrays, length: run.to, folded: whole };
  }
}

const NO_RUN: Run = { from: 0, to: 0 };

/** Both runs as one, from the place `at` of the other arrays on; the place behind it. */
function mergeRuns({ keys, times }: Arrays, one: Run, other: Run, into: Arrays, at: number): number {
  const [intoKeys, intoTimes] = [into.keys, into.times];
  let [a, b, place] = [one.from, other.from, at];
  while (a < one.to && b < other.to) {
    const keyA = keys[a]!;
    const keyB = keys[b]!;
    let sum = 0;
    if (keyA <= keyB) sum += times[a++]!;
    if (keyB <= keyA) sum += times[b++]!;
    intoKeys[place] = keyA < keyB ? keyA : keyB;
    intoTimes[place++] = sum;
  }
  for (; a < one.to; a++, place++) {
    intoKeys[place] = keys[a]!;
    intoTimes[place] = times[a]!;
  }
  for (; b < other.to; b++, place++) {
    intoKeys[place] = keys[b]!;
    intoTimes[place] = times[b]!;
  }
  return place;
}

/** Values to bins. */
function foldRun(arrays: Arrays, run: Run): void {
  rekey(arrays, run, (value) => binKey(value, FINEST_PRECISION));
}

function coarsenRun(arrays: Arrays, run: Run, times: number): void {
  if (times > 0) rekey(arrays, run, (key) => coarserKey(key, times));
}

/** Puts in place of each key another that orders alike; those that become the same are one. */
function rekey({ keys, times }: Arrays, run: Run, keyOf: (key: number) => number): void {
  let last = run.from - 1;
  for (let place = run.from; place < run.to; place++) {
    const key = keyOf(keys[place]!);
    if (last >= run.from && keys[last] === key) {
      times[last] = times[last]! + times[place]!;
    } else {
      last += 1;
      keys[last] = key;
      times[last] = times[place]!;
    }
  }
  run.to = last + 1;
}
