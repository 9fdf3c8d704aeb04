/** Sets of small numbers as bits: which logs of a segment a word is in. */

export type Bits = Uint32Array;

export function noBits(width: number): Bits {
  return new Uint32Array((width + 31) >> 5);
}

export function setBit(bits: Bits, at: number): void {
  bits[at >> 5]! |= 1 << (at & 31);
}

export function hasBit(bits: Bits, at: number): boolean {
  return (bits[at >> 5]! & (1 << (at & 31))) !== 0;
}

/** Keeps in `bits` what is in `others`, too. */
export function intersect(bits: Bits, others: Bits): void {
  for (let index = 0; index < bits.length; index += 1) bits[index]! &= others[index]!;
}

/** Adds to `bits` what is in `others`. */
export function unite(bits: Bits, others: Bits): void {
  for (let index = 0; index < bits.length; index += 1) bits[index]! |= others[index]!;
}

export function countBits(bits: Bits): number {
  let count = 0;
  for (let word of bits) for (; word !== 0; word &= word - 1) count += 1;
  return count;
}

/** The numbers in a set, the largest first. */
export function* descending(bits: Bits): Iterable<number> {
  for (let index = bits.length - 1; index >= 0; index -= 1) {
    let word = bits[index]!;
    while (word !== 0) {
      const high = 31 - Math.clz32(word);
      yield (index << 5) + high;
      word &= ~(1 << high);
    }
  }
}

/** The numbers in a set, the smallest first. */
export function* ascending(bits: Bits): Iterable<number> {
  for (let index = 0; index < bits.length; index += 1)
    for (let word = bits[index]!; word !== 0; word &= word - 1) yield (index << 5) + 31 - Math.clz32(word & -word);
}
