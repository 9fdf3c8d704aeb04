/**
 * The form of a key: `gw_`, 32 random bytes and a checksum, all in base 62. The checksum tells a mistyped key from a
 * stranger's without a look at the store, and lets secret scanners be sure of what they found. Only a SHA-256 is kept:
 * 256 random bits need no slow hash.
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is the first power above 2^256, 62^6 the first above 2^32. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^gw_[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

export interface CreatedKey {
  /** The key itself: shown once, never stored. */
  token: string;
  /** SHA-256, hex. */
  hash: string;
  last4: string;
}

export function createKey(): CreatedKey {
  const secret = `gw_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), SECRET_LENGTH)}`;
  const token = secret + checksum(secret);
  return { token, hash: hashOf(token).toString('hex'), last4: token.slice(-4) };
}

/** Whether a text could be a key at all: right form, right checksum. */
export function looksLikeKey(token: string): boolean {
  return FORM.test(token) && checksum(token.slice(0, -CHECKSUM_LENGTH)) === token.slice(-CHECKSUM_LENGTH);
}

/** SHA-256 of a key. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), CHECKSUM_LENGTH);
}

function base62(number: bigint, length: number): string {
  let text = '';
  for (let rest = number; text.length < length; rest /= 62n) text = DIGITS[Number(rest % 62n)]! + text;
  return text;
}
