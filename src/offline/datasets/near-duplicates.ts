/**
 * Datapoints that ask nearly the same: by MinHash over runs of words, with bands that bring likely pairs together (Broder 1997,
 * "On the resemblance and containment of documents"; Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3), so
 * that not every pair is looked at. Likely pairs are then compared exactly.
 */
import type { DatapointContent } from '../../model/datapoint.ts';

export interface Numbered extends Pick<DatapointContent, 'inputs' | 'messages'> {
  id: string;
}

export interface NearDuplicates {
  /** Ids, in their order; each is near to another of them. */
  ids: string[];
  /** The least similar of the pairs that brought them together, 0 to 1 (Jaccard, of runs of words). */
  similarity: number;
}

const WORDS_A_RUN = 3;
/** 32 bands of 4: a pair of similarity 0.7 is missed once in 6,000 times, one of 0.5 one time in 8. */
const BANDS = 32;
const ROWS = 4;
/** Of one band's bucket: more than that are compared with the first of them alone. */
const BUCKET = 50;

/** Groups of datapoints whose similarity is at least `least`, the largest first. */
export function nearDuplicates(datapoints: readonly Numbered[], least: number): NearDuplicates[] {
  const runs = datapoints.map(runsOf);
  const parents = datapoints.map((_, index) => index);
  const weakest = new Map<number, number>();
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root]!;
    return (parents[index] = root);
  };
  for (const [one, other] of likelyPairs(runs)) {
    const [a, b] = [rootOf(one), rootOf(other)];
    if (a === b) continue;
    const similarity = jaccard(runs[one]!, runs[other]!);
    if (similarity < least) continue;
    parents[Math.max(a, b)] = Math.min(a, b);
    weakest.set(Math.min(a, b), Math.min(similarity, weakest.get(a) ?? 1, weakest.get(b) ?? 1));
  }
  const groups = Map.groupBy(datapoints.keys(), rootOf);
  return [...groups]
    .filter(([, members]) => members.length > 1)
    .map(([root, members]) => ({ ids: members.map((index) => datapoints[index]!.id), similarity: weakest.get(root)! }))
    .toSorted((one, other) => other.ids.length - one.ids.length);
}

function runsOf({ inputs, messages }: Numbered): Set<number> {
  const words =
    textOf([inputs, messages])
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  const runs = new Set<number>();
  for (let index = 0; index <= Math.max(0, words.length - WORDS_A_RUN); index += 1)
    runs.add(hash(words.slice(index, index + WORDS_A_RUN).join(' ')));
  return runs;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join(' ');
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textOf).join(' ');
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/** Pairs that agree in all rows of a band. */
function* likelyPairs(all: readonly ReadonlySet<number>[]): Generator<[number, number]> {
  const signatures = all.map(signatureOf);
  for (let band = 0; band < BANDS; band += 1) {
    const buckets = new Map<string, number[]>();
    for (const [index, signature] of signatures.entries()) {
      const key = signature.subarray(band * ROWS, (band + 1) * ROWS).join();
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [index]);
      else bucket.push(index);
    }
    for (const bucket of buckets.values())
      for (let other = 1; other < bucket.length; other += 1) {
        yield [bucket[0]!, bucket[other]!];
        for (let one = 1; bucket.length <= BUCKET && one < other; one += 1) yield [bucket[one]!, bucket[other]!];
      }
  }
}

/** A family of hashes by multiplying and shifting: the product modulo 2^32, mixed once more. */
const FAMILY = Array.from({ length: BANDS * ROWS }, (_, index) => ({ a: hash(`a${index}`) | 1, b: hash(`b${index}`) }));

function signatureOf(runs: ReadonlySet<number>): Uint32Array {
  const least = new Uint32Array(FAMILY.length).fill(0xffffffff);
  for (const run of runs)
    for (let index = 0; index < FAMILY.length; index += 1) {
      const { a, b } = FAMILY[index]!;
      const mixed = Math.imul(run ^ (run >>> 15), a) + b;
      const value = Math.imul(mixed ^ (mixed >>> 13), 0x5bd1e995) >>> 0;
      if (value < least[index]!) least[index] = value;
    }
  return least;
}

function jaccard(one: ReadonlySet<number>, other: ReadonlySet<number>): number {
  if (one.size === 0 && other.size === 0) return 1;
  const common = one.intersection(other).size;
  return common / (one.size + other.size - common);
}
