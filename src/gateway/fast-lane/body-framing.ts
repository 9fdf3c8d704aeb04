/** What comes next in an answer, byte by byte where a body comes in chunks (RFC 9112, 7.1). */

export const CR = 0x0d;
export const LF = 0x0a;
/** Digits of a chunk's size: 2^52 bytes. */
export const SIZE_DIGITS = 13;

export const HEAD = 0;
/** A body with a length. */
export const BYTES = 1;
export const SIZE = 2;
export const SIZE_LF = 3;
export const DATA = 4;
export const DATA_CR = 5;
const DATA_LF = 6;
export const LAST_CR = 7;
export const LAST_LF = 8;

/** What follows a byte of a line's end; `size` is that of the chunk whose line it was. */
export function afterLineByte(now: number, size: number): number {
  if (now === DATA_CR) return DATA_LF;
  if (now === LAST_CR) return LAST_LF;
  if (now === DATA_LF) return SIZE;
  return size === 0 ? LAST_CR : DATA;
}

/** -1 where the byte is none. */
export function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
