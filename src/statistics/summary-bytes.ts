/**
 * A summary of numbers as bytes, for the rows of rollups: the same summary gives the same bytes, and reading refuses whatever
 * no summary could have written. Whole numbers and short decimals (0.85) are kept as differences of whole numbers, so that an
 * hour of booleans takes 7 bytes and one of scores between 0 and 100 two or three for each different value.
 *
 *     exact:   0x11, how many values, decimals (0-6, or 255: doubles follow), then for each value, ascending: step, times
 *     folded:  0x12, precision, whether the extremes are exact, mean, squared deviations, min, max, how many bins, then for
 *              each bin, ascending: step of the key, times
 */
import type { Ascending } from './ascending.ts';
import {
  BLOB,
  endReading,
  readDouble,
  readKind,
  readSigned,
  readWhole,
  startReading,
  startWriting,
  unreadable,
  viewOf,
  writeDouble,
  writeSigned,
  writeWhole,
  written,
  type ByteReader,
  type ByteWriter,
} from './bytes.ts';
import { binKey, FINEST_PRECISION, lastKey } from './log-bins.ts';
import { EXACT_VALUES, FOLDED_BINS, type Summary } from './summary.ts';

const MOST_DECIMALS = 6;
const DOUBLES = 255;
const DOUBLE_BYTES = 8;
/** Below it a step between two whole numbers, and twice any of them, is still exact. */
const LARGEST_SCALED = 2 ** 51;

/** Arrays that summaries are read into one after the other; they are made larger where they have to be. */
export interface Arrays {
  keys: Float64Array;
  times: Float64Array;
}

export function newArrays(): Arrays {
  return { keys: new Float64Array(EXACT_VALUES), times: new Float64Array(EXACT_VALUES) };
}

const scratch = newArrays();

/** The bytes of a summary of numbers. */
export function encodeSummary(summary: Summary): Uint8Array {
  const bins = [...summary.bins].sort((a, b) => a[0] - b[0]);
  const writer = startWriting(summary.folded ? BLOB.foldedNumbers : BLOB.exactNumbers);
  if (summary.folded) {
    const { precision, moments, extremesExact } = summary.folded;
    writeWhole(writer, precision);
    writeWhole(writer, extremesExact ? 1 : 0);
    for (const value of [moments.mean, moments.squaredDeviations, moments.min, moments.max]) writeDouble(writer, value);
    writeWhole(writer, bins.length);
    writeSteps(writer, bins, 1);
    return written(writer);
  }
  writeWhole(writer, bins.length);
  const decimals = decimalsOf(bins);
  writeWhole(writer, decimals ?? DOUBLES);
  if (decimals !== null) {
    writeSteps(writer, bins, 10 ** decimals);
  } else {
    for (const [value, times] of bins) {
      writeDouble(writer, value);
      writeWhole(writer, times);
    }
  }
  return written(writer);
}

/** The summary that `bytes` hold. Throws RangeError when they hold none. */
export function decodeSummary(bytes: Uint8Array): Summary {
  const { keys, times, length, folded } = readAscending(bytes, scratch);
  const bins = new Map<number, number>();
  for (let index = 0; index < length; index++) bins.set(keys[index]!, times[index]!);
  return { bins, folded };
}

/** The summary that `bytes` hold, in `into` from the place `at` on; it says how many keys there are. Throws as `decodeSummary` does. */
export function readAscending(bytes: Uint8Array, into: Arrays, at = 0): Ascending {
  const reader = startReading(bytes);
  const kind = readKind(reader);
  if (kind !== BLOB.exactNumbers && kind !== BLOB.foldedNumbers) throw unreadable(`their first is ${kind}`);
  const read = kind === BLOB.exactNumbers ? readExact(reader, into, at) : readFolded(reader, into, at);
  endReading(reader);
  return { ...into, ...read };
}

/** How many observations the summary in these bytes has: a tenth of the time of reading it. Throws RangeError as `decodeSummary` does. */
export function countInBytes(bytes: Uint8Array): number {
  const reader = startReading(bytes);
  const kind = readKind(reader);
  if (kind !== BLOB.exactNumbers && kind !== BLOB.foldedNumbers) throw unreadable(`their first is ${kind}`);
  if (kind === BLOB.foldedNumbers) {
    readWhole(reader);
    readWhole(reader);
    reader.at += 4 * DOUBLE_BYTES;
  }
  let left = readWhole(reader);
  const areDoubles = kind === BLOB.exactNumbers && readWhole(reader) === DOUBLES;
  let count = 0;
  for (; left > 0; left -= 1) {
    if (areDoubles) reader.at += DOUBLE_BYTES;
    else readWhole(reader);
    count += readTimes(reader);
  }
  endReading(reader);
  return count;
}

/** How many decimals suffice for every value to be read back as it was; null when some value has too many. */
function decimalsOf(bins: [number, number][]): number | null {
  let decimals = 0;
  for (const [value] of bins) {
    while (!isScaled(value, 10 ** decimals)) if (++decimals > MOST_DECIMALS) return null;
  }
  // More decimals for one value must not spoil another.
  return bins.every(([value]) => isScaled(value, 10 ** decimals)) ? decimals : null;
}

function isScaled(value: number, scale: number): boolean {
  const scaled = Math.round(value * scale);
  return Math.abs(scaled) < LARGEST_SCALED && scaled / scale === value;
}

function writeSteps(writer: ByteWriter, bins: [number, number][], scale: number): void {
  let before: number | null = null;
  for (const [value, times] of bins) {
    const whole = Math.round(value * scale);
    if (before === null) writeSigned(writer, whole);
    else writeWhole(writer, whole - before);
    writeWhole(writer, times);
    before = whole;
  }
}

function reserve(into: Arrays, length: number): void {
  if (length <= into.keys.length) return;
  for (const name of ['keys', 'times'] as const) {
    const larger = new Float64Array(Math.max(length, into[name].length * 2));
    larger.set(into[name]);
    into[name] = larger;
  }
}

/** Reads keys into the places from `at` up to `end`, ascending, with their times; how many observations that are. */
function readSteps(reader: ByteReader, scale: number, { keys, times }: Arrays, at: number, end: number): number {
  let whole = 0;
  let count = 0;
  for (let place = at; place < end; place++) {
    const step = place === at ? readSigned(reader) : readWhole(reader);
    if (place > at && step === 0) throw unreadable('a value stands twice');
    whole += step;
    if (Math.abs(whole) >= LARGEST_SCALED) throw unreadable('a value is too large');
    keys[place] = whole / scale;
    count += times[place] = readTimes(reader);
  }
  return checkedCount(count);
}

function readDoubles(reader: ByteReader, { keys, times }: Arrays, at: number, end: number): number {
  const view = viewOf(reader);
  let count = 0;
  let before = -Infinity;
  for (let place = at; place < end; place++) {
    const value = readDouble(reader, view);
    if (!Number.isFinite(value) || value <= before) throw unreadable('values are not in order');
    before = value;
    keys[place] = value + 0;
    count += times[place] = readTimes(reader);
  }
  return checkedCount(count);
}

function readTimes(reader: ByteReader): number {
  const times = readWhole(reader);
  if (times === 0) throw unreadable('a value occurs 0 times');
  return times;
}

type Read = Pick<Ascending, 'length' | 'folded'>;

function readExact(reader: ByteReader, into: Arrays, at: number): Read {
  const length = readWhole(reader);
  if (length > EXACT_VALUES) throw unreadable(`${length} values are more than are kept`);
  const decimals = readWhole(reader);
  if (decimals > MOST_DECIMALS && decimals !== DOUBLES) throw unreadable(`${decimals} decimals are too many`);
  reserve(into, at + length);
  if (decimals === DOUBLES) readDoubles(reader, into, at, at + length);
  else readSteps(reader, 10 ** decimals, into, at, at + length);
  return { length, folded: null };
}

function readFolded(reader: ByteReader, into: Arrays, at: number): Read {
  const precision = readWhole(reader);
  if (precision > FINEST_PRECISION) throw unreadable(`a precision of ${precision} is too fine`);
  const flag = readWhole(reader);
  if (flag > 1) throw unreadable('a flag is neither 0 nor 1');
  const view = viewOf(reader);
  const [mean, squaredDeviations] = [readDouble(reader, view), readDouble(reader, view)];
  const [min, max] = [readDouble(reader, view), readDouble(reader, view)];
  if (!Number.isFinite(mean) || !(squaredDeviations >= 0)) throw unreadable('mean or spread is no number');
  const length = readWhole(reader);
  if (length < 1 || length > FOLDED_BINS) throw unreadable(`${length} bins are not possible`);
  reserve(into, at + length);
  const count = readSteps(reader, 1, into, at, at + length);
  const [first, last] = [into.keys[at]!, into.keys[at + length - 1]!];
  if (Math.max(-first, last) > lastKey(precision)) throw unreadable('a bin lies beyond all numbers');
  // Negated, so that NaN is refused too.
  if (!(min <= mean && mean <= max)) throw unreadable('the mean lies outside');
  if (binKey(min, precision) !== first || binKey(max, precision) !== last) throw unreadable('extremes and bins differ');
  const moments = { count, mean, squaredDeviations, min: min + 0, max: max + 0 };
  return { length, folded: { precision, moments, extremesExact: flag === 1 } };
}

function checkedCount(count: number): number {
  if (!Number.isSafeInteger(count)) throw unreadable('there are too many observations');
  return count;
}
