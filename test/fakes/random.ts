/** Seeded randomness (mulberry32), so that a failing case can be run again. */

export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Buffer;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between,
    pick: (list) => list[between(0, list.length - 1)]!,
    bytes(length) {
      const buffer = Buffer.allocUnsafe(length);
      for (let at = 0; at < length; at += 4) {
        const word = Math.floor(next() * 4294967296);
        for (let byte = 0; byte < 4 && at + byte < length; byte += 1) buffer[at + byte] = (word >>> (8 * byte)) & 0xff;
      }
      return buffer;
    },
  };
}
