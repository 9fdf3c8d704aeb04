/**
 * Writing and reading the small numbers of which stored summaries consist: whole numbers in as few bytes as they need (LEB128,
 * up to 2^53 - 1), doubles, and text. What they mean stands in summary-bytes.ts and counts.ts.
 *
 * The first byte of every blob says which version of the format it has (upper half) and what it holds (lower half).
 */

/** What a blob holds. Numbers are promises: rows with them are on disk. */
export const BLOB = { exactNumbers: 0x11, foldedNumbers: 0x12, categories: 0x13, hours: 0x14 } as const;

export interface ByteWriter {
  bytes: Uint8Array;
  /** Of the same memory. */
  view: DataView;
  length: number;
}

export interface ByteReader {
  bytes: Uint8Array;
  at: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function startWriting(kind: number): ByteWriter {
  const bytes = new Uint8Array(128);
  bytes[0] = kind;
  return { bytes, view: new DataView(bytes.buffer), length: 1 };
}

/** What was written, in a buffer of its own. */
export function written(writer: ByteWriter): Uint8Array {
  return writer.bytes.slice(0, writer.length);
}

/** A whole number from 0 to 2^53 - 1. */
export function writeWhole(writer: ByteWriter, value: number): void {
  reserve(writer, 8);
  let rest = value;
  // Bit operators work on 32 bits: what is above is divided.
  while (rest >= 0x80) {
    writer.bytes[writer.length++] = 0x80 | (rest % 0x80);
    rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
  }
  writer.bytes[writer.length++] = rest;
}

/** A whole number of either sign, of a magnitude up to 2^52 - 1: 0, -1, 1, -2, 2 and so on become 0, 1, 2, 3, 4. */
export function writeSigned(writer: ByteWriter, value: number): void {
  writeWhole(writer, value < 0 ? -2 * value - 1 : 2 * value);
}

export function writeDouble(writer: ByteWriter, value: number): void {
  reserve(writer, 8);
  writer.view.setFloat64(writer.length, value, true);
  writer.length += 8;
}

/** Well-formed text, with its length in bytes before it. */
export function writeText(writer: ByteWriter, value: string): void {
  const bytes = encoder.encode(value);
  writeWhole(writer, bytes.length);
  reserve(writer, bytes.length);
  writer.bytes.set(bytes, writer.length);
  writer.length += bytes.length;
}

/** The error of everything that is no blob of ours: RangeError, saying what was wrong. */
export function unreadable(what: string): RangeError {
  return new RangeError(`These bytes hold no summary: ${what}.`);
}

export function startReading(bytes: Uint8Array): ByteReader {
  return { bytes, at: 0 };
}

/** The blob's first byte. */
export function readKind(reader: ByteReader): number {
  if (reader.bytes.length === 0) throw unreadable('there are none');
  return reader.bytes[reader.at++]!;
}

/** A whole number up to 2^53 - 1, written in no more bytes than it needs. */
export function readWhole(reader: ByteReader): number {
  const first = reader.bytes[reader.at++];
  if (first === undefined) throw unreadable('they end too early');
  return first < 0x80 ? first : readLonger(reader, first & 0x7f);
}

function readLonger(reader: ByteReader, first: number): number {
  let value = first;
  let scale = 0x80;
  for (;;) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw unreadable('they end too early');
    value += (byte & 0x7f) * scale;
    if (value > Number.MAX_SAFE_INTEGER) throw unreadable('a number is too large');
    if (byte < 0x80) {
      if (byte === 0) throw unreadable('a number is longer than it needs to be');
      return value;
    }
    scale *= 0x80;
    if (scale > Number.MAX_SAFE_INTEGER) throw unreadable('a number is too long');
  }
}

export function readSigned(reader: ByteReader): number {
  const value = readWhole(reader);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** For `readDouble`: made once for all doubles of a blob. */
export function viewOf({ bytes }: ByteReader): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function readDouble(reader: ByteReader, view: DataView): number {
  if (reader.at + 8 > reader.bytes.length) throw unreadable('they end too early');
  const value = view.getFloat64(reader.at, true);
  reader.at += 8;
  return value;
}

export function readText(reader: ByteReader): string {
  const end = readWhole(reader) + reader.at;
  if (end > reader.bytes.length) throw unreadable('they end too early');
  const bytes = reader.bytes.subarray(reader.at, end);
  reader.at = end;
  try {
    return decoder.decode(bytes);
  } catch {
    throw unreadable('a text is not UTF-8');
  }
}

/** Throws where bytes are left over. */
export function endReading(reader: ByteReader): void {
  if (reader.at !== reader.bytes.length) throw unreadable('there are more than were announced');
}

function reserve(writer: ByteWriter, more: number): void {
  const needed = writer.length + more;
  if (needed <= writer.bytes.length) return;
  const larger = new Uint8Array(Math.max(needed, writer.bytes.length * 2));
  larger.set(writer.bytes.subarray(0, writer.length));
  writer.bytes = larger;
  writer.view = new DataView(larger.buffer);
}
