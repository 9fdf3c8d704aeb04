/**
 * The hours of a day in one row: a month by the hour is then read in thirty rows a value in place of 720, and takes less room. Each hour's
 * bytes are what the row of that hour would hold.
 *
 *     0x14, how many hours, then for each, ascending: its place in the day, how many observations, how many bytes; then their bytes
 */
import {
  BLOB,
  readKind,
  readWhole,
  startReading,
  startWriting,
  unreadable,
  writeWhole,
  written,
} from '../../statistics/bytes.ts';
import { HOURS_A_DAY } from './hours.ts';

export interface HourBytes {
  /** Its place in the day, 0 to 23. */
  hour: number;
  /** How many observations it has: told without reading its bytes. */
  count: number;
  bytes: Uint8Array;
}

/** Ascending, each once. */
export function packHours(hours: readonly HourBytes[]): Uint8Array {
  const writer = startWriting(BLOB.hours);
  writeWhole(writer, hours.length);
  for (const { hour, count, bytes } of hours) {
    writeWhole(writer, hour);
    writeWhole(writer, count);
    writeWhole(writer, bytes.length);
  }
  return Buffer.concat([written(writer), ...hours.map(({ bytes }) => bytes)]);
}

/** Throws RangeError where there are none. Their bytes are parts of the given ones. */
export function unpackHours(packed: Uint8Array): HourBytes[] {
  const reader = startReading(packed);
  if (readKind(reader) !== BLOB.hours) throw unreadable('they are no hours of a day');
  const hours: HourBytes[] = [];
  const lengths: number[] = [];
  let before = -1;
  for (let left = readWhole(reader); left > 0; left -= 1) {
    const hour = readWhole(reader);
    if (hour <= before || hour >= HOURS_A_DAY) throw unreadable('hours are not in order');
    before = hour;
    hours.push({ hour, count: readWhole(reader), bytes: NO_BYTES });
    lengths.push(readWhole(reader));
  }
  for (const [index, length] of lengths.entries()) {
    if (length === 0 || reader.at + length > packed.length) throw unreadable('they end too early');
    // A Buffer's own `subarray` takes four times as long, and charts read thousands.
    hours[index]!.bytes = new Uint8Array(packed.buffer, packed.byteOffset + reader.at, length);
    reader.at += length;
  }
  if (reader.at !== packed.length) throw unreadable('there are more than were announced');
  return hours;
}

const NO_BYTES = new Uint8Array(0);
