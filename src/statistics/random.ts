/**
 * Random numbers from a seed, for resampling that anybody can repeat: the same seed gives the same result on every machine.
 * xoshiro128** 1.1 (Blackman & Vigna 2018, "Scrambled linear pseudorandom number generators"), its state filled by splitmix32.
 * Not for secrets.
 */

export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  bits(): number;
  /** A number from 0 on, below 1, in steps of 2^-53. */
  uniform(): number;
  /** A whole number from 0 to `end` - 1, for ends up to 2^32; uneven by less than `end` / 2^32. */
  below(end: number): number;
}

/** A generator from a whole number; its lower 32 bits count. */
export function seededRandom(seed: number): Random {
  let mixed = seed | 0;
  const mix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let value = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return value ^ (value >>> 15);
  };
  let [a, b, c, d] = [mix(), mix(), mix(), mix()];
  const bits = (): number => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  return {
    bits,
    uniform: () => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 2 ** 53,
    below: (end) => Math.floor((bits() / 2 ** 32) * end),
  };
}

/** A standard normal deviate (Box & Muller 1958). */
export function normalFrom(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
