/**
 * A summary of numbers as bytes, for the rows of rollups: the same summary gives the same bytes, and reading refuses whatever
 * no summary could have written. Whole numbers and short decimals (0.85) are kept as differences of whole numbers, so that an
 * hour of booleans takes 7 bytes and one of scores between 0 and 100 two or three for each different value.
 *
 *     exact:   0x11, how many values, decimals (0-6, or 255: doubles follow), then for each value, ascending: step, times
 *     folded:  0x12, precision, whether the extremes are exact, mean, squared deviations, min, max, how many bins, then for
 *              each bin, ascending: step of the key, times
 */
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
  const reader = startReading(bytes);
  const kind = readKind(reader);
  if (kind !== BLOB.exactNumbers && kind !== BLOB.foldedNumbers) throw unreadable(`their first is ${kind}`);
  const summary = kind === BLOB.exactNumbers ? readExact(reader) : readFolded(reader);
  endReading(reader);
  return summary;
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

function readSteps(reader: ByteReader, count: number, scale: number): Map<number, number> {
  const bins = new Map<number, number>();
  let whole = 0;
  for (let index = 0; index < count; index++) {
    const step = index === 0 ? readSigned(reader) : readWhole(reader);
    if (index > 0 && step === 0) throw unreadable('a value stands twice');
    whole += step;
    if (Math.abs(whole) >= LARGEST_SCALED) throw unreadable('a value is too large');
    bins.set(whole / scale, readTimes(reader));
  }
  return bins;
}

function readDoubles(reader: ByteReader, count: number): Map<number, number> {
  const bins = new Map<number, number>();
  let before = -Infinity;
  for (let index = 0; index < count; index++) {
    const value = readDouble(reader);
    if (!Number.isFinite(value) || value <= before) throw unreadable('values are not in order');
    before = value;
    bins.set(value + 0, readTimes(reader));
  }
  return bins;
}

function readTimes(reader: ByteReader): number {
  const times = readWhole(reader);
  if (times === 0) throw unreadable('a value occurs 0 times');
  return times;
}

function readExact(reader: ByteReader): Summary {
  const count = readWhole(reader);
  if (count > EXACT_VALUES) throw unreadable(`${count} values are more than are kept`);
  const decimals = readWhole(reader);
  if (decimals > MOST_DECIMALS && decimals !== DOUBLES) throw unreadable(`${decimals} decimals are too many`);
  const bins = decimals === DOUBLES ? readDoubles(reader, count) : readSteps(reader, count, 10 ** decimals);
  sumOfTimes(bins);
  return { bins, folded: null };
}

function readFolded(reader: ByteReader): Summary {
  const precision = readWhole(reader);
  if (precision > FINEST_PRECISION) throw unreadable(`a precision of ${precision} is too fine`);
  const flag = readWhole(reader);
  if (flag > 1) throw unreadable('a flag is neither 0 nor 1');
  const [mean, squaredDeviations] = [readDouble(reader), readDouble(reader)];
  const [min, max] = [readDouble(reader), readDouble(reader)];
  if (!Number.isFinite(mean) || !(squaredDeviations >= 0)) throw unreadable('mean or spread is no number');
  const count = readWhole(reader);
  if (count < 1 || count > FOLDED_BINS) throw unreadable(`${count} bins are not possible`);
  const bins = readSteps(reader, count, 1);
  const keys = [...bins.keys()];
  const [first, last] = [keys[0]!, keys.at(-1)!];
  if (Math.max(-first, last) > lastKey(precision)) throw unreadable('a bin lies beyond all numbers');
  // Negated, so that NaN is refused too.
  if (!(min <= mean && mean <= max)) throw unreadable('the mean lies outside');
  if (binKey(min, precision) !== first || binKey(max, precision) !== last) throw unreadable('extremes and bins differ');
  const moments = { count: sumOfTimes(bins), mean, squaredDeviations, min: min + 0, max: max + 0 };
  return { bins, folded: { precision, moments, extremesExact: flag === 1 } };
}

function sumOfTimes(bins: Map<number, number>): number {
  let sum = 0;
  for (const times of bins.values()) sum += times;
  if (!Number.isSafeInteger(sum)) throw unreadable('there are too many observations');
  return sum;
}
