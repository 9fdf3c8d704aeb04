/**
 * Ids. Everything that Gradeway names gets a UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then random bits, so
 * that ids sort by time of birth. Ids that clients bring are only checked here.
 */
import { randomFillSync } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-7][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

// Random bytes are drawn from the system in blocks: a system call per id would cost more than the id.
const pool = new Uint8Array(4096);
let used = pool.length;

/** Whether a text is a UUID of version 1 to 7 in RFC 9562's layout. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A new UUIDv7 for this moment, in lower case. */
export function newId(atMs: number = Date.now()): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += 10;
  const time = Math.floor(atMs).toString(16).padStart(12, '0');
  const versionAndRandom = 0x70 | (pool[at]! & 0x0f);
  const variantAndRandom = 0x80 | (pool[at + 2]! & 0x3f);
  let tail = '';
  for (let index = at + 4; index < at + 10; index += 1) tail += HEX[pool[index]!];
  return `${time.slice(0, 8)}-${time.slice(8)}-${HEX[versionAndRandom]}${HEX[pool[at + 1]!]}-${HEX[variantAndRandom]}${HEX[pool[at + 3]!]}-${tail}`;
}
